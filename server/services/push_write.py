"""After judging: positions, log, records and typed rows of one set, all in the transaction that judged it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from server.services.push_world import Locked
from server.storage import tables, typed
from sync_protocol import chain
from sync_protocol.canonical import canonical
from sync_protocol.state import Stored
from sync_protocol.verdicts import Author, Decision, Entry


class _BookState:
    """A book's counters while a set is written."""

    def __init__(self, row: sa.RowMapping) -> None:
        self.id: str = row["id"]
        self.pos: int = row["pos"]
        self.head: str = row["head"]
        self.check_n: int = row["check_n"]
        self.check_sum = int(row["check_sum"], 16)

    def append(self, entry_digest: str) -> None:
        self.pos += 1
        self.head = chain.next_hash(self.head, self.pos, entry_digest)

    def replace(self, record: str, before: str | None, after: str) -> None:
        """Carry a record's new version into the count and check sum (R30)."""
        if before is None:
            self.check_n += 1
        else:
            self.check_sum -= chain.check_item(record, before)
        self.check_sum += chain.check_item(record, after)

    def values(self) -> dict[str, Any]:
        return {
            "pos": self.pos,
            "head": self.head,
            "check_n": self.check_n,
            "check_sum": chain.check_text(self.check_sum),
        }


def write_entries(
    connection: Connection,
    locked: Locked,
    wire: Mapping[str, Any],
    decisions: Sequence[Decision],
    *,
    author: Author,
    at: int,
) -> dict[str, int]:
    """Write what was decided. Each entry takes the next position of its book; a record written twice is stored once, as it is at the end.

    Returns: book -> the highest position that this set took there.
    """
    books: dict[str, _BookState] = {}
    versions: dict[str, str] = dict(locked.versions)
    log_rows, bodies = [], []
    latest: dict[str, tuple[Stored, int]] = {}
    for n, decision in enumerate(decisions, 1):
        for entry in decision.entries:
            book = books.setdefault(entry.book, _BookState(locked.books[entry.book]))
            row, body = _log_row(book, entry, wire, n, author, at)
            log_rows.append(row)
            bodies.append({"book_id": book.id, "pos": book.pos, "body": body})
            if entry.record is not None:
                before = versions.get(entry.record_id)
                book.replace(entry.record_id, before, entry.record.ver)
                versions[entry.record_id] = entry.record.ver
                latest[entry.record_id] = (entry.record, book.pos)
    connection.execute(sa.insert(tables.log), log_rows)
    connection.execute(sa.insert(tables.log_body), bodies)
    _write_records(connection, locked, list(latest.values()), author=author, at=at)
    for book in books.values():
        connection.execute(sa.update(tables.book).where(tables.book.c.id == book.id).values(**book.values()))
    return {book.id: book.pos for book in books.values()}


def _log_row(
    book: _BookState, entry: Entry, wire: Mapping[str, Any], n: int, author: Author, at: int
) -> tuple[dict[str, Any], str]:
    record = entry.record
    body = canonical(
        {
            "book": book.id,
            "pos": book.pos + 1,
            "set": wire["id"],
            "n": n,
            "kind": entry.kind,
            "record": entry.record_id,
            "type": record.type if record else None,
            "customer": record.customer if record else None,
            "rev": record.rev if record else 0,
            "ver": record.ver if record else "",
            "author": author.user,
            "device": author.device,
            "seq": author.seq,
            "time": author.time,
            "values": dict(entry.values),
        }
    )
    digest = hashlib.sha256(body).hexdigest()
    book.append(digest)
    row = {
        "book_id": book.id,
        "pos": book.pos,
        "set_id": wire["id"],
        "n": n,
        "record": entry.record_id,
        "rev": record.rev if record else 0,
        "ver": record.ver if record else "",
        "kind": entry.kind,
        "author": author.user,
        "at": at,
        "digest": digest,
        "hash": book.head,
    }
    return row, body.decode()


def _write_records(
    connection: Connection, locked: Locked, latest: Sequence[tuple[Stored, int]], *, author: Author, at: int
) -> None:
    if not latest:
        return
    rows = [
        {
            "book_id": stored.book,
            "id": stored.id,
            "type": stored.type,
            "customer": stored.customer,
            "rev": stored.rev,
            "ver": stored.ver,
            "pos": pos,
            "removed": stored.removed,
            "fields": json.dumps(stored.fields, ensure_ascii=False, separators=(",", ":")),
            "stamps": json.dumps(stored.stamps, separators=(",", ":")),
            "made_by": stored.made_by,
            "author": author.user,
            "at": at,
        }
        for stored, pos in latest
    ]
    insert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(tables.record)
    changing = ("customer", "rev", "ver", "pos", "removed", "fields", "stamps", "author", "at")
    upsert = insert.on_conflict_do_update(
        index_elements=["book_id", "id"], set_={name: insert.excluded[name] for name in changing}
    )
    connection.execute(upsert, rows)
    new = [stored for stored, _ in latest if stored.id not in locked.places]
    if new:
        places = [{"record": s.id, "book_id": s.book, "customer": s.customer} for s in new]
        connection.execute(sa.insert(tables.place), places)
        settled = [
            (stored, pos) for stored, pos in latest if stored.type == "customer" and stored.id not in locked.places
        ]
        if settled:
            stays = [{"book_id": s.book, "customer": s.id, "from_pos": pos} for s, pos in settled]
            connection.execute(sa.insert(tables.residence), stays)
    _want_photos(connection, [stored for stored in new if stored.type == "photo"], author)
    by_type: dict[str, list[tuple[Stored, int]]] = {}
    for stored, pos in latest:
        by_type.setdefault(stored.type, []).append((stored, pos))
    for type_name, found in by_type.items():
        typed_rows = [typed.row_of(stored, pos=pos, author=author.user, at=at) for stored, pos in found]
        typed.write(connection, type_name, typed_rows, [stored for stored, _ in found])


def _want_photos(connection: Connection, photos: Sequence[Stored], author: Author) -> None:
    """A record names a photo: its bytes are wanted, unless this book has them (R42, R43)."""
    if not photos:
        return
    insert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(tables.blob)
    rows = [
        {
            "book_id": stored.book,
            "sha256": stored.fields["sha256"],
            "size_bytes": stored.fields["size_bytes"],
            "media_type": stored.fields["media_type"],
            "state": "wanted",
            "device_id": _carrier(connection, stored, author),
        }
        for stored in photos
    ]
    connection.execute(insert.on_conflict_do_nothing(index_elements=["book_id", "sha256"]), rows)


def _carrier(connection: Connection, photo: Stored, author: Author) -> str:
    """The device that has the bytes: the author's, or, where a proposal was accepted, the one that proposed."""
    if photo.made_by == author.user:
        return author.device
    proposal, change_set = typed.typed_table("proposal"), tables.change_set
    query = sa.select(change_set.c.device_id).join(proposal, proposal.c.change_set == change_set.c.id)
    found: str | None = connection.scalar(query.where(proposal.c.of == photo.id, proposal.c.proposer == photo.made_by))
    return found or author.device
