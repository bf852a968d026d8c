"""The SQL of a segment: every row that changed since the last one, as it is in one snapshot of the database.

Running it again, or over a database that is already further, ends in the same rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services.backup import rows, schema
from server.storage import tables
from server.storage.backup_tables import backup_dirty
from server.storage.database import db
from sync_protocol.records import record_types

AT_A_TIME = 400
RANGES = ("log", "log_body")


class Dirty:
    """The notes of a snapshot. `numbers`: the notes themselves, to be thrown away once they are sealed."""

    def __init__(self, connection: Connection) -> None:
        self.numbers: list[int] = []
        self.keys: dict[str, dict[str, None]] = defaultdict(dict)
        for row in connection.execute(sa.select(backup_dirty).order_by(backup_dirty.c.n)):
            self.numbers.append(row.n)
            self.keys[row.name][row.key] = None

    def add(self, name: str, keys: Iterable[str]) -> None:
        """Further keys of rows that changed."""
        self.keys[name].update(dict.fromkeys(keys))


def moved_books(connection: Connection, since: Mapping[str, int]) -> dict[str, tuple[int, str]]:
    """The books that have grown: id -> position and chain hash."""
    found = connection.execute(sa.select(tables.book.c.id, tables.book.c.pos, tables.book.c.head))
    return {row.id: (row.pos, row.head) for row in found if row.pos > since.get(row.id, 0)}


def statements(connection: Connection, dirty: Dirty, books: Iterable[str], since: Mapping[str, int]) -> Iterator[str]:
    """The changes. Args: books: those that have grown. since: book -> position of the last segment."""
    for book_id in books:
        where = f'"book_id" = \'{_plain(book_id)}\' AND "pos" > {int(since.get(book_id, 0))}'
        for name in RANGES:
            table = db.metadata.tables[name]
            yield f"DELETE FROM {rows.quoted(name)} WHERE {where};\n"  # noqa: S608
            yield from rows.inserts(table, rows.lines(connection, table, where))
        for name in ("record", "left_book"):
            dirty.add(name, _keys(connection, db.metadata.tables[name], where))
        dirty.add("book", [f"'{_plain(book_id)}'"])
    if dirty.keys.get("record"):
        _follow_records(connection, dirty)
    for name in sorted(dirty.keys):
        if name in db.metadata.tables:
            table = db.metadata.tables[name]
            yield from _replace(connection, table, rows.key_columns(table), list(dirty.keys[name]))
    yield from _typed(connection, list(dirty.keys.get("record", ())))


def _follow_records(connection: Connection, dirty: Dirty) -> None:
    """Where a record lies follows from the record."""
    column = tables.place.c.record
    ids = [key.partition(",")[2] for key in dirty.keys["record"]]
    dirty.add(tables.place.name, ids)
    assert column.name == rows.key_columns(tables.place)[0].name


def _typed(connection: Connection, keys: Sequence[str]) -> Iterator[str]:
    """The rows of the typed tables of these records; of those that are gone, from whichever table they were in."""
    record = tables.record
    columns = [record.c.book_id, record.c.id]
    by_type: dict[str, list[str]] = defaultdict(list)
    for some in _pages(keys):
        query = f"SELECT type, {rows.joined(columns)} FROM record WHERE {rows.among(columns, some)}"  # noqa: S608
        for kind, key in connection.execute(sa.text(query.replace(":", "\\:"))):
            by_type[kind].append(key)
    gone = set(keys).difference(*by_type.values())
    for kind in sorted(record_types()):
        here = [*by_type.get(kind, ()), *sorted(gone)]
        if not here:
            continue
        main, *lines = schema.typed_tables(kind)
        yield from _replace(connection, main, rows.key_columns(main), here)
        for table in lines:
            yield from _replace(connection, table, [table.c.book_id, table.c.record], here)


def _replace(
    connection: Connection, table: sa.Table, columns: Sequence[sa.Column[object]], keys: Sequence[str]
) -> Iterator[str]:
    for some in _pages(keys):
        where = rows.among(columns, some)
        yield f"DELETE FROM {rows.quoted(table.name)} WHERE {where};\n"  # noqa: S608
        yield from rows.inserts(table, rows.lines(connection, table, where))


def _keys(connection: Connection, table: sa.Table, where: str) -> list[str]:
    query = f"SELECT {rows.joined(rows.key_columns(table))} FROM {rows.quoted(table.name)} WHERE {where}"  # noqa: S608
    return list(connection.scalars(sa.text(query.replace(":", "\\:"))))


def _pages(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(keys), AT_A_TIME):
        yield keys[start : start + AT_A_TIME]


def _plain(identifier: str) -> str:
    """An id as it stands in SQL. Ids are ours: letters, digits, dashes."""
    assert identifier.replace("-", "").isalnum(), "an id of another form"
    return identifier
