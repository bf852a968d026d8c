"""Many rows into one table: the statement is made once a database and table, the driver gets its rows as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect

_texts: dict[tuple[str, str, Any], tuple[str, tuple[str, ...] | None]] = {}


def insert(connection: Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all have the same columns. Values go to the driver untouched: text, integers, flags, bytes, None."""
    if rows:
        run(connection, _insert_of(table, tuple(rows[0])), rows)


def run(connection: Connection, statement: sa.sql.base.Executable, rows: Sequence[Mapping[str, Any]]) -> None:
    """Run one INSERT or UPDATE, whose parameters have names, for every row."""
    if not rows:
        return
    text, order = _compiled(connection.dialect, statement)
    if order is None:
        connection.exec_driver_sql(text, [dict(row) for row in rows])
    else:
        picked = itemgetter(*order) if len(order) > 1 else lambda row: (row[order[0]],)
        connection.exec_driver_sql(text, [picked(row) for row in rows])


@cache
def _insert_of(table: sa.Table, columns: tuple[str, ...]) -> sa.Insert:
    return sa.insert(table).values({name: sa.bindparam(name) for name in columns})


def _compiled(dialect: Dialect, statement: Any) -> tuple[str, tuple[str, ...] | None]:
    """The text for the driver, and the names of its parameters in their order, where it takes them by place."""
    key = (dialect.name, dialect.paramstyle, statement)  # every engine has a dialect of its own, alike but for that
    found = _texts.get(key)
    if found is None:
        compiled = statement.compile(dialect=dialect)
        by_place = compiled.positiontup
        found = _texts[key] = (str(compiled), None if by_place is None else tuple(by_place))
    return found
