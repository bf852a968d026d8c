"""What a person needs to see in order to decide: by field, what was there before, what stands now, what is asked for."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import names
from server.services.sensitive import shown
from server.storage.scopes import within
from server.storage.tables import change_set, device, record
from sync_protocol.fields import FieldSpec
from sync_protocol.records import knows, record_type


@dataclass(frozen=True, slots=True)
class Now:
    """The record that a case is about, as it stands. `ver`: its version, the base of a decision."""

    fields: Mapping[str, Any]
    ver: str
    removed: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One field of a case. `base`: what the author saw; `theirs`: what stands now; `mine`: what he set.

    `spec`: None for a field that this release does not declare.
    """

    field: str
    spec: FieldSpec | None
    base: Any
    theirs: Any
    mine: Any
    kept_by: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """A proposal or a conflict. `by`: whose value waits or lost; `source`: his device, empty for the office."""

    id: str
    kind: str
    of: str
    of_type: str
    customer: str | None
    book: str
    by: str
    at: int
    source: str
    op: str
    reason: str
    decider: str
    lines: list[Line]
    ver: str
    title: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A change set that the server received and could not take. `why`: (field, code). `state`: refused, quarantined or waiting."""

    id: str
    author: str
    book: str | None
    device_name: str
    action: str
    at: int
    types: list[str]
    changes: int
    why: list[tuple[str, str]]
    state: str


def records_now(connection: Connection, scope: Collection[str], ids: Iterable[str]) -> dict[str, Now]:
    """The records that cases are about, as they stand."""
    query = sa.select(record.c.id, record.c.fields, record.c.ver, record.c.removed).where(
        record.c.id.in_(list(ids)), within(record.c.book_id, scope)
    )
    return {row.id: Now(json.loads(row.fields), row.ver, row.removed) for row in connection.execute(query)}


def sources(connection: Connection, sets: Iterable[str]) -> dict[str, str]:
    """Change set -> the name of the device that sent it; empty for the office."""
    query = (
        sa.select(change_set.c.id, sa.case((device.c.kind == "device", device.c.name), else_=""))
        .join(device, device.c.id == change_set.c.device_id)
        .where(change_set.c.id.in_([each for each in sets if each]))
    )
    return dict(connection.execute(query).all())


def wanted(change: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """Field -> the value that it would have, if the change were carried out on what stands now."""
    found = dict(change.get("set", {}))
    for name in {*change.get("put", {}), *change.get("take", {})}:
        taken = change.get("take", {}).get(name, [])
        kept = [element for element in now.get(name) or [] if element not in taken]
        found[name] = kept + [element for element in change.get("put", {}).get(name, []) if element not in kept]
    return found


def case_of_proposal(
    row: sa.RowMapping, stored: Mapping[str, Now], sources: Mapping[str, str], *, close: bool = False
) -> Case:
    """A proposal as it waits. Args: close: the reader has need of private values."""
    change = json.loads(row["change"])
    here = stored.get(row["of"], Now({}, "", False))
    now = here.fields
    asked = wanted(change, now)
    was = {**{name: now.get(name) for name in asked if name not in change.get("set", {})}, **change.get("was", {})}
    of_type = row["of_type"] or change["type"]
    lines = [
        _line(of_type, name, was.get(name), now.get(name), value, close=close)
        for name, value in asked.items()
        if not (_same(was.get(name), value) and _same(now.get(name), value))
    ]
    return Case(
        row["id"],
        "proposal",
        row["of"],
        of_type,
        row["customer"],
        row["book_id"],
        row["proposer"] or row["made_by"],
        row["at"],
        sources.get(row["change_set"], ""),
        change["op"],
        row["reason"] or "",
        row["decider"] or "",
        lines,
        here.ver,
        names.title_of(of_type, now or asked),
    )


def case_of_conflict(
    row: sa.RowMapping, stored: Mapping[str, Now], sources: Mapping[str, str], *, close: bool = False
) -> Case:
    """A conflict: the value that counts, and the one that lost."""
    kept, lost = json.loads(row["kept"]), json.loads(row["lost"])
    was = json.loads(row["was"]) if row["was"] else None
    line = _line(row["of_type"], row["field"], was, kept, lost, row["kept_by"] or "", close=close)
    here = stored.get(row["of"], Now({}, "", False))
    return Case(
        row["id"],
        "conflict",
        row["of"],
        row["of_type"] or "",
        row["customer"],
        row["book_id"],
        row["lost_by"] or "",
        row["at"],
        sources.get(row["change_set"], ""),
        "edit",
        row["rule"] or "",
        "",
        [line],
        here.ver,
        names.title_of(row["of_type"] or "", here.fields),
    )


def _same(value: Any, other: Any) -> bool:
    """Whether two values read alike: nothing, an empty text and an empty list do."""
    return value == other or (value in (None, "", []) and other in (None, "", []))


def _line(
    type_name: str, field: str, base: Any, theirs: Any, mine: Any, kept_by: str = "", *, close: bool = False
) -> Line:
    spec = record_type(type_name).specs().get(field) if knows(type_name or "") else None
    if spec is not None:
        base, theirs, mine = (shown(spec, value, close=close) for value in (base, theirs, mine))
    return Line(field, spec, base, theirs, mine, kept_by)


def ids_of(cases: Iterable[Case]) -> tuple[set[str], set[str]]:
    """The ids of records and of users that these cases name."""
    records: set[str] = set()
    users: set[str] = set()
    for case in cases:
        records |= {record_id for record_id in (case.of, case.customer) if record_id}
        users |= {case.by} | {line.kept_by for line in case.lines if line.kept_by}
        if knows(case.of_type):
            sides = [
                {line.field: line.base for line in case.lines},
                {line.field: line.mine for line in case.lines},
                {line.field: line.theirs for line in case.lines},
            ]
            more_records, more_users = names.ids_in(record_type(case.of_type).specs(), sides)
            records, users = records | more_records, users | more_users
    return records, users


def refused_of(row: sa.RowMapping) -> Refused:
    """A refused set, with its reasons from the verdict."""
    verdict = json.loads(row["verdict"] or "{}")
    wire = json.loads(row["body"] or "{}")
    changes = wire.get("changes") if isinstance(wire, dict) else None
    changes = [change for change in changes if isinstance(change, dict)] if isinstance(changes, list) else []
    why = [
        (str(reason.get("field", "")), str(reason.get("code", "")))
        for told in verdict.get("changes", [])
        for reason in told.get("why", [])
    ]
    return Refused(
        row["id"],
        row["author"],
        row["book_id"],
        row["device_name"],
        row["action"],
        row["received_at"],
        sorted({str(change.get("type", "")) for change in changes}),
        len(changes),
        why,
        row["state"],
    )
