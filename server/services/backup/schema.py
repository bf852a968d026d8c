"""The tables of an archive: all that this version declares, and the SQL that makes them on either engine."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from server.storage import backup_tables, typed
from server.storage.database import db
from sync_protocol.records import record_types

ENGINES: dict[str, sa.Dialect] = {
    "sqlite": sqlite.dialect(),
    "postgresql": postgresql.dialect(),  # type: ignore[no-untyped-call]
}
LEFT_OUT = frozenset({backup_tables.backup_dirty.name})
_VERSION = sa.Table(
    "alembic_version", sa.MetaData(), sa.Column("version_num", sa.String(32), primary_key=True, nullable=False)
)


class UnknownTables(Exception):
    """The database holds tables that no declaration names: an archive would leave them out."""


def version_table() -> sa.Table:
    """Where the migrations note how far they are."""
    return _VERSION


def typed_tables(name: str) -> list[sa.Table]:
    """The table of a record type, and those of its lines."""
    lines = [
        typed.line_table(name, field) for field, spec in record_types()[name].specs().items() if spec.kind == "lines"
    ]
    return [typed.typed_table(name), *lines]


def derived_tables() -> list[sa.Table]:
    """The typed tables: what can be made anew from the records, and is what people want to read."""
    return [table for name in sorted(record_types()) for table in typed_tables(name)]


def archived_tables() -> list[sa.Table]:
    """Every table that an archive holds, in order of their names."""
    declared = [table for table in db.metadata.tables.values() if table.name not in LEFT_OUT]
    return sorted([_VERSION, *declared, *derived_tables()], key=lambda table: table.name)


def all_tables() -> list[sa.Table]:
    """The same, with those that are made but stay empty."""
    return sorted([*archived_tables(), backup_tables.backup_dirty], key=lambda table: table.name)


def check_complete(connection: Connection) -> None:
    """See that the database has no table, and no column, that an archive would leave out. Raises: UnknownTables."""
    known = {table.name: {column.name for column in table.columns} for table in all_tables()}
    inspector = sa.inspect(connection)
    unknown = sorted(set(inspector.get_table_names()) - set(known))
    for name in set(known) & set(inspector.get_table_names()):
        columns = {column["name"] for column in inspector.get_columns(name)}
        unknown += sorted(f"{name}.{column}" for column in columns ^ known[name])
    if unknown:
        raise UnknownTables(f"not declared by this version: {', '.join(unknown)}; run `roundbook migrate`")


def create_statements(engine: str) -> Iterator[str]:
    """What makes the tables. Args: engine: sqlite or postgresql."""
    for table in all_tables():
        yield str(sa.schema.CreateTable(table).compile(dialect=ENGINES[engine])).strip() + ";\n"


def index_statements(engine: str) -> Iterator[str]:
    """What makes the indexes; quicker behind the rows than before them."""
    for table in all_tables():
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            yield str(sa.schema.CreateIndex(index).compile(dialect=ENGINES[engine])).strip() + ";\n"


def sequence_statements() -> Iterator[str]:
    """What makes PostgreSQL go on counting behind the highest number; SQLite does so by itself."""
    for table in all_tables():
        column = table.autoincrement_column
        if column is not None:
            highest = f'SELECT max("{column.name}") FROM "{table.name}"'  # noqa: S608 (names of declared tables)
            yield (
                f"SELECT setval(pg_get_serial_sequence('{table.name}', '{column.name}'),"
                f" coalesce(({highest}), 0) + 1, false);\n"
            )


def fingerprint() -> str:
    """Changes when a table or column does: rows of one shape cannot be replayed on another."""
    return hashlib.sha256("".join(create_statements("sqlite")).encode()).hexdigest()[:16]
