"""The records of a customer who is merged with another, in the book where both lie by now: new parent, new version each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import clock
from server.services.book_log import LockedBook
from server.services.operations import customer_records
from server.services.operations.customer_records import pages
from server.storage import stamps, tables, typed
from server.storage.typed import typed_table
from sync_protocol import chain
from sync_protocol.identity import derived_id
from sync_protocol.state import REMOVAL, Stamp, Stored

KIND = "merge"


def bring_below(connection: Connection, book: LockedBook, loser: str, winner: str, by: str) -> int:
    """Give the loser's records in this book the winner as their customer; himself too, removed. The caller saves the book.

    Returns: how many records of his there were.
    """
    pen = _Pen(connection, book, by)
    ids = customer_records.ids_of(connection, loser)
    found = customer_records.of_ids(connection, ids, first=loser).get(book.id, [])
    _end_of_residence(connection, loser, book)
    rows = _stored(connection, [version.id for version in found])
    for version in found:
        values = {"merged_into": winner} if version.id == loser else {}
        pen.write(rows[version.id], KIND, values, customer=winner, removed=version.id == loser or version.removed)
    for name in _duplicates(connection, loser, winner, book.id):
        pen.write(_stored(connection, [name])[name], "edit", {"state": "merged"})
    return len(found)


def _duplicates(connection: Connection, loser: str, winner: str, book_id: str) -> list[str]:
    """The open suspicions that these two are one."""
    table, both = typed_table("duplicate"), (loser, winner)
    same = (table.c.of.in_(both), table.c.other.in_(both), table.c.state == "open", table.c.book_id == book_id)
    return list(connection.scalars(sa.select(table.c.id).where(*same).order_by(table.c.id)))


def _stored(connection: Connection, ids: list[str]) -> dict[str, Stored]:
    found: dict[str, Stored] = {}
    for some in pages(ids):
        query = sa.select(tables.record).where(tables.record.c.id.in_(some))
        found |= {row["id"]: typed.stored_of(row) for row in connection.execute(query).mappings()}
    return found


def _end_of_residence(connection: Connection, customer: str, book: LockedBook) -> None:
    residence = tables.residence
    lasting = (residence.c.book_id == book.id, residence.c.customer == customer, residence.c.to_pos.is_(None))
    connection.execute(sa.update(residence).where(*lasting).values(to_pos=book.pos))


class _Pen:
    """Writes records of a locked book that the server itself changes, each with an entry of the log."""

    def __init__(self, connection: Connection, book: LockedBook, by: str) -> None:
        self.connection, self.book, self.by = connection, book, by
        self.set_id, self.at, self.n = clock.new_id(), clock.now_ms(), 0

    def write(
        self,
        before: Stored,
        kind: str,
        values: Mapping[str, Any],
        *,
        customer: str | None = None,
        removed: bool | None = None,
    ) -> None:
        """The next version. Args: customer: its customer from now on; removed: None: as it was."""
        self.n, rev = self.n + 1, before.rev + 1
        gone = before.removed if removed is None else removed
        marks = (REMOVAL,) if gone and not before.removed else ()
        stamp = Stamp(rev, derived_id("office", self.by), 0, self.by, self.at)
        after = Stored(
            id=before.id,
            type=before.type,
            customer=customer or before.customer,
            book=before.book,
            rev=rev,
            ver=chain.next_ver(before.ver, rev, before.book, gone, values),
            removed=gone,
            fields={**before.fields, **values},
            stamps={**before.stamps, **dict.fromkeys((*values, *marks), stamp)},
            made_by=before.made_by,
        )
        version = customer_records.version_of(after)
        pos = self.book.append(
            kind,
            set_id=self.set_id,
            n=self.n,
            by=self.by,
            at=self.at,
            values=values,
            record_id=after.id,
            record=version,
        )
        self.book.replace(after.id, before.ver, after.ver)
        self._store(after, pos)

    def _store(self, after: Stored, pos: int) -> None:
        """Record, typed row, elements and place. Author and time of the last change stay, as behind a move: nobody edited it."""
        record, which = tables.record, (tables.record.c.book_id == after.book, tables.record.c.id == after.id)
        values = {"customer": after.customer, "rev": after.rev, "ver": after.ver, "pos": pos, "removed": after.removed}
        texts = {
            "fields": json.dumps(after.fields, ensure_ascii=False, separators=(",", ":")),
            "stamps": stamps.packed(after.stamps),
        }
        self.connection.execute(sa.update(record).where(*which).values(**values, **texts))
        row = self.connection.execute(sa.select(record.c.author, record.c.at).where(*which)).one()
        typed_row = typed.row_of(after, pos=pos, author=row.author, at=row.at)
        typed.write(self.connection, after.type, [typed_row], [after])
        place = tables.place
        moved = sa.update(place).where(place.c.record == after.id).values(customer=after.customer)
        self.connection.execute(moved)
