"""The review: what came in by book, person and day, accepted or returned one by one or together; the signed register checks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from werkzeug.wrappers import Response

from server.console.access import absent, can, own_path, scope, signed_in, user
from server.console.formats import DAY_MS, local, start_of, weekday_of
from server.console.query import plain
from server.console.slices import page_of
from server.services import clock, names
from server.services.reviewing import arrivals, cards, deciding, register_checks
from server.services.reviewing.arrivals import DAYS, KINDS, Filter
from server.services.reviewing.deciding import Decided
from server.storage.database import reading

blueprint = Blueprint("review", __name__, url_prefix="/review")

PAGE = 30
UNDO = "undo_review"
SEEN_MOST = 500
DEFAULT_DAYS = 28
LABELS = {
    "visit": _l("Visits"),
    "order": _l("Orders"),
    "new_customer": _l("New customers"),
    "change": _l("Changes to files"),
    "contact_record": _l("Contacts"),
    "complaint": _l("Complaints"),
    "knowledge_case": _l("Proposed cases"),
}


@blueprint.get("")
@signed_in
def show() -> str:
    args = request.args
    days = int(args["days"]) if args.get("days") in {str(each) for each in DAYS} else DEFAULT_DAYS
    now = clock.now_ms()
    day = start_of(args.get("day", ""))
    wanted = Filter(
        args.get("kind", "") if args.get("kind") in KINDS else "",
        plain(args.get("book", "")),
        plain(args.get("person", "")),
        day,
        None if day is None else day + DAY_MS,
    )
    with reading() as connection:
        came = arrivals.load(connection, scope(), now - days * DAY_MS)
        is_more = len(came) >= arrivals.MOST - 1
        fills = len(arrivals.chosen(came, wanted)) >= PAGE
        if is_more and wanted != Filter() and not fills:  # its own oldest, not those among the oldest of all
            known = {each.id: each for each in came}
            mine = arrivals.load(connection, scope(), now - days * DAY_MS, wanted=wanted)
            came = list({**known, **{each.id: each for each in mine}}.values())
        found = sorted(arrivals.chosen(came, wanted), key=lambda each: (each.at, each.id))
        page = cards.of(connection, scope(), found[:PAGE], user().id)
        counts = arrivals.counts(came, wanted, {each.at: _day_of(each.at) for each in came})
        senders = arrivals.senders(connection, scope()) if is_more else set()
        people = names.load(connection, scope(), users=senders | set(counts.people))
        books = names.book_names(connection, scope())
    return render_template(
        "review/show.html",
        page=page,
        found=found,
        counts=counts,
        wanted=wanted,
        days=days,
        all_days=DAYS,
        kinds=LABELS,
        people=sorted(((each.id, each.text) for each in people.values()), key=lambda item: item[1]),
        books=books,
        now=now,
        is_full=len(found) >= arrivals.MOST - 1 or (is_more and fills),
        is_more=is_more,
        day_choices=_day_choices(counts.days, now, days if is_more else 0),
        day_counts={_iso(at): count for at, count in counts.days.items()},
        may_decide=lambda type_name, outcome: deciding.may_decide(user(), type_name, outcome),
        day_wanted="" if day is None else _iso(day),
        can_decide=any(
            deciding.may_decide(user(), card.arrival.type, outcome)
            for card in page.cards
            for outcome in deciding.OUTCOMES
        ),
        can_undo=bool(session.get(UNDO)),
    )


def _iso(at: int) -> str:
    return local(at).date().isoformat()


def _day_of(at: int) -> int:
    return start_of(_iso(at)) or 0


def _day_choices(counted: Iterable[int], now: int, days: int) -> list[tuple[str, str]]:
    """The days on which something came, and so many last ones, each with its words, oldest first."""
    back = {start_of((local(now).date() - timedelta(n)).isoformat()) or 0 for n in range(days + 1 if days else 0)}
    return [(_iso(at), weekday_of(at)) for at in sorted({*counted, *back})]


@blueprint.post("/accept")
@signed_in
def accept() -> Response:
    """Accept one thing, or all that are ticked. Who may is a matter of the role and of what it is."""
    return _decide("accept")


@blueprint.post("/return")
@signed_in
def give_back() -> Response:
    """Return one thing, or all that are ticked, with a comment."""
    return _decide("return", request.form.get("comment", "").replace("\r\n", "\n").strip())


def _decide(outcome: str, comment: str = "") -> Response:
    chosen = [request.form["one"]] if request.form.get("one") else request.form.getlist("item")
    seen = _seen(chosen)
    if not seen:
        flash(_("Nothing was decided: tick what you mean first."), "wrong")
    elif outcome == "return" and not comment:
        flash(_("Nothing was returned: say in a comment what is to be corrected."), "wrong")
    else:
        done = deciding.decide(user(), scope(), seen, outcome, comment)
        session[UNDO] = done.reviews
        _tell(done, outcome)
    return _back()


def _seen(chosen: list[str]) -> dict[str, int]:
    """Record -> position, as the form names them: `id@pos`."""
    found = {}
    for text in chosen[:SEEN_MOST]:
        record_id, _at, pos = text.partition("@")
        if pos.isascii() and pos.isdecimal() and len(pos) < 16:
            found[record_id] = int(pos)
    return found


def _tell(done: Decided, outcome: str) -> None:
    count = len(done.reviews)
    if count and outcome == "accept":
        flash(ngettext("%(n)s accepted.", "%(n)s accepted.", count, n=count), "done")
    elif count:
        flash(
            ngettext(
                "%(n)s returned with your comment. Its author sees it after the next sync.",
                "%(n)s returned with your comment. Their authors see it after the next sync.",
                count,
                n=count,
            ),
            "done",
        )
    if done.changed:
        count = len(done.changed)
        text = ngettext(
            "%(n)s was changed meanwhile and waits for another look.",
            "%(n)s were changed meanwhile and wait for another look.",
            count,
            n=count,
        )
        flash(text, "waiting")
    if missed := len(done.gone) + len(done.refused):
        text = ngettext(
            "%(n)s was not decided: somebody else decides it, or did before you.",
            "%(n)s were not decided: somebody else decides them, or did before you.",
            missed,
            n=missed,
        )
        flash(text, "wrong")


@blueprint.post("/undo")
@signed_in
def undo() -> Response:
    """Take back one's last decision, whole."""
    count = deciding.undo(user(), scope(), session.pop(UNDO, []))
    if count:
        flash(
            ngettext("%(n)s taken back: it waits again.", "%(n)s taken back: they wait again.", count, n=count), "done"
        )
    else:
        flash(_("There is nothing to take back."), "waiting")
    return _back()


def _back() -> Response:
    after = request.form.get("after", "")
    anchor = f"#card-{after}" if after.replace("-", "").isalnum() else ""
    return redirect(own_path(request.form.get("next") or url_for("review.show")) + anchor, 303)


@blueprint.get("/register")
@signed_in
def register() -> str:
    """Which registers are due for their check, and the checks that were signed."""
    checks, people, books = register_checks.signed(scope(), plain(request.args.get("book", "")))
    shown = page_of(names.rounds(scope()), request.args)
    return render_template(
        "review/register.html",
        standings=replace(shown, rows=register_checks.standings(shown.rows)),
        checks=checks,
        people=people,
        books=books,
        now=clock.now_ms(),
        due_days=register_checks.DUE_AFTER_DAYS,
    )


@blueprint.get("/register/book/<book_id>")
@signed_in
def register_book(book_id: str) -> str:
    """The visits that are to be checked now, with the place to sign."""
    sheet = register_checks.to_check(scope(), book_id, clock.now_ms())
    if sheet is None:
        absent()
    return render_template("review/sheet.html", sheet=sheet, may_sign=can("accept"))


@blueprint.post("/register/book/<book_id>")
@signed_in
def sign(book_id: str) -> Response:
    """Sign the list off, as far as the person saw it."""
    if book_id not in scope() or not can("accept"):
        absent()
    until: Mapping[str, str] = request.form
    text = until.get("until", "")
    last = int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else 0
    check = register_checks.sign(scope(), book_id, user().id, min(last, clock.now_ms()), until.get("comment", ""))
    if check is None:
        flash(_("Nothing was signed: there is nothing to check, or somebody signed it before you."), "wrong")
        return redirect(url_for("review.register"), 303)
    flash(ngettext("Signed: %(n)s visit.", "Signed: %(n)s visits.", check.visits, n=check.visits), "done")
    return redirect(url_for("review.register_sheet", check_id=check.id), 303)


@blueprint.get("/register/<check_id>")
@signed_in
def register_sheet(check_id: str) -> str:
    """A list as it was signed."""
    sheet = register_checks.sheet(scope(), check_id)
    if sheet is None:
        absent()
    return render_template("review/sheet.html", sheet=sheet, may_sign=False)
