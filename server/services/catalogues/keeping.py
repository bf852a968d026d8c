"""Entries of a catalogue: read, made and changed, as changes of the reference book that every device gets with its next sync."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from server.services import books, clock, push
from server.services.catalogues import code_lists
from server.services.deciding.carrying_out import Outcome, outcome_of
from server.storage.database import reading
from server.storage.tables import book, record
from sync_protocol.fields import FieldClass, FieldSpec, Kind, Seat
from sync_protocol.records import check_values, record_type

KINDS = ("product", "knowledge", "code_entry")
OWN_PAGES = ("product",)  # what has a list of its own


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as stored. `ver`: the base of a change."""

    id: str
    kind: str
    ver: str
    fields: Mapping[str, Any]


def reference_scope() -> frozenset[str]:
    """The reference book, if there is one: everybody may read it."""
    with reading() as connection:
        return frozenset(connection.scalars(sa.select(book.c.id).where(book.c.kind == "reference")))


def fields_of(kind: str) -> dict[str, FieldSpec]:
    """The fields that people enter."""
    specs = record_type(kind).specs()
    return {
        name: spec
        for name, spec in specs.items()
        if spec.klass is not FieldClass.SYSTEM and spec.kind not in (Kind.LINES, Kind.REFERENCE)
    }


def load(kind: str, record_id: str) -> Entry | None:
    """One entry; None: there is none."""
    query = sa.select(record).where(
        record.c.id == record_id,
        record.c.type == kind,
        record.c.removed.is_(False),
        record.c.book_id.in_(reference_scope()),
    )
    with reading() as connection:
        row = connection.execute(query).mappings().one_or_none()
    return Entry(row["id"], kind, row["ver"], json.loads(row["fields"])) if row else None


def case(record_id: str) -> Mapping[str, Any]:
    """What an account manager proposed for the knowledge base; empty if there is no such case."""
    query = sa.select(record.c.fields).where(record.c.id == record_id, record.c.type == "knowledge_case")
    with reading() as connection:
        text = connection.scalar(query)
    found: dict[str, Any] = json.loads(text) if text else {}
    return found


def save(author: str, kind: str, entry: Entry | None, base: str, values: Mapping[str, Any]) -> tuple[str, Outcome]:
    """Make an entry, or change what differs. Args: base: the version that the author saw. values: field -> value; None: empty.

    Returns: the entry's id, and what became of it; with `wrong`, nothing was written.
    """
    before = entry.fields if entry else {}
    changed = {
        name: value for name, value in values.items() if value != before.get(name) and (entry or value is not None)
    }
    plain = {name: value for name, value in changed.items() if value is not None}
    wrong = check_values(kind, plain, creating=entry is None)
    declared = record_type(kind).declared()
    wrong |= {name: ["required"] for name, value in changed.items() if value is None and declared[name].required}
    if kind == "code_entry" and not wrong and changed:
        with reading() as connection:
            wrong = code_lists.wrong(connection, before, changed)
    record_id = entry.id if entry else clock.new_id()
    if wrong or not changed:
        return record_id, Outcome("wrong" if wrong else "same", wrong)
    change: dict[str, Any] = {"type": kind, "record": record_id, "customer": None, "term": 0}
    change |= {"seat": (record_type(kind).specs()[next(iter(changed))].seat or Seat.MAINTAINER).value}
    change |= {"op": "edit" if entry else "create", "set": changed}
    if entry is not None:
        change |= {"base": base, "was": {name: before[name] for name in changed if name in before}}
    verdict = push.office_push(author, books.reference_book(), "edit catalogue", [change])
    return record_id, outcome_of(verdict)
