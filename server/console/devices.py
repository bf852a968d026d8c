"""Devices: who has which, when it was last in touch, what it still holds; enrol one, retire it, report it lost."""

from __future__ import annotations

import segno
from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response

from server.console.access import absent, can, needs, scope, user
from server.console.slices import page_of
from server.services import clock, devices, enrolment, users
from server.services.recovery import alarms

blueprint = Blueprint("devices", __name__, url_prefix="/devices")


@blueprint.get("")
@needs("see_devices")
def index() -> str:
    every = devices.all_devices(people())
    seen = {device.id for device in every}
    only = request.args.get("holds") == "1"
    found = (
        [each for each in every if each.state == "active" and each.held_sets + each.held_photos > 0] if only else every
    )
    told = [alarm for alarm in alarms.alarms() if not alarm.subject or alarm.subject in seen]
    return render_template(
        "devices/index.html", devices=page_of(found, request.args), only=only, alarms=told, now=clock.now_ms()
    )


@blueprint.post("/alarms")
@needs("revoke_device")
def acknowledge() -> Response:
    """Somebody has looked into an alarm."""
    kind, subject = request.form.get("kind", ""), request.form.get("subject", "")
    if subject and devices.by_id(subject, people()) is None:
        absent()
    if alarms.acknowledge(kind, subject, user().id):
        flash(_("The alarm is settled. It comes back if its cause does."), "done")
    return redirect(url_for("devices.index"), 303)


@blueprint.get("/enrol")
@needs("enrol_device")
def enrol() -> str:
    return render_template("devices/enrol.html", people=_carriers())


@blueprint.post("/enrol")
@needs("enrol_device")
def invite() -> Response:
    """Make an invitation. It is shown this once: the code itself is stored nowhere."""
    person = next((each for each in _carriers() if each.id == request.form.get("user")), None)
    if person is None:
        flash(_("Choose who will carry the device."), "wrong")
        return redirect(url_for("devices.enrol"), 303)
    invitation = enrolment.invite(person.id, user().id)
    qr = Markup(segno.make(invitation.text, error="m").svg_inline(omitsize=True, border=0, dark="#000"))  # noqa: S704
    return make_response(render_template("devices/invitation.html", invitation=invitation, person=person, qr=qr))


@blueprint.get("/<device_id>")
@needs("see_devices")
def show(device_id: str) -> str:
    device = devices.by_id(device_id, people())
    if device is None:
        absent()
    return render_template("devices/show.html", device=device, now=clock.now_ms())


@blueprint.post("/<device_id>/state")
@needs("revoke_device")
def revoke(device_id: str) -> Response:
    """Retire a device, report it lost, or take it into use again."""
    state = request.form.get("state")
    if state not in devices.STATES or devices.by_id(device_id, people()) is None:
        absent()
    if not enrolment.revoke(device_id, state, user().id):
        absent()
    words = {
        "retired": _("The device is retired: it sends what it still holds, then wipes itself."),
        "lost": _("The device is reported lost: it gets nothing more and wipes itself at its next contact."),
        "active": _("The device is in use again."),
    }
    flash(words[state], "done")
    return redirect(url_for("devices.show", device_id=device_id), 303)


def people() -> set[str] | None:
    """Whose devices the reader may see: those of the people in his books; None: everybody's."""
    return None if can("read_all_books") else devices.people_of(scope())


def _carriers() -> list[users.User]:
    """Whom the reader may enrol a device for."""
    whose = people()
    return [person for person in users.all_users() if person.active and (whose is None or person.id in whose)]
