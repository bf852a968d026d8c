"""Photos on their way up: tus 1.0, one piece at a time, resumed at the server's offset (protocol §13)."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from field_app.store.photos import HeldPhoto, NotHere
from field_app.sync.signed import Answer, ServerProblem
from sync_protocol.chunked import Damaged

if TYPE_CHECKING:
    from field_app.device import Device

FOLDER = "/photos/1/"
PIECE_BYTES = 1024 * 1024
FAILURES_BEFORE_PARKED = 3
_TUS = {"Tus-Resumable": "1.0.0"}

Ask = Callable[..., Answer]


class Postponed(Exception):
    """This photo cannot be sent now; the others can."""


def send_photos(device: Device, ask: Ask, progress: Callable[[int, int], None]) -> tuple[int, int]:
    """Send every photo whose record the server has received. One bad photo holds up no other.

    Args: ask: a signed exchange. progress: called with the bytes sent and the bytes of all photos to be sent.
    Returns: photos sent, bytes sent. Raises: NoNetwork; what was sent until then is kept.
    """
    photos = [photo for photo in device.photos.unsent() if _is_received(device, photo)]
    total, done, sent, uploaded = sum(photo.size for photo in photos), 0, 0, 0
    if photos:
        progress(done, total)
    for photo in photos:
        try:
            for piece_bytes in _send(device, photo, ask):
                uploaded += piece_bytes
                progress(min(done + piece_bytes, total), total)
            sent += 1
        except Postponed:
            pass
        done += photo.size
        progress(done, total)
    return sent, uploaded


def _is_received(device: Device, photo: HeldPhoto) -> bool:
    saved = device.outbox.find(photo.set_id)
    return saved is None or saved.state not in ("ready", "parked")


def _send(device: Device, photo: HeldPhoto, ask: Ask) -> Iterator[int]:
    """Yields the bytes of each piece that went up. Raises: Postponed, NoNetwork."""
    try:
        content = b"".join(device.photos.pieces(photo))
    except (NotHere, Damaged) as error:
        device.photos.note(photo.id, state="parked")
        raise Postponed("its bytes cannot be read here") from error
    offset, upload = _begin(device, photo, ask)
    while offset < len(content):
        piece = content[offset : offset + PIECE_BYTES]
        offset = _send_piece(device, photo, ask, upload, offset, piece)
        yield len(piece)
    device.photos.note(photo.id, state="sent", upload=None, failures=0)


def _begin(device: Device, photo: HeldPhoto, ask: Ask) -> tuple[int, str]:
    """(offset, address) of the upload of this photo: the one that is there, else a new one."""
    if photo.upload is not None:
        try:
            answer = ask("HEAD", photo.upload, headers=_TUS)
            return _offset(answer), photo.upload
        except ServerProblem as problem:
            if problem.status not in (404, 410):
                raise Postponed(problem.name) from problem
            device.photos.note(photo.id, upload=None)
    metadata = {"book": photo.book, "set": photo.set_id, "sha256": photo.sha256, "type": photo.media_type}
    pairs = ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in metadata.items())
    try:
        answer = ask("POST", FOLDER, headers={**_TUS, "Upload-Length": str(photo.size), "Upload-Metadata": pairs})
    except ServerProblem as problem:
        raise Postponed(problem.name) from problem
    upload = _path(answer.headers.get("location", ""))
    device.photos.note(photo.id, upload=upload)
    return _offset(answer, missing=0), upload


def _send_piece(device: Device, photo: HeldPhoto, ask: Ask, upload: str, offset: int, piece: bytes) -> int:
    headers = {**_TUS, "Content-Type": "application/offset+octet-stream", "Upload-Offset": str(offset)}
    try:
        return _offset(ask("PATCH", upload, piece, headers=headers))
    except ServerProblem as problem:
        if problem.status == 409:
            return _offset(_head_again(ask, upload))
        if problem.status == 460:
            failures = photo.failures + 1
            state = "parked" if failures >= FAILURES_BEFORE_PARKED else "unsent"
            device.photos.note(photo.id, state=state, failures=failures, upload=None)
        elif problem.status in (404, 410):
            device.photos.note(photo.id, upload=None)
        raise Postponed(problem.name) from problem


def _head_again(ask: Ask, upload: str) -> Answer:
    try:
        return ask("HEAD", upload, headers=_TUS)
    except ServerProblem as problem:
        raise Postponed(problem.name) from problem


def _offset(answer: Answer, missing: int | None = None) -> int:
    text = answer.headers.get("upload-offset", "" if missing is None else str(missing))
    if not text.isdecimal():
        raise Postponed("an answer without an offset")
    return int(text)


def _path(location: str) -> str:
    """The path of a Location, which may be absolute. What is elsewhere is not our upload."""
    if "://" in location:
        location = "/" + location.split("://", 1)[1].partition("/")[2]
    if not location.startswith("/"):
        raise Postponed("an upload without an address")
    return location
