"""Text messages: the outbox, one message to a customer, replies of unknown people."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from server.console import message_words as words
from server.console.access import absent, needs, scope, user
from server.console.forms import Wrong, value_of
from server.services import clock
from server.services.messaging import incoming, outbox, overview, replies, sending, templates
from server.services.messaging.outbox import New, NotSendable
from server.storage.database import reading, writing
from sync_protocol.messaging.parts import parts_of
from sync_protocol.messaging.states import FORWARD
from sync_protocol.messaging.templates import MissingValue, UnknownPlaceholder, filled
from sync_protocol.records import record_type

blueprint = Blueprint("messages", __name__, url_prefix="/messages")


@blueprint.get("")
@needs("see_messages")
def index() -> str:
    """What went out, what waits, and what nobody knows about."""
    state = request.args.get("state", "")
    number = request.args.get("page", "1")
    page = overview.page(
        scope(), state if state in FORWARD else "", int(number) if number.isdecimal() and 0 < int(number) < 10**6 else 1
    )
    return render_template(
        "messages/index.html",
        page=page,
        state=state,
        states=words.states(),
        reasons=words.reason,
        no_gateway=sending.waiting_without_gateway(),
    )


@blueprint.get("/new/<customer_id>")
@needs("send_one_message")
def new(customer_id: str) -> str:
    """Write to one customer."""
    to = _addressee(customer_id)
    template = request.args.get("template", "")
    with reading() as connection:
        chosen = templates.by_id(connection, template) if template else None
    text = chosen.content if chosen else ""
    try:
        text = filled(text, _values(to)) if text else ""
    except (MissingValue, UnknownPlaceholder):
        flash(_("The template needs something that the file does not have. Complete the text by hand."), "wrong")
    return _form(to, {"text": text, "phone": to.fields.get("contact_phone") or "", "template": template})


@blueprint.post("/new/<customer_id>/check")
@needs("send_one_message")
def check(customer_id: str) -> str:
    """Show what a message comes to, before it is sent."""
    to, form = _addressee(customer_id), request.form.to_dict()
    wrong, message = _read(to, form)
    if wrong or message is None:
        return _form(to, form, wrong)
    return render_template(
        "messages/check.html",
        to=to,
        values=form,
        taken=parts_of(message.text),
        price=words.price(message.text),
        message=message,
    )


@blueprint.post("/new/<customer_id>")
@needs("send_one_message")
def send(customer_id: str) -> Response | str:
    """Put a message into the outbox."""
    to, form = _addressee(customer_id), request.form.to_dict()
    wrong, message = _read(to, form)
    if wrong or message is None:
        return _form(to, form, wrong)
    try:
        with writing() as connection:
            queued = outbox.queue(connection, message)
    except NotSendable as error:
        return _form(to, form, words.reason(str(error)))
    if queued:
        flash(_("The message is in the outbox."), "done")
    return redirect(url_for("customers.show", record_id=to.id), 303)


@blueprint.post("/<message_id>/again")
@needs("send_one_message")
def again(message_id: str) -> Response:
    """A person decides that a message goes out once more."""
    try:
        done = overview.send_again(scope(), message_id, user().id)
    except NotSendable as error:
        flash(words.reason(str(error)), "wrong")
        return redirect(url_for("messages.index"), 303)
    if not done:
        absent()
    flash(_("The message goes out once more."), "done")
    return redirect(url_for("messages.index"), 303)


@blueprint.post("/<message_id>/release")
@needs("approve_list")
def release(message_id: str) -> Response:
    """Let a message of somebody who left go out."""
    if not overview.release(scope(), message_id, user().id):
        absent()
    flash(_("The message is in the outbox."), "done")
    return redirect(url_for("messages.index"), 303)


@blueprint.get("/tray")
@needs("see_messages")
def tray() -> str:
    """Messages of people whom nobody knows."""
    with reading() as connection:
        rows = replies.tray(connection)
    return render_template("messages/tray.html", rows=rows, address=incoming.reply_address())


@blueprint.post("/tray/<message_id>/assign")
@needs("send_one_message")
def assign(message_id: str) -> Response:
    """Say whose message it is."""
    customer = words.customer_of_code(scope(), request.form.get("customer", ""))
    if customer is None:
        flash(_("No customer of yours has this code or name."), "wrong")
        return redirect(url_for("messages.tray"), 303)
    with writing() as connection:
        done = replies.assign(connection, message_id, customer, user().id)
    if not done:
        absent()
    flash(_("The message is filed with the customer."), "done")
    return redirect(url_for("messages.tray"), 303)


@blueprint.post("/tray/<message_id>/dismiss")
@needs("send_one_message")
def dismiss(message_id: str) -> Response:
    """Take a message out of the tray."""
    with writing() as connection:
        done = replies.dismiss(connection, message_id, user().id)
    if not done:
        absent()
    return redirect(url_for("messages.tray"), 303)


def _addressee(customer_id: str) -> overview.Addressee:
    found = overview.addressee(scope(), customer_id)
    if found is None:
        absent()
    return found


def _values(to: overview.Addressee) -> dict[str, str]:
    return templates.values_for(to.fields, user().name, words.today())


def _form(to: overview.Addressee, values: dict[str, str], wrong: str = "") -> str:
    with reading() as connection:
        known = templates.all_templates(connection, active=True)
    return render_template(
        "messages/new.html",
        to=to,
        values=values,
        wrong=wrong,
        templates=[one for one in known if one.purpose != "holiday"],
    )


def _read(to: overview.Addressee, form: dict[str, str]) -> tuple[str, New | None]:
    """What the form says: what is wrong with it, or the message."""
    text = form.get("text", "").replace("\r\n", "\n").strip()
    try:
        send_at = value_of(record_type("message").specs()["send_at"], form.get("send_at", ""))
        message = New(
            author=user().id, phone=form.get("phone", ""), text=filled(text, _values(to)), book=to.book, customer=to.id,
            due_at=send_at, template=form.get("template") or None, params=_values(to),
        )  # fmt: skip
        outbox.row_of(message)
    except Wrong:
        return _("The time of sending is not a time."), None
    except UnknownPlaceholder as error:
        return _("There is no placeholder %(names)s.", names=", ".join(f"{{{name}}}" for name in error.names)), None
    except MissingValue as error:
        return _("The file has nothing for {%(name)s}.", name=str(error)), None
    except NotSendable as error:
        return words.reason(str(error)), None
    if send_at is not None and send_at > clock.now_ms() + 366 * 86_400_000:
        abort(400)
    return "", message
