"""Everything that lies below a customer, in whatever book."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services.book_log import AT_A_TIME, Version
from server.storage import tables
from server.storage.typed import line_table, typed_table
from sync_protocol.fields import Kind
from sync_protocol.records import record_type, record_types
from sync_protocol.state import Stored


def ids_of(connection: Connection, customer: str) -> list[str]:
    """The ids of a customer's records, his own among them."""
    ids: list[str] = []
    for name in record_types():
        table = typed_table(name)
        ids += connection.scalars(sa.select(table.c.id).where(table.c.customer == customer))
    return ids


def of_ids(connection: Connection, ids: Sequence[str], *, first: str = "") -> dict[str, list[Version]]:
    """Book -> those of these records that there are, `first` before all others, then in the order of their last changes."""
    record = tables.record
    columns = (record.c[name] for name in (*Version._fields, "pos", "book_id"))
    query = sa.select(*columns)
    rows: list[sa.Row[Any]] = []
    for some in pages(ids):
        rows += connection.execute(query.where(record.c.id.in_(some))).all()
    found: dict[str, list[Version]] = {}
    for row in sorted(rows, key=lambda row: (row.id != first, row.book_id, row.pos)):
        version = Version(row.id, row.type, row.customer, row.rev, row.ver, bool(row.removed))
        found.setdefault(row.book_id, []).append(version)
    return found


def customer_row(connection: Connection, customer: str) -> sa.RowMapping | None:
    """The typed row of a customer."""
    table = typed_table("customer")
    return connection.execute(sa.select(table).where(table.c.id == customer)).mappings().first()


def fields_of(connection: Connection, record_id: str) -> dict[str, Any]:
    """The fields of a record as they are stored; empty, if it is not there."""
    text = connection.scalar(sa.select(tables.record.c.fields).where(tables.record.c.id == record_id))
    found: dict[str, Any] = json.loads(text or "{}")
    return found


def version_of(stored: Stored) -> Version:
    """A record as a log names it."""
    return Version(stored.id, stored.type, stored.customer, stored.rev, stored.ver, stored.removed)


def line_tables(type_name: str) -> list[sa.Table]:
    """The tables that hold elements of records of this type."""
    specs = record_type(type_name).specs().items()
    return [line_table(type_name, field) for field, spec in specs if spec.kind is Kind.LINES]


def delete(connection: Connection, found: Collection[Version]) -> None:
    """Take records out of all tables that hold their content. Log, chain and departures are the caller's."""
    by_type: dict[str, list[str]] = {}
    for version in found:
        by_type.setdefault(version.type, []).append(version.id)
    for type_name, ids in by_type.items():
        for some in pages(ids):
            for lines in line_tables(type_name):
                connection.execute(sa.delete(lines).where(lines.c.record.in_(some)))
            table = typed_table(type_name)
            connection.execute(sa.delete(table).where(table.c.id.in_(some)))
            connection.execute(sa.delete(tables.record).where(tables.record.c.id.in_(some)))
            connection.execute(sa.delete(tables.place).where(tables.place.c.record.in_(some)))


def pages(items: Sequence[str]) -> Iterator[Sequence[str]]:
    """So many ids at a time as a statement takes."""
    for start in range(0, len(items), AT_A_TIME):
        yield items[start : start + AT_A_TIME]
