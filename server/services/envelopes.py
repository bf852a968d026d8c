"""Files that devices send by hand: taken in as requests are, answered by a file with the pages of a whole round (R46, R47)."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from server.services import clock, devices_sync, parts, round_trip, uploads
from server.storage.database import reading
from server.storage.tables import device as table
from sync_protocol import age, envelope, identity, messages, signing
from sync_protocol.problems import Problem

PIECE_BYTES = 1024 * 1024
WITHOUT_LIMIT = float("inf")


@dataclass(slots=True)
class Received:
    """What a file came to. `states`: how many sets got which verdict. `photos`: stored; `photos_refused`: problem -> how many.
    `whole`: False if the file was cut off; what came before counts. `problem`: what of it was refused as a whole."""

    device: str = ""
    user: str = ""
    requests: int = 0
    states: Counter[str] = field(default_factory=Counter)
    photos: int = 0
    photos_refused: Counter[str] = field(default_factory=Counter)
    whole: bool = True
    problem: str | None = None
    answer: list[tuple[dict[str, Any], bytes]] = field(default_factory=list)


def receive(chunks: Iterable[bytes]) -> Received:
    """Take a file in: its requests in their order, then its photos. Twice, late and in any order comes to the same.

    Raises: age.NotAnAgeFile, envelope.NotAnEnvelope, if nothing of it can be read; Problem, if no device of ours signed it.
    """
    found = Received()
    last: tuple[devices_sync.Device, dict[str, Any], list[dict[str, Any]], str, bytes] | None = None
    try:
        for part in envelope.parts_of(age.decrypt(parts.keyring().seal_keys, chunks)):
            if part.kind == "request" and found.problem is None:
                last = _request(found, part) or last
            elif part.kind == "photo" and last is not None and found.problem is None:
                _photo(found, last[0], part)
    except (age.NotAnAgeFile, envelope.NotAnEnvelope):
        if not found.requests:
            raise
        found.whole = False
    if last is not None and found.problem is None:
        _answer(found, *last)
    return found


def answer_file(found: Received) -> Iterator[bytes]:
    """The answer, sealed to the device."""
    with reading() as connection:
        seal_key = connection.scalar(sa.select(table.c.seal_key).where(table.c.id == found.device))
    assert seal_key is not None, "enrolled devices have one"
    inside = envelope.written((head, len(body), [body]) for head, body in found.answer)
    return age.encrypt([signing.from_text(seal_key, size=32)], inside, os.urandom)


def _request(
    found: Received, part: envelope.Part
) -> tuple[devices_sync.Device, dict[str, Any], list[dict[str, Any]], str, bytes] | None:
    head, body = part.head, part.whole(messages.REQUEST_BYTES_LIMIT)
    path, sent = _path(head), head.get("sent")
    if not isinstance(sent, int) or not identity.is_id(head.get("device")):
        raise Problem("signature-wrong", "A request in a file names device, time, recipient and signature.")
    text = signing.request_text(envelope.METHOD, path, head["device"], sent, body)
    device = devices_sync.authenticate(head["device"], str(head.get("signature", "")), text)
    if found.requests and device.id != found.device:
        raise Problem("signature-wrong", "A file is of one device.")
    found.device, found.user = device.id, device.user
    found.requests += 1
    try:
        request = messages.read(messages.SyncRequest, body)
        request["snapshots"] = request["own"] = False
        round_trip.refuse(device, request, carried=True)
        fresh = round_trip.judge(device, request, skew_ms=device.skew_ms, seconds=WITHOUT_LIMIT)
    except Problem as problem:
        _refuse(found, problem, path, body)
        return None
    found.states.update(verdict["state"] for verdict in fresh)
    devices_sync.note_carried(device, max([request["last_seq"], *(item["seq"] for item in request["sets"])]))
    return device, request, fresh, path, body


def _path(head: dict[str, Any]) -> str:
    """The signed path, which names the key that the file is for: one of ours, or somebody sealed it anew."""
    ours = {signing.fingerprint(key) for key in parts.keyring().seal_publics}
    if str(head.get("recipient")) not in ours:
        raise Problem("signature-wrong", "This file was made for another server.")
    return f"/envelope/1/{head['recipient']}"


def _answer(
    found: Received,
    device: devices_sync.Device,
    request: dict[str, Any],
    fresh: list[dict[str, Any]],
    path: str,
    body: bytes,
) -> None:
    """The pages of a whole round, from the cursors that the device had, each signed."""
    reply_to = signing.body_hash(body)
    try:
        while True:
            page = round_trip.answer(device, request, fresh, reply_to)
            _add(found, "answer", page, path, body)
            if not page["more"]:
                return
            request["cursors"] |= page.get("cursors", {})
            request["scope_tag"] = page.get("scope_tag", request["scope_tag"])
            request["sets"], request["pending"], fresh = [], [], []
    except Problem as problem:
        _refuse(found, problem, path, body)


def _refuse(found: Received, problem: Problem, path: str, body: bytes) -> None:
    found.problem = problem.name
    found.answer.clear()
    _add(found, "problem", problem.to_wire(), path, body)


def _add(found: Received, kind: str, value: dict[str, Any], path: str, request_body: bytes) -> None:
    body, sent = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(), clock.now_ms()
    text = signing.answer_text(envelope.METHOD, path, found.device, sent, body, request_body)
    signature = signing.sign(parts.keyring().sign_key, text)
    head = {"part": kind, "sent": sent, "signature": signature, "reply_to": signing.body_hash(request_body)}
    found.answer.append((head, body))


def _photo(found: Received, device: devices_sync.Device, part: envelope.Part) -> None:
    """Bytes go the way of an upload; what an upload would refuse is refused here, and holds up nothing."""
    head = part.head
    try:
        names = {name: str(head.get(name, "")) for name in ("book", "set", "sha256", "type")}
        if device.state == "lost" or not device.user_active or not (identity.is_id(names["book"])):
            raise Problem("photo-unknown", "No photos are taken from this device.")
        begun = uploads.begin(
            device.id,
            device.user,
            book=names["book"],
            set_id=names["set"],
            sha256=names["sha256"],
            media_type=names["type"],
            length=head["size"],
        )
        at = 0
        for piece in _pieces(part.content):
            behind = piece[max(0, begun.offset - at) :]
            if behind:
                uploads.append(device.id, begun.id, at + len(piece) - len(behind), behind)
            at += len(piece)
        found.photos += 1
    except Problem as problem:
        found.photos_refused[problem.name] += 1


def _pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    held = bytearray()
    for chunk in chunks:
        held += chunk
        while len(held) >= PIECE_BYTES:
            yield bytes(held[:PIECE_BYTES])
            del held[:PIECE_BYTES]
    if held:
        yield bytes(held)
