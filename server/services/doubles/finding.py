"""Customers who share what should be their own: licence, telephone, name and place."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import partial

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import names
from server.services.doubles import notes
from server.services.listing import Row, in_scope, row_of
from server.storage import alike, retrying
from server.storage.database import reading
from server.storage.scopes import within
from server.storage.typed import typed_table

GROUPS_MOST = 50
ROWS_MOST = 300


@dataclass(frozen=True, slots=True)
class Group:
    """Customers who share a value. `value`: what they share, as it is compared."""

    value: str
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Doubles:
    """What was found by one key; `more`: there is more than one page can show."""

    groups: list[Group]
    books: Mapping[str, str]
    more: bool


def find(scope: Collection[str], key: str) -> Doubles:
    """Groups of customers of the scope that share a key, those with most members first. Raises: KeyError for an unknown key."""
    table = typed_table("customer")
    value = value_of(table, key)
    where = [*in_scope("customer", scope), value.is_not(None)]
    shared = (
        sa.select(value.label("value"), sa.func.count().label("members"))
        .where(*where)
        .group_by(value)
        .having(sa.func.count() > 1)
        .order_by(sa.func.count().desc(), value)
        .limit(GROUPS_MOST + 1)
    )
    with reading() as connection:
        found = [row.value for row in connection.execute(shared)]
        members = sa.select(table, value.label("shared")).where(*where, value.in_(found[:GROUPS_MOST]))
        rows = connection.execute(members.order_by(table.c.at, table.c.id).limit(ROWS_MOST)).mappings().all()
        groups: dict[str, list[Row]] = {text: [] for text in found[:GROUPS_MOST]}
        for row in rows:
            groups[row["shared"]].append(row_of("customer", row))
        books = names.book_names(connection, scope)
    return Doubles(
        [Group(text, some) for text, some in groups.items() if len(some) > 1], books, len(found) > GROUPS_MOST
    )


def value_of(table: sa.Table, key: str) -> sa.ColumnElement[str]:
    """What is compared: without blanks and marks, in one case; NULL where it tells nobody apart. Raises: KeyError for an unknown key."""
    return table.c[alike.column_name(key)]


def put_apart(scope: Collection[str], one: str, other: str, by: str) -> int:
    """Note that two customers are not the same: the open notes that say so are closed. Returns: how many were."""
    table = typed_table("duplicate")
    pair = (one, other)
    query = sa.select(table.c.id).where(
        table.c.of.in_(pair),
        table.c.other.in_(pair),
        table.c.state == notes.OPEN,
        table.c.removed.is_(False),
        within(table.c.book_id, scope),
    )
    with reading() as connection:
        found = list(connection.scalars(query))

    def settle(connection: Connection, note_id: str) -> bool:
        return notes.settle(connection, note_id, notes.DIFFERENT, by)

    return sum(retrying.write(partial(settle, note_id=note_id)) for note_id in found)
