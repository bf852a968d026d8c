"""One record of whatever type, as declared: contacts, complaints, counts, reviews; types with a page of their own lead there."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from server.console.access import absent, scope, signed_in, user
from server.console.page import OWN_PAGES
from server.console.query import filters_of, lately, query_of
from server.services import histories, listing, pictures, records, registers
from server.services.catalogues import keeping
from server.storage.database import reading

blueprint = Blueprint("records", __name__, url_prefix="/records")


@blueprint.get("")
@signed_in
def index() -> str:
    """Contacts, complaints or photos of all customers, by book, person and day."""
    kind = request.args.get("of", "")
    kind = kind if kind in registers.TYPES else registers.TYPES[0]
    state = request.args.get("state", "")
    state = state if kind == "complaint" and state in registers.STATES else ""
    find = partial(registers.find, scope(), kind, state=state)
    return render_template(
        "records/index.html",
        found=lately(find, query_of(kind, request.args)),
        kind=kind,
        kinds=registers.TYPES,
        state=state,
        specs=listing.listed_specs(kind),
        filters=filters_of(kind),
        moment=listing.moment_field(kind),
    )


@blueprint.get("/<record_id>")
@signed_in
def show(record_id: str) -> Response | str:
    page = records.page(scope(), record_id, user().id)
    if page is None:
        absent()
    if page.type in OWN_PAGES:
        return redirect(url_for(OWN_PAGES[page.type], record_id=record_id))
    if page.type == "photo":
        return render_template("records/photo.html", page=page, picture=pictures.find(record_id))
    return render_template("records/show.html", page=page, history_of=partial(_history, record_id))


def _history(record_id: str, field: str) -> str:
    """Where the history of a field is."""
    return url_for("records.history", record_id=record_id, field=field)


@blueprint.get("/<record_id>/history/<field>")
@signed_in
def history(record_id: str, field: str) -> str:
    """Every value that a field of a record has had."""
    with reading() as connection:
        type_name = records.type_of(connection, record_id)
    seen = scope() | keeping.reference_scope()
    found = histories.of_field(seen, type_name, record_id, field, user().id) if type_name else None
    if found is None:
        absent()
    return render_template("customers/history.html", history=found, record_id=record_id, field=field, may_restore=False)
