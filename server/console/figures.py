"""Why a customer's computed fields are what they are; the monthly limits of the grades."""

from __future__ import annotations

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from server.console.access import absent, needs, scope, signed_in
from server.services import computed
from server.services.messaging import overview
from server.storage.database import reading, writing
from sync_protocol.records import record_type
from sync_protocol.supply import LIMITS

blueprint = Blueprint("figures", __name__, url_prefix="/figures")
FIELDS = ("grade", "monthly_supply", "purchase_quantity", "purchase_amount_minor", "purchase_average_price")


@blueprint.get("/limits")
@needs("edit_rules")
def limits() -> str:
    """How much a customer of each grade may order in a month."""
    with reading() as connection:
        now = computed.limits(connection)
    return render_template("figures/limits.html", limits=now)


@blueprint.post("/limits")
@needs("edit_rules")
def change_limits() -> Response:
    """Set the limits; the files follow with the next recomputing."""
    try:
        wanted = {grade: int(request.form.get(f"grade-{grade}", "")) for grade in LIMITS}
        with writing() as connection:
            computed.save_limits(connection, wanted)
    except ValueError:
        flash(_("Nothing was changed: the values do not fit."), "wrong")
        return make_response(limits(), 422)
    else:
        flash(_("The limits are set. The files follow on the first of the month, and after an import."), "done")
    return redirect(url_for("figures.limits"), 303)


@blueprint.get("/<record_id>")
@signed_in
def show(record_id: str) -> str:
    """What the computed fields of one customer follow from."""
    customer = overview.addressee(scope(), record_id)
    if customer is None:
        absent()
    return render_template(
        "figures/show.html",
        customer=customer,
        found=computed.explain(customer.book, customer.id),
        specs=record_type("customer").specs(),
        fields=FIELDS,
    )
