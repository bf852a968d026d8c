"""One record of whatever type, as declared: contacts, complaints, counts, reviews; types with a page of their own lead there."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from server.console.access import absent, scope, signed_in, user
from server.console.page import OWN_PAGES
from server.services import pictures, records

blueprint = Blueprint("records", __name__, url_prefix="/records")


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
    return render_template("records/show.html", page=page)
