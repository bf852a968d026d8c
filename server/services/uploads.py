"""Photos on their way in: tus uploads, resumable, checked by hash, owned by the device that began them (protocol §13)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from server.services import clock, jobs, parts
from server.services.push_claim import rows_of
from server.storage.database import is_sqlite, reading, writing
from server.storage.objects import NoSuchObject
from server.storage.tables import blob, change_set, log, upload
from server.storage.typed import typed_table
from sync_protocol.problems import Problem

PHOTO_BYTES_LIMIT = 20 * 1024 * 1024
PARTIAL_BYTES_LIMIT = 500 * 1024 * 1024
FAILURES_LIMIT = 3
UNFINISHED_MS = 90 * 24 * 3600 * 1000
AT_A_TIME = 500
MEDIA_TYPES = ("image/jpeg", "image/png", "image/webp")


@dataclass(frozen=True, slots=True)
class Upload:
    """One upload. `offset == length` means that the bytes are here and right."""

    id: str
    book: str
    sha256: str
    length: int
    offset: int


def begin(device: str, user: str, *, book: str, set_id: str, sha256: str, media_type: str, length: int) -> Upload:
    """Begin an upload, or find the one that this device began. Bytes known in this book are whole at once (R43).

    Raises: Problem(photo-unknown), if no set that was received from this device, or from the one that its user had before
        (R40), names the photo; too-large; quota.
    """
    if not 0 < length <= PHOTO_BYTES_LIMIT:
        raise Problem("too-large", f"A photo has 1 to {PHOTO_BYTES_LIMIT} bytes.")
    if media_type not in MEDIA_TYPES:
        raise Problem("not-the-schema", "Photos are JPEG, PNG or WebP.", reasons={"type": ["media-type"]})
    with writing() as connection:
        home = _named_by(connection, device, user, set_id, sha256, book)
        if home is None:
            raise Problem(
                "photo-unknown", "No received change set of this device names this photo. Send the record first."
            )
        known = (
            connection.execute(sa.select(blob).where(blob.c.book_id == home, blob.c.sha256 == sha256))
            .mappings()
            .first()
        )
        found = (
            connection.execute(
                sa.select(upload).where(
                    upload.c.device_id == device, upload.c.book_id == home, upload.c.sha256 == sha256
                )
            )
            .mappings()
            .first()
        )
        stored = known is not None and known["state"] == "stored"
        if found is not None and found["length_bytes"] == length:
            return Upload(found["id"], home, sha256, length, _gone_on_with(connection, found, stored=stored))
        _check_quota(connection, device, length)
        row = {
            "id": clock.new_id(),
            "device_id": device,
            "book_id": home,
            "set_id": set_id,
            "sha256": sha256,
            "media_type": media_type,
            "length_bytes": length,
            "offset_bytes": length if stored else 0,
            "state": "done" if stored else "open",
            "created_at": clock.now_ms(),
        }
        connection.execute(sa.insert(upload), row)
    return Upload(str(row["id"]), home, sha256, length, length if stored else 0)


def _gone_on_with(connection: Connection, found: sa.RowMapping, *, stored: bool) -> int:
    """Where an upload goes on that was begun before. What had ended, and is there no more, begins again: its bytes went with a
    customer who moved, or were lost. Returns: the offset."""
    offset: int = found["length_bytes"] if stored else found["offset_bytes"]
    if stored != (found["state"] == "done"):
        offset, state = (offset, "done") if stored else (0, "open")
        this = upload.c.id == found["id"]
        connection.execute(sa.update(upload).where(this).values(state=state, offset_bytes=offset))
    return offset


def _named_by(connection: Connection, device: str, user: str, set_id: str, sha256: str, book: str) -> str | None:
    """The book that the photo belongs to: where its record lies, or where the refused or waiting set wanted it. None: nobody named it."""
    row = (
        connection.execute(
            sa.select(change_set).where(
                change_set.c.id.in_(rows_of([set_id], user)),
                sa.or_(change_set.c.device_id == device, change_set.c.author == user),
                change_set.c.state != "open",
            )
        )
        .mappings()
        .first()
    )
    if row is None:
        return None
    set_id, photo = row["id"], typed_table("photo")
    named = (
        sa.select(photo.c.book_id)
        .join(log, sa.and_(log.c.record == photo.c.id, log.c.set_id == set_id))
        .where(photo.c.sha256 == sha256)
    )
    found: str | None = connection.scalar(named)
    if found is not None:
        return found
    body = row["body"]
    if body is None:
        proposal = typed_table("proposal")
        body = connection.scalar(
            sa.select(proposal.c.change).where(proposal.c.change_set == set_id, proposal.c.change.contains(sha256))
        )
        return book if body and row["book_id"] == book else None
    changes = json.loads(body).get("changes", [])
    names = any(
        isinstance(c, dict) and isinstance(c.get("set"), dict) and c["set"].get("sha256") == sha256 for c in changes
    )
    return book if names and row["book_id"] == book else None


def _check_quota(connection: Connection, device: str, length: int) -> None:
    partial = sa.select(sa.func.coalesce(sa.func.sum(upload.c.length_bytes), 0)).where(
        upload.c.device_id == device, upload.c.state == "open"
    )
    if int(connection.scalar(partial) or 0) + length > PARTIAL_BYTES_LIMIT:
        raise Problem(
            "quota", "This device has too many unfinished uploads. Finish some first; the photos stay on the device."
        )


def find(device: str, upload_id: str) -> Upload:
    """The state of an upload of this device. Raises: Problem(not-found); another device's upload is not found either."""
    with reading() as connection:
        row = (
            connection.execute(sa.select(upload).where(upload.c.id == upload_id, upload.c.device_id == device))
            .mappings()
            .first()
        )
    if row is None:
        raise Problem("not-found", "There is no such upload. Create it anew.")
    return Upload(row["id"], row["book_id"], row["sha256"], row["length_bytes"], row["offset_bytes"])


def append(device: str, upload_id: str, offset: int, piece: bytes) -> int:
    """Add bytes at the offset where the server is. The last piece makes the photo whole and checks it.

    Returns: the new offset. Raises: Problem(offset-differs), Problem(photo-differs): then it begins again at 0.
    """
    with writing() as connection:
        query = sa.select(upload).where(upload.c.id == upload_id, upload.c.device_id == device)
        row = connection.execute(query if is_sqlite(connection) else query.with_for_update()).mappings().first()
        if row is None:
            raise Problem("not-found", "There is no such upload. Create it anew.")
        if row["offset_bytes"] != offset:
            raise Problem("offset-differs", "Go on from the server's offset.", offset=row["offset_bytes"])
        if offset + len(piece) > row["length_bytes"]:
            raise Problem("too-large", "More bytes than the upload was created for.")
        if not piece:
            return offset
        after = offset + len(piece)
        parts.objects().put(_piece_key(upload_id, offset), [piece])
        connection.execute(sa.update(upload).where(upload.c.id == upload_id).values(offset_bytes=after))
        is_last = after == row["length_bytes"]
        right = _complete(connection, row) if is_last else True
    if is_last and right:  # only now: had the transaction failed, they would be needed again
        _forget_pieces(upload_id)
    if not right:
        raise Problem(
            "photo-differs",
            "The bytes received do not have the hash that was announced. They were discarded; send the photo again.",
        )
    return after


def forget_unfinished(now_ms: int) -> int:
    """Clear away uploads that were begun long ago and never ended (R44): they count against their device's quota. It creates them
    anew, should it come back. Returns: how many."""
    old = (upload.c.state == "open", upload.c.created_at < now_ms - UNFINISHED_MS)
    with writing() as connection:
        gone = list(connection.scalars(sa.select(upload.c.id).where(*old).limit(AT_A_TIME)))
        connection.execute(sa.delete(upload).where(upload.c.id.in_(gone), *old))
    _forget_pieces_of_none()
    return len(gone)


def _forget_pieces(upload_id: str) -> None:
    for key in parts.objects().keys(f"uploads/{upload_id}"):
        parts.objects().delete(key)


def _forget_pieces_of_none() -> None:
    """Pieces that no open upload needs: its row went, or the server died between the end of an upload and their removal."""
    keys = parts.objects().keys("uploads")  # before the rows: what begins meanwhile is not among them
    with reading() as connection:
        still_open = set(connection.scalars(sa.select(upload.c.id).where(upload.c.state == "open")))
    for key in keys:
        if key.split("/")[1] not in still_open:
            parts.objects().delete(key)


def _piece_key(upload_id: str, offset: int) -> str:
    return f"uploads/{upload_id}/{offset:010d}"


def _complete(connection: Connection, row: sa.RowMapping) -> bool:
    """Put the pieces together under the photo's own name, if they are what was announced."""
    objects = parts.objects()
    try:
        content = b"".join(objects.read(_piece_key(row["id"], at)) for at in _offsets(row["id"], row["length_bytes"]))
    except NoSuchObject:
        content = b""
    right: bool = hashlib.sha256(content).hexdigest() == row["sha256"]
    if right:
        key = f"photos/{row['book_id']}/{row['sha256']}"
        stored = {
            "book_id": row["book_id"],
            "sha256": row["sha256"],
            "size_bytes": len(content),
            "media_type": row["media_type"],
            "device_id": row["device_id"],
            "state": "stored",
            "object_key": key,
            "stored_at": clock.now_ms(),
        }
        insert = (sqlite if is_sqlite(connection) else postgresql).insert(blob)
        changing = ("size_bytes", "state", "object_key", "stored_at")
        connection.execute(
            insert.on_conflict_do_update(
                index_elements=["book_id", "sha256"], set_={name: insert.excluded[name] for name in changing}
            ),
            stored,
        )
        objects.put(key, [content])  # behind the row: whoever is just clearing it away holds it, and is waited for
        connection.execute(sa.update(upload).where(upload.c.id == row["id"]).values(state="done"))
        jobs.enqueue(
            connection,
            "thumbnail",
            f"{row['book_id']}/{row['sha256']}",
            unique=f"thumbnail:{row['book_id']}/{row['sha256']}",
        )
    else:
        _begin_again(connection, row)
    return right


def _begin_again(connection: Connection, row: sa.RowMapping) -> None:
    """At offset 0; after the third time not at all: a client that sends the same wrong bytes for ever finds nothing to go on with."""
    this = upload.c.id == row["id"]
    if row["failures"] + 1 >= FAILURES_LIMIT:
        connection.execute(sa.delete(upload).where(this))
    else:
        connection.execute(sa.update(upload).where(this).values(offset_bytes=0, failures=row["failures"] + 1))


def _offsets(upload_id: str, length: int) -> list[int]:
    found, offset = [], 0
    while offset < length:
        found.append(offset)
        offset += parts.objects().size(_piece_key(upload_id, offset))
    return found
