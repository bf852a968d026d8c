"""Rows as SQL text that SQLite and PostgreSQL both take, and that both make alike: the database writes it, not Python.

So the hash of a table is the same whichever engine holds it, and an archive is read with `sqlite3` or `psql` alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

STATEMENT_BYTES = 128 * 1024
FETCHED_ROWS = 2000


class NotPortable(Exception):
    """A column is of a type that the archive has no form for."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a table holds: how many rows, and the SHA-256 over their texts in the order of the primary key."""

    rows: int
    sha256: str


def quoted(name: str) -> str:
    """A name as both engines take it."""
    assert '"' not in name
    return f'"{name}"'


def literal(column: sa.Column[Any], of: str = "") -> str:
    """The expression that gives the value of a column as a literal of SQL. Args: of: what stands before the name, such as `NEW.`."""
    name = of + quoted(column.name)
    if isinstance(column.type, sa.Boolean):
        return f"CASE WHEN {name} IS NULL THEN 'NULL' WHEN {name} THEN 'TRUE' ELSE 'FALSE' END"
    if isinstance(column.type, sa.Integer):
        return f"coalesce(CAST({name} AS TEXT), 'NULL')"
    if isinstance(column.type, sa.String):
        return f"coalesce('''' || replace({name}, '''', '''''') || '''', 'NULL')"
    raise NotPortable(f"{column.table.name}.{column.name} is {column.type!r}")


def joined(columns: Iterable[sa.Column[Any]], of: str = "") -> str:
    """The expression that gives the values of columns, with commas between them."""
    return " || ',' || ".join(f"({literal(column, of)})" for column in columns)


def stored_columns(table: sa.Table) -> list[sa.Column[Any]]:
    """The columns that hold something of their own: what the database makes of others by itself is left out."""
    return [column for column in table.columns if column.computed is None]


def key_columns(table: sa.Table) -> list[sa.Column[Any]]:
    """The primary key."""
    return list(table.primary_key.columns)


def lines(connection: Connection, table: sa.Table, where: str = "") -> Iterator[str]:
    """The rows, each as `(…)`, in the order of the primary key, byte by byte. Args: where: SQL, made of `literal` texts alone."""
    binary = "" if connection.dialect.name == "sqlite" else ' COLLATE "C"'
    order = ", ".join(
        quoted(column.name) + (binary if isinstance(column.type, sa.String) else "") for column in key_columns(table)
    )
    # every part is a name of a declared table or a literal that the database quoted itself
    query = f"SELECT '(' || {joined(stored_columns(table))} || ')' FROM {quoted(table.name)}"  # noqa: S608
    query += f" WHERE {where}" if where else ""
    text = sa.text(query.replace(":", "\\:") + f" ORDER BY {order}").execution_options(stream_results=True)
    result = connection.execute(text)
    while page := result.fetchmany(FETCHED_ROWS):
        for row in page:
            yield row[0]


def inserts(table: sa.Table, rows: Iterable[str]) -> Iterator[str]:
    """Statements that bring these rows into the table, each of about STATEMENT_BYTES."""
    names = ", ".join(quoted(column.name) for column in stored_columns(table))
    head = f"INSERT INTO {quoted(table.name)} ({names}) VALUES\n"
    held: list[str] = []
    size = 0
    for row in rows:
        held.append(row)
        size += len(row)
        if size >= STATEMENT_BYTES:
            yield head + ",\n".join(held) + ";\n"
            held, size = [], 0
    if held:
        yield head + ",\n".join(held) + ";\n"


class Counting:
    """Passes rows on, and tells at the end what they were."""

    def __init__(self, rows: Iterable[str]) -> None:
        self._rows, self._count, self._digest = rows, 0, hashlib.sha256()

    def __iter__(self) -> Iterator[str]:
        for row in self._rows:
            self._count += 1
            self._digest.update(row.encode() + b"\n")
            yield row

    @property
    def told(self) -> Told:
        """What has gone through so far."""
        return Told(self._count, self._digest.hexdigest())


def told(connection: Connection, table: sa.Table) -> Told:
    """What the table holds now."""
    counting = Counting(lines(connection, table))
    for _ in counting:
        pass
    return counting.told


def among(columns: Sequence[sa.Column[Any]], keys: Sequence[str]) -> str:
    """The condition for rows with one of these keys. Args: keys: as `joined` gives them."""
    names = ", ".join(quoted(column.name) for column in columns)
    if len(columns) == 1:
        return f"{names} IN ({', '.join(keys)})"
    return f"({names}) IN (VALUES {', '.join(f'({key})' for key in keys)})"
