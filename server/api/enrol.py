"""`POST /enrol/1`: a new device, with the code of its invitation. Signed by the key that it brings."""

from __future__ import annotations

from flask import Blueprint, Response, request

from server.api import signed
from server.services import enrolment
from sync_protocol import messages, signing
from sync_protocol.problems import Problem
from sync_protocol.version import PROTOCOL_VERSION

blueprint = Blueprint("enrol", __name__)


@blueprint.post("/enrol/1")
def post_enrol() -> Response:
    """Check that the sender has the key it brings, then make the device known."""
    content = signed.body()
    wanted = messages.read(messages.EnrolRequest, content)
    if wanted["v"] != PROTOCOL_VERSION:
        raise Problem(
            "not-the-schema", f"This server speaks protocol version {PROTOCOL_VERSION}.", reasons={"v": ["version"]}
        )
    signature = request.headers.get(signed.SIGNATURE, "")
    text = signing.request_text("POST", signed.path(), wanted["device"], signed.sent_ms(), content)
    if request.headers.get(signed.DEVICE) != wanted["device"] or not signing.verify(
        wanted["sign_key"], signature, text
    ):
        raise Problem("signature-wrong", "Enrolment is signed by the key that the device brings.")
    return signed.answer(enrolment.enrol(wanted))


@blueprint.post("/renew/1")
def post_renew() -> Response:
    """Renewal with a certificate (R41)."""
    raise Problem("not-built", "This release does not renew devices; enrol it again with a new invitation.")
