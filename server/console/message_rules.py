"""What head office decides about messages: templates, the rules of sending, who wants none."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from server.console import message_words as words
from server.console.access import absent, needs, user
from server.services import parts
from server.services.messaging import incoming, limits, opting_out, overview, templates
from server.storage.database import reading, writing
from sync_protocol.messaging.phones import phone_key
from sync_protocol.messaging.templates import UnknownPlaceholder
from sync_protocol.records import record_type

blueprint = Blueprint("message_rules", __name__, url_prefix="/messages")
FIELDS = ("template_name", "purpose", "content", "language", "gateway_code")


@blueprint.get("/templates")
@needs("see_products")
def all_templates() -> str:
    """The templates."""
    with reading() as connection:
        found = templates.all_templates(connection)
    return render_template("messages/templates.html", found=found)


@blueprint.get("/templates/new")
@needs("edit_catalogue")
def new_template() -> str:
    """Write a template."""
    return _form({"active": True}, "", None)


@blueprint.post("/templates/new")
@needs("edit_catalogue")
def create_template() -> Response | str:
    """Keep a new template."""
    return _save(None)


@blueprint.get("/templates/<template_id>")
@needs("edit_catalogue")
def show_template(template_id: str) -> str:
    """Change a template."""
    found = _template(template_id)
    values = {
        "template_name": found.name,
        "purpose": found.purpose,
        "content": found.content,
        "language": found.language,
        "gateway_code": found.gateway_code,
        "active": found.active,
    }
    return _form(values, "", template_id)


@blueprint.post("/templates/<template_id>")
@needs("edit_catalogue")
def change_template(template_id: str) -> Response | str:
    """Keep a changed template."""
    _template(template_id)
    return _save(template_id)


@blueprint.get("/rules")
@needs("edit_rules")
def rules() -> str:
    """Quiet hours, how much a person gets, the words that mean no more, and who said them."""
    with reading() as connection:
        now = limits.load(connection)
    return render_template(
        "messages/rules.html",
        rules=now,
        stopped=overview.stopped(),
        gateway=parts.config().sms,
        reply_address=incoming.reply_address(),
        report_address=incoming.report_address(),
    )


@blueprint.post("/rules")
@needs("edit_rules")
def change_rules() -> Response:
    """Put other rules in force."""
    form = request.form
    stop = tuple(
        dict.fromkeys(w.strip() for w in form.get("stop_words", "").replace("，", ",").split(",") if w.strip())
    )
    try:
        wanted = limits.Limits(
            form.get("quiet_from", ""),
            form.get("quiet_until", ""),
            int(form.get("per_day", "")),
            int(form.get("greetings_per_day", "")),
            stop,
        )
        with writing() as connection:
            limits.save(connection, wanted)
    except ValueError:
        flash(_("Nothing was changed: the values do not fit."), "wrong")
        return make_response(rules(), 422)
    else:
        flash(_("The rules are in force."), "done")
    return redirect(url_for("message_rules.rules"), 303)


@blueprint.post("/rules/stop")
@needs("edit_rules")
def stop() -> Response:
    """Enter a number whose holder wants no messages."""
    key = phone_key(request.form.get("phone", ""), parts.config().sms.country)
    if not key:
        flash(words.reason("no-number"), "wrong")
        return make_response(rules(), 422)
    else:
        with writing() as connection:
            opting_out.stop(connection, key, "–", user().id)
        flash(_("This number gets no messages any more."), "done")
    return redirect(url_for("message_rules.rules"), 303)


@blueprint.post("/rules/resume")
@needs("edit_rules")
def resume() -> Response:
    """Somebody wants messages again."""
    with writing() as connection:
        if not opting_out.resume(connection, request.form.get("phone_key", "")):
            absent()
    flash(_("This number gets messages again."), "done")
    return redirect(url_for("message_rules.rules"), 303)


def _template(template_id: str) -> templates.Template:
    with reading() as connection:
        found = templates.by_id(connection, template_id)
    if found is None:
        absent()
    return found


def _form(values: dict[str, Any], wrong: str, template_id: str | None) -> str:
    return render_template(
        "messages/template.html",
        values=values,
        wrong=wrong,
        template_id=template_id,
        specs=record_type("message_template").specs(),
        placeholders=words.placeholders(),
    )


def _save(template_id: str | None) -> Response | str:
    form = request.form
    values: dict[str, Any] = {name: form.get(name, "").replace("\r\n", "\n").strip() or None for name in FIELDS}
    values["active"] = form.get("active") == "yes"
    wrong = ""
    if not values["template_name"] or not values["content"]:
        wrong = _("A template has a name and a text.")
    else:
        try:
            verdict = templates.save(user().id, values, template_id)
            wrong = (
                "" if verdict["state"] in ("applied", "merged") else _("Nothing was changed: the values do not fit.")
            )
        except UnknownPlaceholder as error:
            wrong = _("There is no placeholder %(names)s.", names=", ".join(f"{{{name}}}" for name in error.names))
    if wrong:
        return _form(values, wrong, template_id)
    flash(_("The template is kept, and on its way to the devices."), "done")
    return redirect(url_for("message_rules.all_templates"), 303)
