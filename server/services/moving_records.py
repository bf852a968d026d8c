"""The records of a customer on their way from one locked book to another: log, departures, arrivals, residence (R18)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import clock
from server.services.book_log import AT_A_TIME, LockedBook
from server.storage import tables, typed
from server.storage.typed import stored_of, typed_table
from sync_protocol import chain
from sync_protocol.records import record_types
from sync_protocol.state import Stored


def carry(
    connection: Connection, customer: str, here: LockedBook, there: LockedBook, *, by: str, why: str
) -> list[Stored]:
    """Move all records of a customer. Args: here, there: where they lie and where they go; the caller saves both.

    Returns: the records as they are now.
    """
    loaded = _load(connection, customer, here.id)
    before = [stored for stored, _ in loaded]
    after = _write_log(here, there, before, by)
    _write_departures(connection, here, there, before, why)
    _write_arrivals(connection, there, after, {stored.id: row for stored, row in loaded})
    _write_residence(connection, customer, here, there, len(before))
    return [stored for stored, _ in after]


def _load(connection: Connection, customer: str, book: str) -> list[tuple[Stored, sa.RowMapping]]:
    """All records of a customer, itself first, then as they were last changed."""
    ids: list[str] = []
    for name in record_types():
        table = typed_table(name)
        ids += connection.scalars(sa.select(table.c.id).where(table.c.customer == customer, table.c.book_id == book))
    rows: list[sa.RowMapping] = []
    for start in range(0, len(ids), AT_A_TIME):
        which = (tables.record.c.book_id == book, tables.record.c.id.in_(ids[start : start + AT_A_TIME]))
        rows += connection.execute(sa.select(tables.record).where(*which)).mappings()
    rows.sort(key=lambda row: (row["id"] != customer, row["pos"]))
    return [(stored_of(row), row) for row in rows]


def _write_log(here: LockedBook, there: LockedBook, before: Sequence[Stored], by: str) -> list[tuple[Stored, int]]:
    """The entries of both books. Returns: the records as they are now, with their positions."""
    set_id, at, after = clock.new_id(), clock.now_ms(), []
    for n, old in enumerate(before, 1):
        told = {"to": there.id, "rev": old.rev, "ver": old.ver}
        here.append("out", set_id=set_id, n=n, by=by, at=at, values=told, record_id=old.id)
        here.lose(old.id, old.ver)
        ver = chain.next_ver(old.ver, old.rev + 1, there.id, old.removed, {})
        new = replace(old, book=there.id, rev=old.rev + 1, ver=ver)
        pos = there.append("in", set_id=set_id, n=n, by=by, at=at, values={}, record_id=new.id, record=new)
        there.gain(new.id, new.ver)
        after.append((new, pos))
    return after


def _write_departures(
    connection: Connection, here: LockedBook, there: LockedBook, before: Sequence[Stored], why: str
) -> None:
    """What the one book says of them from now on, and what the other said of an earlier leave is not so any more."""
    left, first = tables.left_book, here.pos - len(before) + 1
    rows = [{"book_id": here.id, "record": stored.id, "pos": first + n, "why": why} for n, stored in enumerate(before)]
    for start in range(0, len(rows), AT_A_TIME):
        some = rows[start : start + AT_A_TIME]
        ids = [row["record"] for row in some]
        connection.execute(sa.delete(left).where(left.c.book_id.in_((here.id, there.id)), left.c.record.in_(ids)))
        connection.execute(sa.insert(left), some)


def _write_arrivals(
    connection: Connection, there: LockedBook, after: Sequence[tuple[Stored, int]], rows: Mapping[str, sa.RowMapping]
) -> None:
    """Record, place and typed row of each, with author and time of its last change: a move edits nothing."""
    record, place, bound = tables.record, tables.place, sa.bindparam
    changing: dict[str, sa.BindParameter[object]] = {name: bound(f"new_{name}") for name in ("rev", "ver", "pos")}
    moving = sa.update(record).where(record.c.book_id == bound("old_book"), record.c.id == bound("which"))
    placing = sa.update(place).where(place.c.record == bound("which")).values(book_id=there.id)
    by_type: dict[str, list[tuple[Stored, int]]] = {}
    for stored, pos in after:
        by_type.setdefault(stored.type, []).append((stored, pos))
    for name, found in by_type.items():
        table = typed_table(name)
        for start in range(0, len(found), AT_A_TIME):
            some = found[start : start + AT_A_TIME]
            old = [rows[stored.id] for stored, _ in some]
            values = [
                {"which": s.id, "old_book": row["book_id"], "new_rev": s.rev, "new_ver": s.ver, "new_pos": pos}
                for (s, pos), row in zip(some, old, strict=True)
            ]
            connection.execute(moving.values(book_id=there.id, **changing), values)
            connection.execute(placing, [{"which": stored.id} for stored, _ in some])
            connection.execute(sa.delete(table).where(table.c.id.in_([stored.id for stored, _ in some])))
            typed_rows = [
                typed.row_of(s, pos=pos, author=row["author"], at=row["at"])
                for (s, pos), row in zip(some, old, strict=True)
            ]
            typed.write(connection, name, typed_rows, [stored for stored, _ in some])


def _write_residence(connection: Connection, customer: str, here: LockedBook, there: LockedBook, count: int) -> None:
    residence = tables.residence
    lasting = (residence.c.book_id == here.id, residence.c.customer == customer, residence.c.to_pos.is_(None))
    connection.execute(sa.update(residence).where(*lasting).values(to_pos=here.pos - count))
    row = {"book_id": there.id, "customer": customer, "from_pos": there.pos - count + 1}
    connection.execute(sa.insert(residence), row)
