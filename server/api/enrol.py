"""`POST /enrol/1`: a new device, with the code of its invitation; `POST /renew/1`: one that was forgotten, with its certificate.

Both are signed by the key that the device brings.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request

from server.api import signed
from server.services import enrolment, renewal
from server.services.recovery import witness
from sync_protocol import messages, signing
from sync_protocol.problems import Problem
from sync_protocol.version import PROTOCOL_VERSION

blueprint = Blueprint("enrol", __name__)


@blueprint.post("/enrol/1")
def post_enrol() -> Response:
    """Check that the sender has the key it brings, then make the device known."""
    content = signed.body()
    wanted = messages.read(messages.EnrolRequest, content)
    _check_version(wanted)
    _check_signature(wanted["device"], wanted["sign_key"], content)
    witness.refuse_if_behind()
    return signed.answer(enrolment.enrol(wanted))


@blueprint.post("/renew/1")
def post_renew() -> Response:
    """Check that the sender has the key of its certificate, then make the device known again (R41)."""
    content = signed.body()
    wanted = messages.read(messages.RenewRequest, content)
    _check_version(wanted)
    certificate = wanted["certificate"]
    _check_signature(certificate["device"], certificate["sign_key"], content)
    witness.refuse_if_behind()
    return signed.answer(renewal.renew(wanted))


def _check_version(wanted: Mapping[str, Any]) -> None:
    if wanted["v"] != PROTOCOL_VERSION:
        raise Problem(
            "not-the-schema", f"This server speaks protocol version {PROTOCOL_VERSION}.", reasons={"v": ["version"]}
        )


def _check_signature(device: str, key: str, content: bytes) -> None:
    """The sender has the key that it names: no row of it is needed."""
    text = signing.request_text("POST", signed.path(), device, signed.sent_ms(), content)
    signature = request.headers.get(signed.SIGNATURE, "")
    if request.headers.get(signed.DEVICE) != device or not signing.verify(key, signature, text):
        raise Problem("signature-wrong", "This request is signed by the key that the device brings.")
