"""The inbox: what waits for a decision, oldest first; and the decisions themselves."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from server.console import corrections
from server.console.access import absent, can, needs, own_path, scope, signed_in, user
from server.console.outcomes import tell
from server.console.reasons import reason
from server.services import clock, deciding, inbox, records, users
from server.services.deciding import Opened, Outcome
from server.storage.database import reading
from sync_protocol.fields import Kind

blueprint = Blueprint("inbox", __name__)


@blueprint.get("/")
@signed_in
def show() -> str:
    only = request.args.get("show", "")
    found = inbox.load(
        user(),
        scope(),
        only=only if only in inbox.KINDS else "",
        book=request.args.get("book", ""),
        everything=can("administer") or can("see_read_log"),
    )
    return render_template(
        "inbox/show.html",
        inbox=found,
        only=only,
        nothing_to_read=not scope(),
        now=clock.now_ms(),
        can_be_taken_back=deciding.can_be_taken_back,
    )


@blueprint.get("/inbox/<case_id>")
@signed_in
def case(case_id: str) -> str:
    return _page(_case(case_id))


@blueprint.post("/inbox/<case_id>/accept")
@signed_in
def accept(case_id: str) -> Response:
    """Accept a proposal, with the values as they stand in the form. Who may is decided by the seat."""
    opened = _case(case_id, "proposal")
    texts = {name: request.form[name] for name in opened.correctable if name in request.form}
    values, wrong = corrections.read(opened, texts)
    base = request.form.get("_base") or opened.case.ver
    outcome = Outcome("wrong", wrong) if wrong else deciding.accept(user(), opened, base, values)
    if outcome.wrong:
        return make_response(_page(opened, texts, outcome.wrong, base), 422)
    return _on(outcome, "accept", case_id)


@blueprint.post("/inbox/<case_id>/return")
@signed_in
def decline(case_id: str) -> Response:
    """Return a proposal with a comment. Who may is decided by the seat."""
    opened = _case(case_id, "proposal")
    comment = _comment()
    if not comment:
        return redirect(url_for("inbox.case", case_id=case_id), 303)
    return _on(deciding.decline(user(), opened, comment), "return", case_id)


@blueprint.post("/inbox/<case_id>/take-back")
@signed_in
def take_back(case_id: str) -> Response:
    """Let the value count that lost in a conflict, the one that stands in the form, or the one that counts now. Who may is decided
    by the seat."""
    opened = _case(case_id, "conflict")
    if request.form.get("keep"):
        return _on(deciding.keep(user(), opened), "keep", case_id)
    texts = {name: request.form[name] for name in opened.correctable if name in request.form}
    values, wrong = corrections.read(opened, texts)
    outcome = Outcome("wrong", wrong) if wrong else deciding.take_back(user(), opened, values)
    if outcome.wrong:
        return make_response(_page(opened, texts, outcome.wrong), 422)
    return _on(outcome, "edit" if values else "take back", case_id)


@blueprint.post("/inbox/<case_id>/keep")
@needs("accept")
def keep(case_id: str) -> Response:
    """Leave a conflict as it was settled."""
    opened = _case(case_id, "conflict")
    if opened.state != "open":
        return _on(Outcome("decided"), "keep", case_id)
    found = opened.case
    return _on(deciding.review(user(), found.book, found.id, found.customer, "accept"), "keep", case_id)


@blueprint.post("/inbox/customers/<record_id>/accept")
@needs("accept")
def accept_customer(record_id: str) -> Response:
    """Mark a new customer as seen and in order."""
    book = _book_of_customer(record_id)
    return _on(deciding.review(user(), book, record_id, record_id, "accept"), "seen")


@blueprint.post("/inbox/customers/<record_id>/return")
@needs("return")
def return_customer(record_id: str) -> Response:
    """Return a new customer to who made it, with a comment."""
    book, comment = _book_of_customer(record_id), _comment()
    if not comment:
        return redirect(url_for("inbox.show"), 303)
    return _on(deciding.review(user(), book, record_id, record_id, "return", comment), "return")


def _case(case_id: str, kind: str = "") -> Opened:
    opened = deciding.open_case(user(), scope(), case_id)
    if opened is None or (kind and opened.case.kind != kind):
        absent()
    return opened


def _book_of_customer(record_id: str) -> str:
    with reading() as connection:
        row = records.load_row(connection, "customer", scope(), record_id)
    if row is None:
        absent()
    return row.book


def _comment() -> str:
    """What is said to who gets his work back; without it, he would not know what to correct."""
    comment = request.form.get("comment", "").replace("\r\n", "\n").strip()
    if not comment:
        flash(_("Nothing was returned: say in a comment what is to be corrected."), "wrong")
    return comment


def _on(outcome: Outcome, act: str, case_id: str = "") -> Response:
    """Say what became of a decision, and go on where the person was; to the case, if it is still to be decided."""
    tell(outcome, act)
    if case_id and outcome.word in ("changed", "decided", "not-holder", "removed"):
        return redirect(url_for("inbox.case", case_id=case_id), 303)
    return redirect(own_path(request.form.get("next")), 303)


def _page(
    opened: Opened,
    texts: Mapping[str, str] | None = None,
    wrong: Mapping[str, list[str]] | None = None,
    base: str = "",
) -> str:
    wrong = wrong or {}
    has_people = any(spec.kind is Kind.USER for spec in opened.correctable.values())
    return render_template(
        "inbox/case.html",
        opened=opened,
        texts={**corrections.entered(opened), **(texts or {})},
        base=base or opened.case.ver,
        can_be_taken_back=deciding.can_be_taken_back,
        wrong={name: [reason(code) for code in codes] for name, codes in wrong.items() if name in opened.correctable},
        elsewhere=[reason(code) for name, codes in wrong.items() if name not in opened.correctable for code in codes],
        people={each.id: each.name for each in users.all_users() if each.active} if has_people else {},
    )
