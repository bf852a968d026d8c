"""The organisation tree: read by everybody who is signed in, changed by administrators."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from server.console.access import needs, signed_in, user
from server.services import users
from server.services.people import organisation
from server.services.people.organisation import OrganisationError

blueprint = Blueprint("organisation", __name__, url_prefix="/organisation")


@blueprint.get("")
@signed_in
def index() -> str:
    return render_template(
        "users/organisation.html",
        units=organisation.tree(),
        standing=organisation.places(),
        people={person.id: person for person in users.all_users() if person.active},
        kinds=organisation.KINDS,
    )


@blueprint.post("/new")
@needs("administer")
def add() -> Response:
    try:
        organisation.add_unit(*_form(), by=user().id)
    except OrganisationError as error:
        flash(_why(error), "wrong")
    return redirect(url_for("organisation.index"), 303)


@blueprint.post("/<unit_id>")
@needs("administer")
def change(unit_id: str) -> Response:
    """Rename a unit, or put it elsewhere with all that is in it."""
    try:
        organisation.change_unit(unit_id, *_form(), by=user().id)
    except OrganisationError as error:
        flash(_why(error), "wrong")
    return redirect(url_for("organisation.index"), 303)


@blueprint.post("/<unit_id>/remove")
@needs("administer")
def remove(unit_id: str) -> Response:
    try:
        organisation.remove_unit(unit_id, user().id)
    except OrganisationError as error:
        flash(_why(error), "wrong")
    return redirect(url_for("organisation.index"), 303)


def _form() -> tuple[str, str, str | None]:
    return request.form.get("name", ""), request.form.get("kind", ""), request.form.get("parent") or None


def _why(error: OrganisationError) -> str:
    words = {
        "in-use": _("The unit is not empty: move its people and units first."),
        "loop": _("A unit cannot lie within itself."),
        "name": _("A name has 1 to 100 characters."),
    }
    return str(words.get(str(error), _("Nothing was changed: the values do not fit.")))
