"""Editing a customer's file at head office: what was changed becomes one change set, split by seat, judged like a device's."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from server.services import push
from server.services.customers import File
from server.storage.database import reading
from server.storage.scopes import within
from server.storage.typed import typed_table
from sync_protocol.fields import FieldClass, FieldSpec, Rule, Seat, Sensitivity
from sync_protocol.records import check_values, record_type

TYPE = "customer"


@dataclass(slots=True)
class Outcome:
    """What became of an edit. `wrong`: field -> codes, then nothing was saved; else which fields were applied or proposed."""

    wrong: dict[str, list[str]] = field(default_factory=dict)
    applied: list[str] = field(default_factory=list)
    proposed: list[str] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)


def editable() -> dict[str, FieldSpec]:
    """The fields that people enter."""
    return {
        name: spec
        for name, spec in record_type(TYPE).specs().items()
        if spec.klass is not FieldClass.SYSTEM and spec.seat
    }


def seen_of(file: File) -> dict[str, Any]:
    """What the form lets its reader see, to be sent back with it: the base of his edit. Hidden values stay here."""
    return {
        name: file.stored[name]
        for name, spec in editable().items()
        if file.stored.get(name) not in (None, "", []) and not is_hidden(file, spec)
    }


def is_hidden(file: File, spec: FieldSpec) -> bool:
    """Whether the reader does not see the stored value: he can only enter a new one."""
    return spec.sensitivity is Sensitivity.SECRET or (spec.sensitivity is Sensitivity.PRIVATE and not file.close)


def customer_by_code(scope: Collection[str], code: str) -> str | None:
    """The customer with this code, if there is exactly one in the scope."""
    table = typed_table(TYPE)
    query = (
        sa.select(table.c.id)
        .where(table.c.customer_code == code, within(table.c.book_id, scope), table.c.removed.is_(False))
        .limit(2)
    )
    with reading() as connection:
        found = connection.scalars(query).all()
    return str(found[0]) if len(found) == 1 else None


def code_of_customer(customer: str) -> str:
    """The code by which a form names a customer."""
    table = typed_table(TYPE)
    with reading() as connection:
        return str(connection.scalar(sa.select(table.c.customer_code).where(table.c.id == customer)) or "")


def edit(author: str, file: File, base: str, seen: Mapping[str, Any], values: Mapping[str, Any]) -> Outcome:
    """Write what differs from what the author saw.

    Args: base: the version that he saw. seen: field -> value that he saw. values: field -> value that he entered; None: empty.
    """
    specs = editable()
    changed = {
        name: value
        for name, value in values.items()
        if name in specs and value != seen.get(name, [] if value == [] else None)
    }
    plain = {name: value for name, value in changed.items() if value is not None}
    wrong = check_values(TYPE, plain, creating=False)
    required = record_type(TYPE).declared()
    wrong |= {name: ["required"] for name, value in changed.items() if value is None and required[name].required}
    if wrong or not changed:
        return Outcome(wrong=wrong)
    keepers = {keeper.seat: keeper for keeper in file.keepers}
    changes = []
    for seat in Seat:
        mine = {name: value for name, value in changed.items() if specs[name].seat is seat}
        if mine and seat in keepers:
            changes.append(_change(file, base, seat, keepers[seat].term, mine, seen))
    verdict = push.office_push(author, file.book, "edit customer", changes)
    return _outcome(verdict, changes)


def _change(
    file: File, base: str, seat: Seat, term: int, values: Mapping[str, Any], seen: Mapping[str, Any]
) -> dict[str, Any]:
    specs = editable()
    change: dict[str, Any] = {
        "op": "edit",
        "type": TYPE,
        "record": file.id,
        "customer": file.id,
        "base": base,
        "seat": seat.value,
        "term": term,
        "set": {},
        "was": {},
        "put": {},
        "take": {},
    }
    for name, value in values.items():
        if specs[name].rule is Rule.ELEMENTS:
            before = list(seen.get(name) or [])
            added, gone = [e for e in value if e not in before], [e for e in before if e not in value]
            change["put"] |= {name: added} if added else {}
            change["take"] |= {name: gone} if gone else {}
        else:
            change["set"][name] = value
            if name in seen:
                change["was"][name] = seen[name]
    return change


def _outcome(verdict: Mapping[str, Any], changes: list[dict[str, Any]]) -> Outcome:
    outcome = Outcome()
    if verdict["state"] in ("refused", "waiting"):
        for told in verdict["changes"]:
            for reason in told.get("why", []):
                outcome.wrong.setdefault(reason["field"], []).append(reason["code"])
        return outcome if outcome.wrong else Outcome(wrong={"record": ["record.unknown"]})
    proposed, merged = _settled(verdict["id"])
    for name in (name for change in changes for name in _names(change)):
        kind = outcome.proposed if name in proposed else outcome.merged if name in merged else outcome.applied
        kind.append(name)
    return outcome


def _settled(set_id: str) -> tuple[set[str], set[str]]:
    """The fields of a change set that wait for a decision, and those that met an edit its author had not seen."""
    proposal, conflict = typed_table("proposal"), typed_table("conflict")
    with reading() as connection:
        waiting = connection.scalars(sa.select(proposal.c.change).where(proposal.c.change_set == set_id)).all()
        met = connection.scalars(sa.select(conflict.c.field).where(conflict.c.change_set == set_id)).all()
    return {name for change in waiting for name in _names(json.loads(change))}, set(met)


def _names(change: Mapping[str, Any]) -> dict[str, None]:
    return dict.fromkeys(name for member in ("set", "put", "take") for name in change.get(member, {}))
