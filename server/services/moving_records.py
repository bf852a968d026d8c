"""The records of a customer on their way from one locked book to another: log, departures, arrivals, residence (R18).

Contents stay as they are, and so do author and time of the last change: a move edits nothing. Only what says where a record
lies, and as which version, is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import clock
from server.services.book_log import AT_A_TIME, LockedBook, Version
from server.storage import tables
from server.storage.typed import line_table, typed_table
from sync_protocol import chain
from sync_protocol.fields import Kind
from sync_protocol.records import record_type, record_types

Arrived = tuple[Version, int]


def carry(connection: Connection, customer: str, here: LockedBook, there: LockedBook, *, by: str, why: str) -> None:
    """Move all records of a customer. Args: here, there: where they lie and where they go; the caller saves both."""
    before = _load(connection, customer, here.id)
    carry_some(connection, before, here, there, by=by, why=why)
    _write_residence(connection, customer, here, there, len(before))


def carry_some(
    connection: Connection, before: Sequence[Version], here: LockedBook, there: LockedBook, *, by: str, why: str
) -> None:
    """Move these records of `here`, wherever their customers live."""
    after = _write_log(here, there, before, by)
    for some in _pages(after):
        _write_departures(connection, here, there, some, why=why)
        _write_arrivals(connection, here, there, some)


def _load(connection: Connection, customer: str, book: str) -> list[Version]:
    """All records of a customer, itself first, then as they were last changed."""
    ids: list[str] = []
    for name in record_types():
        table = typed_table(name)
        ids += connection.scalars(sa.select(table.c.id).where(table.c.customer == customer, table.c.book_id == book))
    record = tables.record
    rows: list[sa.Row[Any]] = []
    columns = (record.c[name] for name in (*Version._fields, "pos"))
    query = sa.select(*columns).where(record.c.book_id == book)
    for start in range(0, len(ids), AT_A_TIME):
        rows += connection.execute(query.where(record.c.id.in_(ids[start : start + AT_A_TIME]))).all()
    rows.sort(key=lambda row: (row.id != customer, row.pos))
    return [Version(row.id, row.type, row.customer, row.rev, row.ver, row.removed) for row in rows]


def _write_log(here: LockedBook, there: LockedBook, before: Sequence[Version], by: str) -> list[Arrived]:
    """The entries of both books. Returns: the records as they are now, with their positions."""
    set_id, at, after = clock.new_id(), clock.now_ms(), []
    for n, old in enumerate(before, 1):
        told = {"to": there.id, "rev": old.rev, "ver": old.ver}
        here.append("out", set_id=set_id, n=n, by=by, at=at, values=told, record_id=old.id)
        here.lose(old.id, old.ver)
        rev = old.rev + 1
        new = old._replace(rev=rev, ver=chain.next_ver(old.ver, rev, there.id, bool(old.removed), {}))
        pos = there.append("in", set_id=set_id, n=n, by=by, at=at, values={}, record_id=new.id, record=new)
        there.gain(new.id, new.ver)
        after.append((new, pos))
    return after


def _write_departures(
    connection: Connection, here: LockedBook, there: LockedBook, some: Sequence[Arrived], *, why: str
) -> None:
    """What the one book says of them from now on; what the other said of an earlier departure is not so any more."""
    further = here.pos - there.pos  # both logs got as many entries, in one order
    left, ids = tables.left_book, [record.id for record, _ in some]
    connection.execute(sa.delete(left).where(left.c.book_id.in_((here.id, there.id)), left.c.record.in_(ids)))
    rows = [{"book_id": here.id, "record": record.id, "pos": pos + further, "why": why} for record, pos in some]
    connection.execute(sa.insert(left), rows)


def _write_arrivals(connection: Connection, here: LockedBook, there: LockedBook, some: Sequence[Arrived]) -> None:
    """Record, place and typed row of each."""
    record, place = tables.record, tables.place
    new: dict[str, sa.BindParameter[object]] = {name: sa.bindparam(f"new_{name}") for name in ("rev", "ver", "pos")}
    values = [{"which": r.id, "new_rev": r.rev, "new_ver": r.ver, "new_pos": pos} for r, pos in some]
    mine = (record.c.book_id == here.id, record.c.id == sa.bindparam("which"))
    connection.execute(sa.update(record).where(*mine).values(book_id=there.id, **new), values)
    connection.execute(sa.update(place).where(place.c.record.in_([r.id for r, _ in some])).values(book_id=there.id))
    del new["ver"]
    for name in {r.type for r, _ in some}:
        table = typed_table(name)
        mine = (table.c.book_id == here.id, table.c.id == sa.bindparam("which"))
        typed = [value for value, (r, _) in zip(values, some, strict=True) if r.type == name]
        connection.execute(sa.update(table).where(*mine).values(book_id=there.id, **new), typed)
        for field, spec in record_type(name).specs().items():
            if spec.kind is Kind.LINES:
                lines, ids = line_table(name, field), [value["which"] for value in typed]
                connection.execute(sa.update(lines).where(lines.c.record.in_(ids)).values(book_id=there.id))


def _write_residence(connection: Connection, customer: str, here: LockedBook, there: LockedBook, count: int) -> None:
    residence = tables.residence
    lasting = (residence.c.book_id == here.id, residence.c.customer == customer, residence.c.to_pos.is_(None))
    connection.execute(sa.update(residence).where(*lasting).values(to_pos=here.pos - count))
    row = {"book_id": there.id, "customer": customer, "from_pos": there.pos - count + 1}
    connection.execute(sa.insert(residence), row)


def _pages(after: Sequence[Arrived]) -> Iterator[Sequence[Arrived]]:
    for start in range(0, len(after), AT_A_TIME):
        yield after[start : start + AT_A_TIME]
