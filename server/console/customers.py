"""Customers: the list, the file with its timeline, the form to change it, the history of a field."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup, escape
from werkzeug.wrappers import Response

from server.console import choices, forms
from server.console.access import absent, can, needs, scope, signed_in, user
from server.console.language import language
from server.console.query import filters_of, query_of
from server.console.reasons import reason
from server.services import customers, editing, histories, listing, timeline, users
from server.services.customers import File
from server.services.editing import Outcome
from server.storage.database import reading
from sync_protocol.fields import FieldClass, Rule, Seat, Sensitivity
from sync_protocol.records import check_values, record_type

blueprint = Blueprint("customers", __name__, url_prefix="/customers")


@blueprint.get("")
@signed_in
def index() -> str:
    found = customers.find(scope(), query_of("customer", request.args))
    return render_template(
        "customers/index.html", found=found, specs=listing.listed_specs("customer"), filters=filters_of("customer")
    )


@blueprint.get("/<record_id>")
@signed_in
def show(record_id: str) -> str:
    before, only = request.args.get("before", ""), request.args.get("only", "")
    page = customers.page(
        scope(),
        record_id,
        user().id,
        before=int(before) if before.isascii() and before.isdecimal() and len(before) < 16 else None,
        only=only if only in timeline.types() else "",
    )
    if page is None:
        absent()
    choices.read()
    return render_template("customers/show.html", page=page, file=page.file, types=timeline.types(), only=only)


@blueprint.get("/<record_id>/edit")
@needs("edit_customer")
def edit(record_id: str) -> str:
    file = _file(record_id)
    values = {name: _text(file, name) for name in editing.editable()}
    return _form(file, values, file.ver, editing.seen_of(file), {})


@blueprint.post("/<record_id>/edit")
@needs("edit_customer")
def save(record_id: str) -> Response:
    """Write what was changed; what is wrong is shown by field, and nothing is saved then."""
    file = _file(record_id)
    seen = _seen(request.form.get("seen", ""))
    texts = {name: request.form[name] for name in editing.editable() if name in request.form}
    values, wrong = _read(texts, file)
    if not wrong:
        outcome = editing.edit(user().id, file, request.form.get("base") or file.ver, seen, values)
        wrong = outcome.wrong
        if not wrong:
            _tell(outcome)
            return redirect(url_for("customers.show", record_id=record_id), 303)
    return make_response(_form(file, texts, request.form.get("base") or file.ver, seen, wrong), 422)


@blueprint.get("/<record_id>/history/<field>")
@signed_in
def history(record_id: str, field: str) -> str:
    found = histories.of_field(scope(), "customer", record_id, field, user().id)
    if found is None:
        absent()
    spec = found.spec
    may_restore = (
        can("edit_customer")
        and spec.klass is not FieldClass.SYSTEM
        and spec.rule not in (Rule.ELEMENTS, Rule.SUM)
        and spec.sensitivity is Sensitivity.OPEN
    )
    return render_template(
        "customers/history.html", history=found, record_id=record_id, field=field, may_restore=may_restore
    )


@blueprint.post("/<record_id>/history/<field>")
@needs("edit_customer")
def restore(record_id: str, field: str) -> Response:
    """Set a value again that the field had before: an edit like any other, or a proposal to who maintains the field."""
    file, rev = _file(record_id), request.form.get("rev", "")
    spec = editing.editable().get(field)
    was, value = (False, None)
    if rev.isascii() and rev.isdecimal() and len(rev) < 10:
        was, value = histories.value_at(scope(), record_id, field, int(rev))
    if spec is None or not was or spec.rule in (Rule.ELEMENTS, Rule.SUM) or editing.is_hidden(file, spec):
        absent()
    outcome = editing.edit(user().id, file, file.ver, editing.seen_of(file), {field: value})
    if outcome.wrong:
        codes = [code for each in outcome.wrong.values() for code in each]
        flash(" ".join([_("Nothing was changed."), *(reason(code) for code in codes)]), "wrong")
    else:
        _tell(outcome)
    return redirect(url_for("customers.history", record_id=record_id, field=field), 303)


def _file(record_id: str) -> File:
    with reading() as connection:
        file = customers.open_file(connection, scope(), record_id, user().id)
    if file is None:
        absent()
    return file


def _text(file: File, name: str) -> str:
    spec = editing.editable()[name]
    value = file.stored.get(name)
    if value is None or editing.is_hidden(file, spec):
        return ""
    return editing.code_of_customer(value) if spec.target == "customer" else forms.entered(spec, value)


def _seen(text: str) -> dict[str, Any]:
    """What the form was filled from. It comes back from the browser; a lie there only spoils the sender's own merge."""
    try:
        seen = json.loads(text)
    except ValueError:
        return {}
    known = editing.editable()
    if not isinstance(seen, dict):
        return {}
    return {
        name: value
        for name, value in seen.items()
        if name in known and not check_values("customer", {name: value}, creating=False)
    }


def _read(texts: dict[str, str], file: File) -> tuple[dict[str, Any], dict[str, list[str]]]:
    values: dict[str, Any] = {}
    wrong: dict[str, list[str]] = {}
    for name, text in texts.items():
        spec = editing.editable()[name]
        if editing.is_hidden(file, spec) and not text.strip():
            continue
        try:
            values[name] = forms.value_of(spec, text)
            if spec.target == "customer" and values[name]:
                values[name] = editing.customer_by_code(scope(), values[name])
                if values[name] is None:
                    raise forms.Wrong("reference.unknown")
        except forms.Wrong as error:
            wrong[name] = [str(error)]
    return values, wrong


def _form(file: File, values: dict[str, str], base: str, seen: dict[str, Any], wrong: dict[str, list[str]]) -> str:
    specs = editing.editable()
    return render_template(
        "customers/edit.html",
        file=file,
        values=values,
        base=base,
        seen=json.dumps(seen, ensure_ascii=False),
        deciders=_deciders(file),
        hints={name: _hint(file, name) for name in specs},
        wrong={name: [reason(code) for code in codes] for name, codes in wrong.items() if name in specs},
        elsewhere=[reason(code) for name, codes in wrong.items() if name not in specs for code in codes],
        people={person.id: person.name for person in users.all_users() if person.active},
        required={name for name, made in record_type("customer").declared().items() if made.required},
    )


def _hint(file: File, name: str) -> str:
    """What stands beside a field: the end of a value that is hidden, or that a change of his own needs confirming."""
    spec = editing.editable()[name]
    if editing.is_hidden(file, spec) and file.stored.get(name):
        return str(file.fields[name])
    return (
        str(_("to be confirmed")) if spec.klass is FieldClass.STATIC and _keeper(file, spec.seat) == user().id else ""
    )


def _keeper(file: File, seat: Seat | None) -> str | None:
    return next((keeper.user for keeper in file.keepers if keeper.seat == seat), None)


def _deciders(file: File) -> dict[str, str]:
    """Group -> who decides what the person at the page changes there; the groups that he keeps himself are left out."""
    found = {}
    for group in file.groups:
        seats = {spec.seat for spec in group.specs.values() if spec.seat}
        keeper = _keeper(file, next(iter(seats))) if len(seats) == 1 else None
        if user().id not in {_keeper(file, seat) for seat in seats}:
            found[group.name] = file.names[keeper].text if keeper and keeper in file.names else ""
    return found


def _tell(outcome: Outcome) -> None:
    """Say what became of the edit."""
    if outcome.applied:
        flash(_("Applied: %(fields)s", fields=_labels(outcome.applied)), "done")
    if outcome.merged:
        flash(
            _(
                "Applied, though somebody else had changed it meanwhile; his value is kept: %(fields)s",
                fields=_labels(outcome.merged),
            ),
            "waiting",
        )
    if outcome.proposed:
        flash(_("To decide: %(fields)s. It stands in the inbox.", fields=_labels(outcome.proposed)), "waiting")
    if not (outcome.applied or outcome.merged or outcome.proposed):
        flash(_("Nothing was changed."), "")


def _labels(names: list[str]) -> Markup:
    specs = record_type("customer").specs()
    return Markup(", ").join(escape(specs[name].labels[language()]) for name in names)
