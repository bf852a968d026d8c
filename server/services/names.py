"""What ids are called: the names behind references, users and books of a whole page, in one query each."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services.listing import moment_field
from server.storage.database import among, reading
from server.storage.scopes import within
from server.storage.tables import book, record, user_account
from sync_protocol.fields import FieldSpec, Kind
from sync_protocol.records import Nature, knows, record_type, record_types


@dataclass(frozen=True, slots=True)
class Name:
    """What an id stands for. `type`: a record type, or "user". `at`: when it happened, if it is a fact."""

    id: str
    type: str
    text: str
    at: int | None = None


Names = Mapping[str, Name]


def load(
    connection: Connection, scope: Collection[str], *, records: Iterable[str] = (), users: Iterable[str] = ()
) -> dict[str, Name]:
    """The names of these ids. Records outside the scope are left out, as if they were not there."""
    return {**_records(connection, scope, set(records)), **_users(connection, set(users))}


def _records(connection: Connection, scope: Collection[str], ids: set[str]) -> dict[str, Name]:
    if not ids:
        return {}
    everywhere = [name for name, declared in record_types().items() if declared.nature is Nature.REFERENCE]
    query = sa.select(record.c.id, record.c.type, record.c.fields).where(
        among(connection, record.c.id, ids), sa.or_(within(record.c.book_id, scope), record.c.type.in_(everywhere))
    )
    return {row.id: _name(row.id, row.type, json.loads(row.fields)) for row in connection.execute(query)}


def _name(record_id: str, type_name: str, fields: Mapping[str, Any]) -> Name:
    is_fact = knows(type_name) and record_type(type_name).nature is Nature.FACT
    moment = moment_field(type_name) if is_fact else None
    return Name(record_id, type_name, title_of(type_name, fields), fields.get(moment) if moment else None)


def _users(connection: Connection, ids: set[str]) -> dict[str, Name]:
    if not ids:
        return {}
    query = sa.select(user_account.c.id, user_account.c.name).where(among(connection, user_account.c.id, ids))
    return {row.id: Name(row.id, "user", row.name) for row in connection.execute(query)}


def book_names(connection: Connection, scope: Collection[str]) -> dict[str, str]:
    """Book id -> name, of the books of a scope, by name."""
    query = sa.select(book.c.id, book.c.name).where(within(book.c.id, scope)).order_by(book.c.name)
    return dict(connection.execute(query).all())


def rounds(scope: Collection[str]) -> list[str]:
    """The ids of the rounds of a scope, by name: what a page is cut from before anything of them is counted."""
    query = (
        sa.select(book.c.id).where(within(book.c.id, scope), book.c.kind == "round").order_by(book.c.name, book.c.id)
    )
    with reading() as connection:
        return list(connection.scalars(query))


def title_of(type_name: str, fields: Mapping[str, Any]) -> str:
    """What a record is called: its title field, cut to a line; empty if it has none."""
    if not knows(type_name):
        return ""
    declared = record_type(type_name)
    value = fields.get(declared.title)
    return str(value)[:80] if value and declared.specs()[declared.title].kind in (Kind.TEXT, Kind.NOTE) else ""


def ids_in(specs: Mapping[str, FieldSpec], values: Iterable[Mapping[str, Any]]) -> tuple[set[str], set[str]]:
    """The ids of records and of users that these values name."""
    of_records: set[str] = set()
    of_users: set[str] = set()
    for fields in values:
        for name, spec in specs.items():
            value = fields.get(name)
            if isinstance(value, str) and spec.kind in (Kind.REFERENCE, Kind.USER):
                (of_records if spec.kind is Kind.REFERENCE else of_users).add(value)
    return of_records, of_users
