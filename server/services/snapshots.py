"""Snapshots for a first load: a book in one file, made in one snapshot of the database, handed out until it is stale (R26, R27).

The file is gzip of NDJSON: a header, the records as they are on the wire, a trailer. It lies in the object store; beside it
`current` says which one counts. Nothing of it is in the database: a restored one makes its own.
"""

from __future__ import annotations

import hashlib
import json
import threading
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import clock, cursors, epochs, parts
from server.services.wire_records import record_wire
from server.storage import tables
from server.storage.database import reading
from server.storage.objects import NoSuchObject
from sync_protocol.version import SCHEMA_NOW

RECORDS_FROM = 2000
TAIL_LIMIT = 2000
_AT_A_TIME = 500
_LEVEL = 6
_building: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A file and what it holds. `pos`: of the book when it was made. `size`: bytes of the file, `sha256` of them."""

    id: str
    book: str
    epoch: str
    cursor: str
    pos: int
    schema: int
    size: int
    sha256: str

    def to_wire(self) -> dict[str, Any]:
        """As an answer announces it."""
        return {name: getattr(self, name) for name in ("id", "cursor", "size", "sha256", "schema")}


def usable(connection: Connection, book: sa.RowMapping) -> Snapshot | None:
    """The book's snapshot, if it may be handed out: of this life, not older than the last departure (R27), not far behind."""
    found = _current(book["id"])
    if found is None or found.schema != SCHEMA_NOW or not parts.objects().exists(_key(found.book, found.id)):
        return None
    if not book["left_pos"] <= found.pos <= book["pos"] <= found.pos + TAIL_LIMIT or found.pos < book["floor"]:
        return None
    lives = epochs.lives(connection)
    told = cursors.read(found.book, found.cursor, lives[:1])
    if told is None or cursors.hash_at(connection, found.book, found.pos)[: cursors.HEAD_DIGITS] != told.head:
        return None
    return found


def prepare(book_ids: Iterable[str]) -> None:
    """Make what is missing for these books, those that are large enough. One of a process makes it, the others wait."""
    for book_id in book_ids:
        if _is_missing(book_id):
            with _building[book_id]:
                if _is_missing(book_id):
                    build(book_id)


def _is_missing(book_id: str) -> bool:
    with reading() as connection:
        row = connection.execute(sa.select(tables.book).where(tables.book.c.id == book_id)).mappings().first()
        return row is not None and row["check_n"] > RECORDS_FROM and usable(connection, row) is None


def build(book_id: str) -> Snapshot:
    """Write the book into a file, whole, as it is at one instant; older files of the book go."""
    objects, snapshot_id = parts.objects(), clock.new_id()
    hashed, size = hashlib.sha256(), 0

    def counted(chunks: Iterator[bytes]) -> Iterator[bytes]:
        nonlocal size
        for chunk in chunks:
            hashed.update(chunk)
            size += len(chunk)
            yield chunk

    with reading() as connection:
        row = connection.execute(sa.select(tables.book).where(tables.book.c.id == book_id)).mappings().one()
        epoch = epochs.current(connection)
        cursor = cursors.issue(book_id, row["pos"], row["head"], epoch)
        header = {"book": book_id, "epoch": epoch, "cursor": cursor, "schema": SCHEMA_NOW}
        trailer = {"n": row["check_n"], "sum": row["check_sum"]}
        objects.put(_key(book_id, snapshot_id), counted(_gzipped(_lines(connection, header, trailer))))
    found = Snapshot(snapshot_id, book_id, epoch, cursor, row["pos"], SCHEMA_NOW, size, hashed.hexdigest())
    objects.put(_key(book_id, "current"), [json.dumps(asdict(found)).encode()])
    for key in objects.keys(f"snapshots/{book_id}"):
        if key not in (_key(book_id, snapshot_id), _key(book_id, "current")):
            objects.delete(key)
    return found


def _lines(connection: Connection, header: dict[str, Any], trailer: dict[str, Any]) -> Iterator[bytes]:
    yield _line(header)
    query = sa.select(tables.record).where(tables.record.c.book_id == header["book"]).order_by(tables.record.c.pos)
    for row in connection.execute(query.execution_options(yield_per=_AT_A_TIME)).mappings():
        yield _line(record_wire(row))
    yield _line(trailer)


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _gzipped(lines: Iterator[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(_LEVEL, wbits=31)
    while batch := list(islice(lines, _AT_A_TIME)):
        yield packer.compress(b"".join(batch))
    yield packer.flush()


def _current(book_id: str) -> Snapshot | None:
    try:
        return Snapshot(**json.loads(parts.objects().read(_key(book_id, "current"))))
    except (NoSuchObject, TypeError, ValueError):
        return None


def find(connection: Connection, book_id: str, snapshot_id: str) -> Snapshot | None:
    """The snapshot of this id, if it is the one that may be handed out now."""
    row = connection.execute(sa.select(tables.book).where(tables.book.c.id == book_id)).mappings().first()
    found = usable(connection, row) if row is not None else None
    return found if found is not None and found.id == snapshot_id else None


def content(found: Snapshot, start: int, end: int) -> Iterator[bytes]:
    """The bytes of the file from `start` up to, not including, `end`. Raises: NoSuchObject at once."""
    return _part(parts.objects().open(_key(found.book, found.id)), start, end)


def _part(chunks: Iterator[bytes], start: int, end: int) -> Iterator[bytes]:
    at = 0
    for chunk in chunks:
        if at >= end:
            return
        piece = chunk[max(0, start - at) : end - at]
        at += len(chunk)
        if piece:
            yield piece


def _key(book_id: str, name: str) -> str:
    return f"snapshots/{book_id}/{name}"
