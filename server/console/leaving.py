"""Somebody leaves, in one of three ways (decision 10): he hands over, is dismissed, or a device was stolen."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from server.console.access import absent, can, needs, scope, user
from server.console.refusals import refusal
from server.services import books, devices, leaving, names, users
from server.services.users import User
from server.storage.database import reading

blueprint = Blueprint("leaving", __name__, url_prefix="/leaving")


@blueprint.get("/<user_id>")
@needs("hand_over")
def show(user_id: str) -> str:
    """The three ways, and what each would do now."""
    person = _person(user_id)
    effect = leaving.preview_dismissal(user_id)
    everybody = users.all_users()
    with reading() as connection:
        book_names = names.book_names(connection, scope())
    return render_template(
        "leaving/show.html",
        person=person,
        effect=effect,
        parts=leaving.parts_of(user_id),
        books=book_names,
        people=[each for each in everybody if each.active and each.id != user_id],
        devices=[each for each in devices.all_devices({user_id}) if each.state != "retired"],
        names={each.id: each.name for each in everybody},
    )


@blueprint.post("/<user_id>/hand-over")
@needs("hand_over")
def hand_over_all(user_id: str) -> Response:
    """Give all his seats to another."""
    person, to = _person(user_id), request.form.get("user", "")
    try:
        done = leaving.hand_over_all(user_id, to, user().id)
    except books.BookError as error:
        flash(_("Nothing was changed: %(why)s", why=refusal(error)), "wrong")
    else:
        text = ngettext(
            "%(n)s seat of %(name)s was handed over. Devices learn of it at their next sync.",
            "%(n)s seats of %(name)s were handed over. Devices learn of it at their next sync.",
            len(done),
            n=len(done),
            name=person.name,
        )
        flash(text, "done")
    return redirect(url_for("leaving.show", user_id=user_id), 303)


@blueprint.post("/<user_id>/dismiss")
@needs("administer")
def dismiss(user_id: str) -> Response:
    """End all that he may do, at once; what his devices still send is put aside."""
    person = _person(user_id)
    if user_id == user().id:
        flash(_("Nothing was changed: nobody dismisses himself."), "wrong")
        return redirect(url_for("leaving.show", user_id=user_id), 303)
    vacate = request.form.get("vacate") == "yes"
    done = leaving.dismiss(user_id, user().id, vacate=vacate)
    said = [
        _("%(name)s is dismissed.", name=person.name),
        ngettext("%(n)s session ended.", "%(n)s sessions ended.", done.sessions, n=done.sessions),
        _("His devices receive nothing more; what they still send is put aside for the supervisor."),
    ]
    if vacate:
        said.append(
            ngettext("%(n)s seat is vacant now.", "%(n)s seats are vacant now.", len(done.seats), n=len(done.seats))
        )
    flash(" ".join(said), "done")
    return redirect(url_for("leaving.show", user_id=user_id), 303)


def _person(user_id: str) -> User:
    """Somebody who can leave. Who may not read all books sees only those who hold a seat in his."""
    person = users.by_id(user_id)
    known = can("read_all_books") or user_id in devices.people_of(scope())
    if person is None or user_id == users.SYSTEM or not known:
        absent()
    return person
