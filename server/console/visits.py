"""Visits: the list, and one visit with its steps, counts and photos."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from server.console.access import absent, scope, signed_in, user
from server.console.query import filters_of, lately, query_of
from server.services import listing, visits
from sync_protocol.records import record_type

blueprint = Blueprint("visits", __name__, url_prefix="/visits")


@blueprint.get("")
@signed_in
def index() -> str:
    found = visits.find(scope(), lately(query_of("visit", request.args), request.args))
    return render_template(
        "visits/index.html", found=found, specs=listing.listed_specs("visit"), filters=filters_of("visit")
    )


@blueprint.get("/<record_id>")
@signed_in
def show(record_id: str) -> str:
    page = visits.page(scope(), record_id, user().id)
    if page is None:
        absent()
    return render_template(
        "visits/show.html",
        page=page,
        count_specs=record_type("stock_count").specs(),
        steps=record_type("photo").specs(),
    )
