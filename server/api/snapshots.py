"""`GET /books/<book>/snapshots/<id>`: a book in one file, whole or in parts (R26). The scope is checked at every request."""

from __future__ import annotations

import re

from flask import Blueprint, Response, request

from server.api import signed
from server.services import books, devices_sync, snapshots
from server.storage.database import reading
from sync_protocol.problems import Problem

blueprint = Blueprint("snapshots", __name__)
_RANGE = re.compile(r"bytes=(\d{1,15})-(\d{1,15})?")


@blueprint.get("/books/<book>/snapshots/<snapshot>")
def get_snapshot(book: str, snapshot: str) -> Response:
    """The file, or the part that `Range` asks for; the signature is over the hash of the whole file."""
    device = signed.device(b"")
    devices_sync.check_clock(signed.sent_ms())
    if device.state == "lost":
        raise Problem("device-lost", "This device was reported lost; it wipes itself.")
    with reading() as connection:
        entitled = device.state == "active" and device.user_active
        if not entitled or book not in books.scope_of(connection, device.user):
            raise Problem("not-found", "There is no such book in the scope of this device.")
        found = snapshots.find(connection, book, snapshot)
    if found is None:
        raise Problem("snapshot-gone", "This snapshot is stale. The next sync names another, or sends pages.")
    etag = f'"{found.sha256}"'
    start, end = _part(found.size, etag)
    headers = {"ETag": etag, "Accept-Ranges": "bytes", "Content-Length": str(end - start)}
    whole = (start, end) == (0, found.size)
    if not whole:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{found.size}"
    body = snapshots.content(found, start, end)
    response = Response(body, 200 if whole else 206, headers, mimetype="application/gzip")
    return signed.sign(response) if request.method == "HEAD" else signed.sign_file(response, found.sha256)


def _part(size: int, etag: str) -> tuple[int, int]:
    """From where up to, not including, where; all of it, if no single range of this very file is asked for."""
    asked = _RANGE.fullmatch(request.headers.get("Range", "").strip())
    if asked is None or request.headers.get("If-Range", etag) != etag:
        return 0, size
    start, last = int(asked[1]), int(asked[2]) if asked[2] else size - 1
    if start >= size or last < start:
        raise Problem("range-wrong", f"The file has {size} bytes.", size=size)
    return start, min(last + 1, size)
