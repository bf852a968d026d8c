"""Customers who share what should be their own: licence, telephone, name and place."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from server.services import names, push
from server.services.listing import Row, in_scope, row_of
from server.storage.database import reading
from server.storage.scopes import within
from server.storage.tables import record
from server.storage.typed import typed_table

KEYS = ("licence", "phone", "name")
GROUPS_MOST = 50
ROWS_MOST = 300
_MARKS = (" ", "-", "(", ")", ".", "/", "+")
_SHORTEST_PHONE = 7


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
    value = _value(table, key)
    where = [*in_scope("customer", scope), *_worth_comparing(table, key, value)]
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


def _value(table: sa.Table, key: str) -> sa.ColumnElement[str]:
    if key == "licence":
        return sa.func.lower(sa.func.trim(table.c.licence_number))
    if key == "phone":
        plain: sa.ColumnElement[Any] = table.c.contact_phone
        for mark in _MARKS:
            plain = sa.func.replace(plain, mark, "")
        return plain
    if key == "name":
        place = sa.func.coalesce(table.c.postal_code, table.c.city, "")
        return sa.func.lower(sa.func.trim(table.c.store_name)) + " · " + sa.func.lower(place)
    raise KeyError(key)


def _worth_comparing(table: sa.Table, key: str, value: sa.ColumnElement[str]) -> list[sa.ColumnElement[bool]]:
    column = {"licence": table.c.licence_number, "phone": table.c.contact_phone, "name": table.c.store_name}[key]
    shortest = _SHORTEST_PHONE if key == "phone" else 2
    return [column.is_not(None), sa.func.length(value) >= shortest]


def put_apart(scope: Collection[str], one: str, other: str, by: str) -> int:
    """Note that two customers are not the same: the open notes that say so are closed. Returns: how many were."""
    table = typed_table("duplicate")
    pair = (one, other)
    query = (
        sa.select(table.c.book_id, table.c.id, table.c.customer, record.c.ver)
        .join(record, sa.and_(record.c.book_id == table.c.book_id, record.c.id == table.c.id))
        .where(
            table.c.of.in_(pair),
            table.c.other.in_(pair),
            table.c.state == "open",
            table.c.removed.is_(False),
            within(table.c.book_id, scope),
        )
    )
    with reading() as connection:
        rows = connection.execute(query).all()
    for row in rows:
        change = {"op": "edit", "type": "duplicate", "record": row.id, "customer": row.customer, "base": row.ver}
        change |= {"seat": "supervisor", "term": 0, "set": {"state": "different"}, "was": {"state": "open"}}
        push.office_push(by, row.book_id, "not the same", [change], system=True)
    return len(rows)
