"""Sync without any network: what is on the device goes into a file that somebody carries, and an answer file comes back (R46-R48)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from field_app.device import Device
from field_app.store.files import write_durably
from field_app.store.photos import HeldPhoto
from field_app.sync.requests import Request, next_request
from field_app.sync.rounds import finish_round, stage_answer
from sync_protocol import age, envelope, signing
from sync_protocol.messages import PENDING_LIMIT

KEPT = "envelopes"
KEPT_FILES = 50
PAGE_LIMIT_BYTES = 64 * 1024 * 1024
WANTED_LIMIT = 1000
_READ_BYTES = 64 * 1024


class NotForThisDevice(Exception):
    """The file is no answer to a file of this device, or it was changed."""


class SyncIsRunning(Exception):
    """A sync is on its way; a file is taken in when it is over."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What a file holds."""

    sets: int
    photos: int


@dataclass(frozen=True, slots=True)
class Taken:
    """What an answer file came to. `applied`: False, if it is out of date: the next round brings the same verdicts.
    `problem`: what the server refused the whole file with."""

    applied: bool
    verdicts: int = 0
    records: int = 0
    problem: str | None = None


def export(device: Device, path: Path) -> Exported:
    """Write all that waits into a file that only the server can open. Nothing on the device changes by it. Raises: OSError."""
    with device.lock:
        requests = list(_requests(device))
        inside = {saved.id for request in requests for saved in request.sets}
        photos = [photo for photo in device.photos.unsent() if _may_go(device, photo, inside)]
    recipient = device.identity.server_seal_key
    sealed = age.encrypt(
        [signing.from_text(recipient, size=32)], envelope.written(_parts(device, requests, photos)), device.randomness
    )
    write_durably(path, sealed)
    kept = {signing.body_hash(requests[-1].body): [photo.id for photo in photos]}
    earlier = {name: ids for name, ids in device.settings.get(KEPT, {}).items() if name not in kept}
    device.settings.set(KEPT, dict([*earlier.items(), *kept.items()][-KEPT_FILES:]))
    return Exported(len(inside), len(photos))


def _requests(device: Device) -> Iterator[Request]:
    """As many requests as it takes; the last one names all the sets before it."""
    skip: set[str] = set()
    while True:
        request = next_request(device, skip=skip, snapshots=False)
        yield request
        skip |= {saved.id for saved in request.sets}
        if not device.outbox.to_send(1, 0, skip={*skip, *device.staging.verdicts()}) or len(skip) > PENDING_LIMIT:
            return


def _may_go(device: Device, photo: HeldPhoto, inside: set[str]) -> bool:
    saved = device.outbox.find(photo.set_id)
    return photo.set_id in inside or saved is None or saved.state not in ("ready", "parked")


def _parts(
    device: Device, requests: list[Request], photos: list[HeldPhoto]
) -> Iterator[tuple[dict[str, Any], int, Iterable[bytes]]]:
    identity = device.identity
    path = envelope.path_for(identity.server_seal_key)
    for request in requests:
        text = signing.request_text(envelope.METHOD, path, identity.device_id, request.sent_ms, request.body)
        head = {
            "part": "request",
            "device": identity.device_id,
            "recipient": signing.fingerprint(identity.server_seal_key),
            "sent": request.sent_ms,
            "signature": signing.sign(identity.sign_key, text),
        }
        yield head, len(request.body), [request.body]
    for photo in photos:
        head = {"part": "photo", "book": photo.book, "set": photo.set_id, "sha256": photo.sha256}
        yield {**head, "type": photo.media_type}, photo.size, device.photos.pieces(photo)


def take_answer(device: Device, path: Path) -> Taken:
    """Take an answer file in, as the pages of a round. An old one changes nothing.

    Raises: NotForThisDevice, SyncIsRunning, OSError.
    """
    if not device.syncing.acquire(blocking=False):
        raise SyncIsRunning
    try:
        with path.open("rb") as file:
            private = signing.from_text(device.identity.seal_seed, size=32)
            plain = age.decrypt([private], iter(lambda: file.read(_READ_BYTES), b""))
            return _take(device, envelope.parts_of(plain))
    except (age.NotAnAgeFile, envelope.NotAnEnvelope) as error:
        raise NotForThisDevice(str(error)) from error
    finally:
        device.syncing.release()


def _take(device: Device, parts: Iterator[envelope.Part]) -> Taken:
    verdicts = records = 0
    since_ms = device.settings.get("answered_at_ms", 0)
    for part in parts:
        if part.kind not in ("answer", "problem"):
            continue
        content = _verified(device, part)
        if part.kind == "problem":
            return _refused(device, content)
        if not _continues(device, content, since_ms):
            return Taken(applied=False)
        stage_answer(device, content)
        verdicts += len(content.get("verdicts", ()))
        records += len(content.get("records", ()))
        if not content["more"]:
            finish_round(device)
            _settle_photos(device, part.head["reply_to"], content.get("want", []))
            return Taken(applied=True, verdicts=verdicts, records=records)
    raise NotForThisDevice("an answer without an end")


def _verified(device: Device, part: envelope.Part) -> dict[str, Any]:
    """The content, if the server signed it as an answer to a file that this device made, and it is newer than what is here."""
    identity, body = device.identity, part.whole(PAGE_LIMIT_BYTES)
    sent, reply_to = part.head.get("sent"), str(part.head.get("reply_to"))
    if not isinstance(sent, int) or reply_to not in device.settings.get(KEPT, {}):
        raise NotForThisDevice("no file of this device is answered by it")
    path = envelope.path_for(identity.server_seal_key)
    text = signing.hashed_answer_text(
        envelope.METHOD, path, identity.device_id, sent, signing.body_hash(body), reply_to
    )
    if not signing.verify(identity.server_sign_key, str(part.head.get("signature", "")), text):
        raise NotForThisDevice("the server did not sign it")
    found: dict[str, Any] = {"time": sent, **json.loads(body)}
    return found


def _continues(device: Device, answer: Mapping[str, Any], since_ms: int) -> bool:
    """R48: it begins where this device is, in the same epoch, and is newer than the last answer."""
    here = {**device.books.cursors(), **device.staging.cursors()}
    begins_here = all(here.get(book, "0") == cursor for book, cursor in answer.get("from", {}).items())
    is_newer = answer["time"] > since_ms
    return bool(begins_here and is_newer and answer["epoch"] == device.settings.get("epoch"))


def _refused(device: Device, problem: Mapping[str, Any]) -> Taken:
    name = str(problem.get("type", "")).rpartition("/")[2]
    if problem["time"] <= device.settings.get("answered_at_ms", 0):
        return Taken(applied=False)
    if name == "epoch-changed":
        device.follow_epoch(problem["epoch"], problem.get("forks") or {})
    elif name == "device-lost":
        device.wipe()
    elif name == "device-forked":
        device.settings.set("stopped", name)
    return Taken(applied=True, problem=name)


def _settle_photos(device: Device, reply_to: str, want: list[Mapping[str, str]]) -> None:
    """Photos that were in the file and that the server does not miss have arrived."""
    missing = {(one["book"], one["sha256"]) for one in want}
    if len(missing) >= WANTED_LIMIT:
        return
    for photo_id in device.settings.get(KEPT, {}).get(reply_to, []):
        photo = device.photos.find(photo_id)
        saved = device.outbox.find(photo.set_id) if photo is not None else None
        is_known = saved is None or saved.state in ("settled", "waiting", "refused")
        if photo is not None and is_known and (photo.book, photo.sha256) not in missing:
            device.photos.note(photo.id, state="sent", upload=None, failures=0)
