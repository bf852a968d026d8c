"""Messages to many: drawn up by one, seen with cost and parts before that, approved by another."""

from __future__ import annotations

from typing import NoReturn

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from server.console import message_words as words
from server.console.access import absent, can, needs, scope, user
from server.console.forms import Wrong, value_of
from server.services import books
from server.services.messaging import lists, overview, templates
from server.services.messaging.lists import ListError, Wish
from server.storage.database import reading
from sync_protocol.messaging.templates import UnknownPlaceholder
from sync_protocol.records import record_type

blueprint = Blueprint("message_lists", __name__, url_prefix="/messages/lists")


@blueprint.get("")
@needs("see_messages")
def index() -> str:
    """The lists, those that wait for approval first."""
    rows, counts, names = overview.all_lists(scope())
    return render_template("messages/lists.html", rows=rows, counts=counts, names=names)


@blueprint.get("/new")
@needs("draft_list")
def new() -> str:
    """Choose whom a list is for and what it says."""
    with reading() as connection:
        chosen = templates.by_id(connection, request.args.get("template", ""))
    return _form({"text": chosen.content if chosen else "", "template": chosen.id if chosen else ""})


@blueprint.post("/check")
@needs("draft_list")
def check() -> str:
    """Show how many get it, who does not and why, and what it costs."""
    form = request.form.to_dict()
    try:
        summary = lists.preview(_wish(form), scope())
    except (ListError, UnknownPlaceholder, Wrong) as error:
        return _form(form, _why(error))
    return render_template("messages/list_check.html", values=form, summary=summary, reason=words.reason)


@blueprint.post("")
@needs("draft_list")
def create() -> Response | str:
    """Draw the list up; it waits for approval."""
    form = request.form.to_dict()
    try:
        list_id = lists.draw_up(_wish(form), scope())
    except (ListError, UnknownPlaceholder, Wrong) as error:
        return _form(form, _why(error))
    flash(_("The list waits for approval."), "done")
    return redirect(url_for("message_lists.show", list_id=list_id), 303)


@blueprint.get("/<list_id>")
@needs("see_messages")
def show(list_id: str) -> str:
    """One list: its text, who gets it, and what became of it."""
    page = overview.list_page(scope(), list_id)
    if page is None:
        absent()
    return render_template("messages/list.html", page=page, reason=words.reason, states=words.states())


@blueprint.post("/<list_id>/approve")
@needs("approve_list")
def approve(list_id: str) -> Response:
    """Queue the messages of the list."""
    try:
        number = lists.approve(list_id, user().id)
    except ListError as error:
        return _say(list_id, error)
    flash(_("%(n)s messages are in the outbox.", n=number), "done")
    return redirect(url_for("message_lists.show", list_id=list_id), 303)


@blueprint.post("/<list_id>/decline")
@needs("approve_list")
def decline(list_id: str) -> Response:
    """Say no."""
    try:
        lists.decline(list_id, user().id)
    except ListError as error:
        return _say(list_id, error)
    return redirect(url_for("message_lists.show", list_id=list_id), 303)


@blueprint.post("/<list_id>/cancel")
@needs("draft_list")
def cancel(list_id: str) -> Response:
    """Stop a list: what has not gone out yet will not. For who drew it up, and for who might have approved it."""
    page = overview.list_page(scope(), list_id)
    if page is None or not (page.row["author"] == user().id or can("approve_list")):
        absent()
    try:
        number = lists.cancel(list_id, user().id)
    except ListError as error:
        return _say(list_id, error)
    flash(_("The list is stopped; %(n)s messages were still waiting.", n=number), "done")
    return redirect(url_for("message_lists.show", list_id=list_id), 303)


def _say(list_id: str, error: ListError) -> Response:
    if overview.list_page(scope(), list_id) is None:
        _absent()
    flash(words.reason(str(error)), "wrong")
    return redirect(url_for("message_lists.show", list_id=list_id), 303)


def _absent() -> NoReturn:
    absent()


def _wish(form: dict[str, str]) -> Wish:
    """What the form asks for. Raises: Wrong, if the time of sending is not a time."""
    send_at = value_of(record_type("message").specs()["send_at"], form.get("send_at", ""))
    return Wish(
        author=user().id,
        name=form.get("name", ""),
        text=form.get("text", "").replace("\r\n", "\n"),
        book=form.get("book", ""),
        equal={name: form[name] for name in lists.FILTERS if form.get(name)},
        template=form.get("template") or None,
        send_at=send_at,
        holiday=form.get("holiday", "").strip(),
    )


def _why(error: Exception) -> str:
    if isinstance(error, UnknownPlaceholder):
        return str(_("There is no placeholder %(names)s.", names=", ".join(f"{{{name}}}" for name in error.names)))
    if isinstance(error, Wrong):
        return str(_("The time of sending is not a time."))
    return words.reason(str(error))


def _form(values: dict[str, str], wrong: str = "") -> str:
    mine = scope()
    specs = record_type("customer").specs()
    with reading() as connection:
        known = templates.all_templates(connection, active=True)
    return render_template(
        "messages/list_form.html",
        values=values,
        wrong=wrong,
        templates=known,
        books=[book for book in books.books() if book.id in mine],
        filters={name: specs[name] for name in lists.FILTERS},
        placeholders=words.placeholders(),
    )
