"""After judging: positions, log, records and typed rows of one set, all in the transaction that judged it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from server.services.push_world import Locked
from server.services.reading import on_devices
from server.storage import many, stamps, tables, typed
from sync_protocol import chain, json_text
from sync_protocol.state import Stored
from sync_protocol.verdicts import Author, Decision, Entry

_CHANGING = ("customer", "rev", "ver", "pos", "removed", "fields", "stamps", "author", "at")


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


class Pen:
    """Writes what was decided about one set or several of one author, under the same locks.

    Each entry takes the next position of its book; a record written twice is stored once, as it is at the end.
    """

    def __init__(self, locked: Locked) -> None:
        self._locked = locked
        self._books: dict[str, _BookState] = {}
        self._versions: dict[str, str] = dict(locked.versions)
        self._log_rows: list[dict[str, Any]] = []
        self._bodies: list[dict[str, Any]] = []
        self._latest: dict[str, tuple[Stored, int]] = {}
        self._stays: dict[str, int] = {}

    def enter(
        self, wire: Mapping[str, Any], decisions: Sequence[Decision], *, author: Author, at: int
    ) -> dict[str, int]:
        """Give the entries of one set their positions. Returns: book -> the highest position that this set took there."""
        reached: dict[str, int] = {}
        for n, decision in enumerate(decisions, 1):
            for entry in decision.entries:
                book = self._books.get(entry.book)
                if book is None:
                    book = self._books[entry.book] = _BookState(self._locked.books[entry.book])
                row, body = _log_row(book, entry, wire, n, author, at)
                self._log_rows.append(row)
                self._bodies.append({"book_id": book.id, "pos": book.pos, "body": body})
                reached[book.id] = book.pos
                if entry.record is not None:
                    book.replace(entry.record_id, self._versions.get(entry.record_id), entry.record.ver)
                    self._versions[entry.record_id] = entry.record.ver
                    self._latest[entry.record_id] = (entry.record, book.pos)
        for decision in decisions:
            for entry in decision.entries:
                if entry.record is not None and entry.record.type == "customer":
                    self._stays.setdefault(entry.record_id, self._latest[entry.record_id][1])
        return reached

    def write(self, connection: Connection, *, author: Author, at: int) -> None:
        """Put all of it into the tables."""
        if not self._log_rows:
            return
        many.insert(connection, tables.log, self._log_rows)
        many.insert(connection, tables.log_body, self._bodies)
        _write_records(connection, self._locked, list(self._latest.values()), author=author, at=at, stays=self._stays)
        for book in self._books.values():
            connection.execute(sa.update(tables.book).where(tables.book.c.id == book.id).values(**book.values()))


def write_entries(
    connection: Connection,
    locked: Locked,
    wire: Mapping[str, Any],
    decisions: Sequence[Decision],
    *,
    author: Author,
    at: int,
) -> dict[str, int]:
    """Write what was decided about one set. Returns: book -> the highest position that it took there."""
    pen = Pen(locked)
    reached = pen.enter(wire, decisions, author=author, at=at)
    pen.write(connection, author=author, at=at)
    return reached


def _log_row(
    book: _BookState, entry: Entry, wire: Mapping[str, Any], n: int, author: Author, at: int
) -> tuple[dict[str, Any], str]:
    record = entry.record
    body = json_text.dumps_by_name(
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
    connection: Connection,
    locked: Locked,
    latest: Sequence[tuple[Stored, int]],
    *,
    author: Author,
    at: int,
    stays: Mapping[str, int],
) -> None:
    """Args: stays: record -> the position from which a new customer lives in the book."""
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
            "fields": json_text.dumps(stored.fields).decode(),
            "stamps": stamps.packed(stored.stamps),
            "made_by": stored.made_by,
            "author": author.user,
            "at": at,
        }
        for stored, pos in latest
    ]
    many.run(connection, typed.upsert(connection.dialect.name, tables.record, tuple(rows[0]), only=_CHANGING), rows)
    new = [stored for stored, _ in latest if stored.id not in locked.places]
    if new:
        places = [{"record": s.id, "book_id": s.book, "customer": s.customer} for s in new]
        many.insert(connection, tables.place, places)
        if settled := [s for s in new if s.type == "customer"]:
            rows = [{"book_id": s.book, "customer": s.id, "from_pos": stays[s.id]} for s in settled]
            connection.execute(sa.insert(tables.residence), rows)
    _want_photos(connection, [stored for stored in new if stored.type == "photo"], author)
    on_devices.note(connection, [stored for stored in new if stored.type == on_devices.TYPE])
    by_type: dict[str, list[tuple[Stored, int]]] = {}
    for stored, pos in latest:
        by_type.setdefault(stored.type, []).append((stored, pos))
    for type_name, found in by_type.items():
        typed_rows = [typed.row_of(stored, pos=pos, author=author.user, at=at) for stored, pos in found]
        created = {stored.id for stored in new}
        typed.write(connection, type_name, typed_rows, [stored for stored, _ in found], created=created)


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
