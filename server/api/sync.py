"""`POST /sync/1`: one signed round trip."""

from __future__ import annotations

from flask import Blueprint, Response

from server.api import signed
from server.services import clock, devices_sync, round_trip
from sync_protocol import messages

blueprint = Blueprint("sync", __name__)


@blueprint.post("/sync/1")
def post_sync() -> Response:
    """Take the head of the device's outbox, judge it, and answer with verdicts and what is new."""
    content = signed.body()
    device = signed.device(content)
    request = messages.read(messages.SyncRequest, content)
    round_trip.refuse(device, request)
    fresh = round_trip.judge(device, request, skew_ms=request["sent"] - clock.now_ms())
    devices_sync.note_contact(device, request, max((item["seq"] for item in request["sets"]), default=0))
    return signed.answer(round_trip.answer(device, request, fresh, signed.asked_hash()))
