"""Who shares what should be his own, a licence or a telephone, is noted as a task for the supervisor (R10): nobody's work is refused.

A look at the customers that changed since the last look, in all books at once. The note lies in the book of the customer who came
later; it is made once, and not again after somebody said that the two are different.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services.doubles import notes
from server.services.doubles.finding import value_of
from server.storage import retrying
from server.storage.database import reading, writing
from server.storage.tables import book, record, setting
from server.storage.typed import typed_table
from sync_protocol.identity import derived_id

SETTING = "doubles/noted_to"
FIELDS = {"licence": "licence_number", "phone": "contact_phone"}
AT_A_TIME = 500
OVERLAP_MS = 60_000
OTHERS_MOST = 3  # a telephone that twenty outlets of one chain share is one task, not two hundred

Pair = tuple[Mapping[Any, Any], Mapping[Any, Any], str]


def note() -> int:
    """Note what came together since the last look. Running it twice changes nothing. Returns: how many notes were made."""
    with reading() as connection:
        last = int(connection.scalar(sa.select(setting.c.value).where(setting.c.name == SETTING)) or 0)
    place, made = (last - OVERLAP_MS, ""), 0
    while True:
        with reading() as connection:
            fresh = _fresh(connection, place)
            pairs = [pair for key in FIELDS for pair in _pairs(connection, key, fresh)]
            new = _not_noted(connection, pairs)
        made += sum(_write(pair) for pair in new)
        if not fresh:
            return made
        place = (fresh[-1]["at"], fresh[-1]["id"])
        _remember(max(last, place[0]))


def _customers(table: sa.Table) -> tuple[sa.ColumnElement[bool], ...]:
    in_a_round = table.c.book_id.in_(sa.select(book.c.id).where(book.c.kind == "round"))
    return table.c.removed.is_(False), in_a_round


def _fresh(connection: Connection, after: tuple[int, str]) -> list[Mapping[Any, Any]]:
    table = typed_table("customer")
    later = sa.tuple_(table.c.at, table.c.id) > sa.tuple_(*after)
    query = sa.select(table.c.id, table.c.book_id, table.c.at).where(*_customers(table), later)
    return list(connection.execute(query.order_by(table.c.at, table.c.id).limit(AT_A_TIME)).mappings())


def _pairs(connection: Connection, key: str, fresh: list[Mapping[Any, Any]]) -> list[Pair]:
    """Those who share a value with one of these: the later one, an earlier one, and the field."""
    table = typed_table("customer")
    value = value_of(table, key)
    where = (*_customers(table), value.is_not(None))
    ids = {row["id"] for row in fresh}
    theirs = sa.select(value).where(*where, table.c.id.in_(ids))
    values = set(connection.scalars(theirs)) if ids else set()
    if not values:
        return []
    query = sa.select(table.c.id, table.c.book_id, value.label("value")).where(*where, value.in_(values))
    groups: dict[str, list[Mapping[Any, Any]]] = {}
    for row in connection.execute(query.order_by(table.c.id)).mappings():
        groups.setdefault(row["value"], []).append(row)
    return [
        (later, earlier, FIELDS[key])
        for group in groups.values()
        for n, later in enumerate(group)
        for earlier in group[: min(n, OTHERS_MOST)]
        if n <= OTHERS_MOST and (later["id"] in ids or earlier["id"] in ids)
    ]


def _id_of(pair: Pair) -> str:
    later, earlier, field = pair
    return derived_id("duplicate", f"{later['id']}/{earlier['id']}/{field}")


def _not_noted(connection: Connection, pairs: list[Pair]) -> list[Pair]:
    by_id = {_id_of(pair): pair for pair in pairs}
    there = set(connection.scalars(sa.select(record.c.id).where(record.c.id.in_(list(by_id)))))
    return [pair for note_id, pair in by_id.items() if note_id not in there]


def _write(pair: Pair) -> bool:
    later, earlier, field = pair
    return retrying.write(
        lambda connection: notes.lay(connection, _id_of(pair), of=later["id"], other=earlier["id"], field=field)
    )


def _remember(at: int) -> None:
    with writing() as connection:
        connection.execute(sa.delete(setting).where(setting.c.name == SETTING))
        connection.execute(sa.insert(setting), {"name": SETTING, "value": str(at)})
