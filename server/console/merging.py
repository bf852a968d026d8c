"""Customers that may be the same outlet: found, compared side by side, merged with both histories kept, or put apart."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from werkzeug.wrappers import Response

from server.console import noted
from server.console.access import absent, needs, scope, user
from server.console.query import plain
from server.console.refusals import refusal
from server.services import books, customers, names
from server.services.customers import File
from server.services.doubles import finding
from server.services.operations import merging
from server.storage import retrying
from server.storage.database import reading
from sync_protocol.records import record_type

blueprint = Blueprint("merging", __name__, url_prefix="/duplicates")

KEYS = {
    "licence": _l("The same licence number"),
    "phone": _l("The same telephone"),
    "name": _l("The same name and place"),
}


@blueprint.get("")
@needs("merge_customers")
def index() -> str:
    wanted = request.args.get("by", "")
    for key in (wanted,) if wanted in KEYS else KEYS:  # unless one was chosen, the first by which there are any
        found = finding.find(scope(), key)
        if found.groups:
            break
    return render_template("merging/index.html", found=found, key=key, keys=KEYS, chosen=wanted in KEYS)


@blueprint.get("/<customer_id>")
@needs("merge_customers")
def compare(customer_id: str) -> str:
    """Two files side by side, and what a merger would do."""
    stays, goes = _file(customer_id), _other(customer_id)
    if goes is None:
        absent()
    noted.seen(goes.id)
    effect = merging.preview(goes.id, stays.id)
    specs = record_type("customer").specs()
    with reading() as connection:
        found = names.load(connection, scope(), users=effect.gains | effect.loses)
    return render_template(
        "merging/compare.html",
        stays=stays,
        goes=goes,
        effect=effect,
        specs=specs,
        people={each.id: each.text for each in found.values()},
        shown=[each.field for each in effect.differing if each.field in specs],
    )


@blueprint.post("/<customer_id>/merge")
@needs("merge_customers")
def merge(customer_id: str) -> Response:
    """Merge the other into this one. All that lies below it goes along; its own file stays as a removed record below."""
    stays, goes = _file(customer_id), _other(customer_id)
    if goes is None:
        absent()
    take = [name for name in request.form.getlist("take") if name in record_type("customer").specs()]
    try:
        done = merging.merge_customers(goes.id, stays.id, user().id, take)
    except (books.BookError, retrying.StillBusy) as error:
        flash(_("Nothing was changed: %(why)s", why=refusal(error)), "wrong")
        return redirect(f"{url_for('merging.compare', customer_id=customer_id)}?with={goes.id}", 303)
    text = ngettext(
        "«%(goes)s» is merged into this customer, with %(n)s record.",
        "«%(goes)s» is merged into this customer, with %(n)s records.",
        done.records,
        n=done.records,
        goes=goes.title,
    )
    flash(text, "done")
    return redirect(url_for("customers.show", record_id=stays.id), 303)


@blueprint.post("/<customer_id>/different")
@needs("merge_customers")
def different(customer_id: str) -> Response:
    """They are two outlets: the notes that say otherwise are closed."""
    stays, goes = _file(customer_id), _other(customer_id)
    if goes is None:
        absent()
    finding.put_apart(scope(), stays.id, goes.id, user().id)
    flash(_("Noted: they are two customers."), "done")
    return redirect(url_for("inbox.show"), 303)


def _file(record_id: str) -> File:
    found = _open(record_id)
    if found is None:
        absent()
    return found


def _open(record_id: str) -> File | None:
    with reading() as connection:
        return customers.open_file(connection, scope(), record_id, user().id)


def _other(customer_id: str) -> File | None:
    """The second customer: by id, or by the code that somebody typed."""
    named = plain(request.values.get("with", ""))
    if not named or named == customer_id:
        return None
    return _open(named)
