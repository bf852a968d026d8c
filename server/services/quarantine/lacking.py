"""What a waiting set waits for, and where that lies, if it came at all: in an open proposal, or put aside itself (R9, R10)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.storage.console_tables import quarantine_decision
from server.storage.scopes import within
from server.storage.tables import change_set, place
from server.storage.typed import typed_table
from sync_protocol.changes import parents_of
from sync_protocol.fields import FieldSpec
from sync_protocol.records import knows, record_type

CUSTOMER, RECORD = "customer", "record"


@dataclass(frozen=True, slots=True)
class Lacking:
    """One record that a change names and that is not there. `n`: the change. `name`: `customer`, `record`, or the field that names it.

    `spec`: of that field. `type`: what it would be. `can_be_left_out`: the change stands without it. `proposal`: an open one that would make it. `put_aside`: a set of the same
    author that would.
    """

    n: int
    name: str
    record: str
    type: str
    spec: FieldSpec | None = None
    can_be_left_out: bool = False
    proposal: str = ""
    put_aside: str = ""


def lacking(
    connection: Connection, scope: Collection[str], row: sa.RowMapping, changes: Mapping[int, Mapping[str, Any]]
) -> list[Lacking]:
    """What the changes of a set name and nobody has made yet, each once a change. Args: row: of the set. changes: by number."""
    made = {change.get("record") for change in changes.values() if change.get("op") == "create"}
    named = [each for n, change in changes.items() for each in _named(n, change) if each.record not in made]
    ids = {each.record for each in named}
    there = set(connection.scalars(sa.select(place.c.record).where(place.c.record.in_(ids))))
    return [_found(connection, scope, row, each) for each in named if each.record not in there]


def _named(n: int, change: Mapping[str, Any]) -> Iterator[Lacking]:
    type_name, customer, record = str(change.get("type", "")), change.get("customer"), change.get("record")
    creates = change.get("op") == "create"
    if isinstance(customer, str) and not (creates and customer == record):
        yield Lacking(n, CUSTOMER, customer, "customer")
    if not creates and isinstance(record, str) and record != customer:
        yield Lacking(n, RECORD, record, type_name)
    if knows(type_name) and isinstance(change.get("set"), dict):
        specs, declared, values = record_type(type_name).specs(), record_type(type_name).declared(), change["set"]
        for parent in dict.fromkeys(parents_of(change)):
            name = next(name for name, value in values.items() if value == parent and name in specs)
            yield Lacking(n, name, parent, specs[name].target or "", specs[name], not declared[name].required)


def _found(connection: Connection, scope: Collection[str], row: sa.RowMapping, one: Lacking) -> Lacking:
    proposal, decided = typed_table("proposal"), quarantine_decision.c.set_id
    asked = sa.select(proposal.c.id).where(
        proposal.c.of == one.record, proposal.c.state == "open", within(proposal.c.book_id, scope)
    )
    aside = sa.select(change_set.c.id).where(
        change_set.c.author == row["author"],
        change_set.c.state.in_(("refused", "quarantined")),
        change_set.c.id != row["id"],
        change_set.c.body.contains(f'"record": "{one.record}"', autoescape=True),
        ~sa.exists(sa.select(decided).where(decided == change_set.c.id)),
    )
    first = connection.scalar(asked.limit(1)) or ""
    second = "" if first else connection.scalar(aside.order_by(change_set.c.seq).limit(1)) or ""
    return replace(one, proposal=first, put_aside=second)
