"""Catalogues: products with their prices, the knowledge base, code lists; made and changed here, on every device after its next sync."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from server.console import forms
from server.console.access import absent, can, needs, user
from server.console.query import filters_of, query_of
from server.console.reasons import reason
from server.services import listing
from server.services.catalogues import code_lists, keeping
from server.services.catalogues.keeping import Entry
from server.services.records import page_of
from server.storage.database import reading
from sync_protocol.records import record_type

blueprint = Blueprint("catalogue", __name__, url_prefix="/catalogue")


@blueprint.get("/<kind>")
@needs("see_products")
def index(kind: str) -> Response | str:
    _check(kind)
    if kind in keeping.OWN_PAGES:
        return redirect(url_for("products.index"))
    with reading() as connection:
        if kind == "code_entry":
            return render_template("catalogue/code_lists.html", sheets=code_lists.sheets(connection))
        found = listing.find(connection, kind, (), query_of(kind, request.args))
    specs = listing.listed_specs(kind)
    return render_template("catalogue/index.html", kind=kind, listing=found, specs=specs, filters=filters_of(kind))


@blueprint.get("/<kind>/new")
@needs("edit_catalogue")
def new(kind: str) -> str:
    """An empty form; or, of a case that the field proposed, a filled one: names of customers are to be taken out."""
    _check(kind)
    proposed = keeping.case(request.args.get("case", "")) if kind == "knowledge" else {}
    specs = keeping.fields_of(kind)
    texts = {name: forms.entered(specs[name], value) for name, value in proposed.items() if name in specs}
    if kind == "code_entry":  # what a choice is called now: to be changed
        texts |= {name: request.args[name] for name in specs if name in request.args}
    return _form(kind, None, texts, {})


@blueprint.post("/<kind>/new")
@needs("edit_catalogue")
def create(kind: str) -> Response:
    _check(kind)
    return _save(kind, None)


@blueprint.get("/<kind>/<record_id>")
@needs("see_products")
def show(kind: str, record_id: str) -> Response | str:
    """One entry with the history of its fields."""
    _check(kind)
    if kind in keeping.OWN_PAGES:
        return redirect(url_for("products.show", record_id=record_id))
    with reading() as connection:
        page = page_of(connection, kind, keeping.reference_scope(), record_id, user().id, close=can("edit_catalogue"))
    if page is None:
        absent()
    return render_template("records/show.html", page=page, history_of=partial(_history, record_id))


@blueprint.get("/<kind>/<record_id>/edit")
@needs("edit_catalogue")
def edit(kind: str, record_id: str) -> str:
    entry = _entry(kind, record_id)
    texts = {name: forms.entered(spec, entry.fields.get(name)) for name, spec in keeping.fields_of(kind).items()}
    return _form(kind, entry, texts, {})


@blueprint.post("/<kind>/<record_id>/edit")
@needs("edit_catalogue")
def save(kind: str, record_id: str) -> Response:
    return _save(kind, _entry(kind, record_id))


def _check(kind: str) -> None:
    if kind not in keeping.KINDS:
        absent()


def _entry(kind: str, record_id: str) -> Entry:
    _check(kind)
    entry = keeping.load(kind, record_id)
    if entry is None:
        absent()
    return entry


def _history(record_id: str, field: str) -> str:
    return url_for("records.history", record_id=record_id, field=field)


def _save(kind: str, entry: Entry | None) -> Response:
    specs = keeping.fields_of(kind)
    texts = {name: request.form[name] for name in specs if name in request.form}
    values: dict[str, Any] = {}
    wrong: dict[str, list[str]] = {}
    for name, text in texts.items():
        try:
            values[name] = forms.value_of(specs[name], text)
        except forms.Wrong as error:
            wrong[name] = [str(error)]
    if not wrong:
        base = request.form.get("base") or (entry.ver if entry else "")
        record_id, outcome = keeping.save(user().id, kind, entry, base, values)
        wrong = outcome.wrong
        if not wrong:
            said = (
                _("Nothing had been changed.")
                if outcome.word == "same"
                else _("Saved. Devices have it after their next sync.")
            )
            flash(said, "done")
            return redirect(url_for("catalogue.show", kind=kind, record_id=record_id), 303)
    return make_response(_form(kind, entry, texts, wrong), 422)


def _form(kind: str, entry: Entry | None, texts: Mapping[str, str], wrong: Mapping[str, list[str]]) -> str:
    declared = record_type(kind).declared()
    return render_template(
        "catalogue/form.html",
        kind=kind,
        entry=entry,
        fixed=("code_list", "code") if kind == "code_entry" and entry else (),
        specs=keeping.fields_of(kind),
        texts=texts,
        wrong={name: [reason(code) for code in codes] for name, codes in wrong.items()},
        required={name for name, made in declared.items() if made.required},
        base=request.form.get("base") or (entry.ver if entry else ""),
    )
