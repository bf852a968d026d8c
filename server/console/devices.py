"""Devices: who has which, when it was last in touch, what it still holds; enrol one, retire it, report it lost."""

from __future__ import annotations

import segno
from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response

from server.console.access import absent, needs, user
from server.services import clock, devices, enrolment, users

blueprint = Blueprint("devices", __name__, url_prefix="/devices")


@blueprint.get("")
@needs("see_devices")
def index() -> str:
    return render_template("devices/index.html", devices=devices.all_devices(), now=clock.now_ms())


@blueprint.get("/enrol")
@needs("enrol_device")
def enrol() -> str:
    return render_template("devices/enrol.html", people=[person for person in users.all_users() if person.active])


@blueprint.post("/enrol")
@needs("enrol_device")
def invite() -> Response:
    """Make an invitation. It is shown this once: the code itself is stored nowhere."""
    person = users.by_id(request.form.get("user", ""))
    if person is None or not person.active:
        flash(_("Choose who will carry the device."), "wrong")
        return redirect(url_for("devices.enrol"), 303)
    invitation = enrolment.invite(person.id, user().id)
    qr = Markup(segno.make(invitation.text, error="m").svg_inline(omitsize=True, border=0, dark="#000"))  # noqa: S704
    return make_response(render_template("devices/invitation.html", invitation=invitation, person=person, qr=qr))


@blueprint.get("/<device_id>")
@needs("see_devices")
def show(device_id: str) -> str:
    device = devices.by_id(device_id)
    if device is None:
        absent()
    return render_template("devices/show.html", device=device, now=clock.now_ms())


@blueprint.post("/<device_id>/state")
@needs("revoke_device")
def revoke(device_id: str) -> Response:
    """Retire a device, report it lost, or take it into use again."""
    state = request.form.get("state")
    if state not in devices.STATES or not enrolment.revoke(device_id, state, user().id):
        absent()
    words = {
        "retired": _("The device is retired: it sends what it still holds, then wipes itself."),
        "lost": _("The device is reported lost: it gets nothing more and wipes itself at its next contact."),
        "active": _("The device is in use again."),
    }
    flash(words[state], "done")
    return redirect(url_for("devices.show", device_id=device_id), 303)
