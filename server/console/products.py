"""The catalogue: the list, and one product."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, render_template, request, url_for

from server.console.access import absent, can, needs, user
from server.console.query import filters_of, query_of
from server.services import listing, products

blueprint = Blueprint("products", __name__, url_prefix="/products")


@blueprint.get("")
@needs("see_products")
def index() -> str:
    found = products.find(query_of("product", request.args))
    return render_template(
        "products/index.html", listing=found, specs=listing.listed_specs("product"), filters=filters_of("product")
    )


@blueprint.get("/<record_id>")
@needs("see_products")
def show(record_id: str) -> str:
    page = products.page(record_id, user().id, keeps_it=can("edit_catalogue"))
    if page is None:
        absent()
    return render_template("records/show.html", page=page, history_of=partial(_history, record_id))


def _history(record_id: str, field: str) -> str:
    return url_for("records.history", record_id=record_id, field=field)
