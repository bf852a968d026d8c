"""Orders: the list with its total, and one order with its lines."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, render_template, request

from server.console.access import absent, scope, signed_in, user
from server.console.query import filters_of, lately, query_of
from server.services import listing, orders
from server.services.reviewing import waiting_one

blueprint = Blueprint("orders", __name__, url_prefix="/orders")


@blueprint.get("")
@signed_in
def index() -> str:
    state = request.args.get("state", "")
    state = state if state in orders.STATES else ""
    found = lately(partial(orders.find, scope(), state=state), query_of("order", request.args))
    return render_template(
        "orders/index.html",
        found=found,
        specs=listing.listed_specs("order"),
        filters=filters_of("order"),
        state=state,
        states=orders.STATES,
    )


@blueprint.get("/<record_id>")
@signed_in
def show(record_id: str) -> str:
    page = orders.page(scope(), record_id, user().id)
    if page is None:
        absent()
    return render_template("orders/show.html", page=page, waiting=waiting_one.of(user(), scope(), record_id))
