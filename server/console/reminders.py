"""Reminders: what is due in a book and why; the rules behind it."""

from __future__ import annotations

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from server.console.access import absent, needs, scope, signed_in, user
from server.console.language import language
from server.services import books
from server.services.reminding import due, editing
from sync_protocol.records import record_type
from sync_protocol.records.protocol_records import SEATS
from sync_protocol.reminders import reason_text, title_of

blueprint = Blueprint("reminders", __name__, url_prefix="/reminders")
SHOWN = (due.OVERDUE, due.TODAY, due.TOMORROW, due.SOON, "escalation")
MOST = 300
LONGEST_DAYS = 3660


@blueprint.get("")
@signed_in
def index() -> str:
    """What is due in one book, for the seats that the reader holds there; all of it for who reads by his role."""
    mine = [book for book in books.books() if book.id in scope()]
    chosen = next((book for book in mine if book.id == request.args.get("book")), mine[0] if mine else None)
    only = request.args.get("only", "")
    rows: list[due.Due] = []
    if chosen is not None:
        seats = due.seats_of(user().id, chosen.id) or frozenset(SEATS)
        rows = due.page(chosen.id, seats, due.today(), only=only if only in SHOWN else "")
    return render_template(
        "reminders/index.html",
        books=mine,
        chosen=chosen,
        only=only,
        rows=rows[:MOST],
        total=len(rows),
        holidays=due.holidays(due.today()),
        why=lambda one: reason_text(one, language()),
        title=lambda one: title_of(one, language()),
    )


@blueprint.get("/rules")
@needs("edit_rules")
def rules() -> str:
    """The rules as they stand."""
    return render_template(
        "reminders/rules.html",
        rules=editing.all_rules(),
        recorded=editing.recorded(),
        specs=record_type("reminder_rule").specs(),
    )


@blueprint.post("/rules/<rule_key>")
@needs("edit_rules")
def change(rule_key: str) -> Response:
    """Put a rule in force or out of it, with other numbers; every device follows at its next sync."""
    form = request.form
    try:
        numbers = {name: int(form[name]) for name in editing.NUMBERS if form.get(name, "").strip()}
    except ValueError:
        numbers = {"every_days": -2}
    if any(not -1 <= value <= LONGEST_DAYS for value in numbers.values()):
        flash(_("Nothing was changed: the values do not fit."), "wrong")
        return make_response(rules(), 422)
    verdict = editing.change(user().id, rule_key, {"active": form.get("active") == "yes", **numbers})
    if verdict is None:
        absent()
    if verdict["state"] in ("applied", "merged"):
        flash(_("The rule holds from now on, on the devices after their next sync."), "done")
    else:
        flash(_("Nothing was changed: the values do not fit."), "wrong")
        return make_response(rules(), 422)
    return redirect(url_for("reminders.rules"), 303)
