"""What is seldom and weighs much: erasing a customer with two people's consent, and the yearly archive."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from server.console.access import absent, needs, scope, user
from server.console.formats import local
from server.console.refusals import refusal
from server.services import books, clock, customers, users
from server.services.operations import archiving, erasing, erasure_requests
from server.storage import retrying
from server.storage.database import reading

blueprint = Blueprint("operations", __name__, url_prefix="/operations")


@blueprint.get("")
@needs("erase")
def index() -> str:
    """Requests for erasures, and what the archive would take."""
    year = _year() - archiving.LEAST_YEARS
    return render_template(
        "operations/index.html",
        requests=erasure_requests.requests(only_open=False),
        people={each.id: each.name for each in users.all_users()},
        me=user().id,
        latest=date(year, 1, 1).isoformat(),
    )


def _year() -> int:
    return local(clock.now_ms()).year


@blueprint.get("/erasures/<customer_id>")
@needs("erase")
def ask(customer_id: str) -> str:
    """What an erasure would do, and the form to ask for it."""
    _customer(customer_id)
    effect = erasing.preview(customer_id)
    people = {each.id: each.name for each in users.all_users()}
    return render_template("operations/erase.html", effect=effect, people=people, customer_id=customer_id)


@blueprint.post("/erasures/<customer_id>")
@needs("erase")
def ask_for(customer_id: str) -> Response:
    """Ask for it; a second person must agree."""
    _customer(customer_id)
    try:
        erasure_requests.ask(customer_id, user().id, request.form.get("reason", ""))
    except books.BookError as error:
        flash(_("Nothing was changed: %(why)s", why=refusal(error)), "wrong")
        return make_response(ask(customer_id), 422)
    flash(_("Asked for. Nothing is erased until a second administrator agrees, within 14 days."), "done")
    return redirect(url_for("operations.index"), 303)


@blueprint.post("/requests/<request_id>/consent")
@needs("erase")
def consent(request_id: str) -> Response:
    """Agree as the second person: the customer is erased, at once and for ever."""
    try:
        done = erasure_requests.consent(request_id, user().id)
    except (books.BookError, retrying.StillBusy) as error:
        flash(_("Nothing was changed: %(why)s", why=refusal(error)), "wrong")
    else:
        text = ngettext(
            "Erased: %(n)s record and %(photos)s photos. Devices follow at their next sync.",
            "Erased: %(n)s records and %(photos)s photos. Devices follow at their next sync.",
            done.records,
            n=done.records,
            photos=done.photos,
        )
        flash(text, "done")
    return redirect(url_for("operations.index"), 303)


@blueprint.post("/requests/<request_id>/withdraw")
@needs("erase")
def withdraw(request_id: str) -> Response:
    """Take a request back."""
    try:
        erasure_requests.withdraw(request_id, user().id)
    except books.BookError as error:
        flash(_("Nothing was changed: %(why)s", why=refusal(error)), "wrong")
    else:
        flash(_("Withdrawn. Nothing was erased."), "done")
    return redirect(url_for("operations.index"), 303)


@blueprint.get("/archive")
@needs("archive")
def archive() -> str:
    """What the archive would take, book by book."""
    before, planned, wrong = _day(request.args.get("before", "")), None, ""
    if before is not None:
        try:
            planned = archiving.preview(before)
        except books.BookError as error:
            wrong = refusal(error)
    return render_template("operations/archive.html", before=before, planned=planned, wrong=wrong)


@blueprint.post("/archive")
@needs("archive")
def move_to_archive() -> Response:
    """Move it, book by book."""
    before = _day(request.form.get("before", ""))
    try:
        done = archiving.archive(before, user().id, title=_title) if before is not None else []
    except (books.BookError, retrying.StillBusy) as error:
        flash(_("Not all was archived: %(why)s", why=refusal(error)), "wrong")
    else:
        records = sum(each.records for each in done)
        text = ngettext(
            "Moved to the archive, out of %(n)s book: %(records)s.",
            "Moved to the archives, out of %(n)s books: %(records)s.",
            len(done),
            n=len(done),
            records=records,
        )
        flash(text, "done")
    return redirect(url_for("operations.index"), 303)


def _title(name: str) -> str:
    return str(_("%(name)s – archive", name=name))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _customer(customer_id: str) -> None:
    with reading() as connection:
        if customers.open_file(connection, scope(), customer_id, user().id) is None:
            absent()
