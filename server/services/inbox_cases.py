"""What a person needs to see in order to decide: by field, what was there before, what stands now, what is asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from server.services.sensitive import shown
from sync_protocol.fields import FieldSpec
from sync_protocol.records import knows, record_type


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


@dataclass(frozen=True, slots=True)
class Refused:
    """A change set that the server received and could not take. `why`: (field, code)."""

    id: str
    author: str
    book: str | None
    device_name: str
    action: str
    at: int
    types: list[str]
    changes: int
    why: list[tuple[str, str]]


def case_of_proposal(row: sa.RowMapping, stored: Mapping[str, Mapping[str, Any]], sources: Mapping[str, str]) -> Case:
    """A proposal as it waits."""
    change = json.loads(row["change"])
    now = stored.get(row["of"], {})
    wanted = dict(change.get("set", {}))
    for name in {*change.get("put", {}), *change.get("take", {})}:
        taken = change.get("take", {}).get(name, [])
        kept = [element for element in now.get(name) or [] if element not in taken]
        wanted[name] = kept + [element for element in change.get("put", {}).get(name, []) if element not in kept]
    was = change.get("was", {})
    lines = [_line(row["of_type"], name, was.get(name), now.get(name), value) for name, value in wanted.items()]
    return Case(
        row["id"],
        "proposal",
        row["of"],
        row["of_type"] or change["type"],
        row["customer"],
        row["book_id"],
        row["proposer"] or row["made_by"],
        row["at"],
        sources.get(row["change_set"], ""),
        change["op"],
        row["reason"] or "",
        row["decider"] or "",
        lines,
    )


def case_of_conflict(row: sa.RowMapping, stored: Mapping[str, Mapping[str, Any]], sources: Mapping[str, str]) -> Case:
    """A conflict: the value that counts, and the one that lost."""
    kept, lost = json.loads(row["kept"]), json.loads(row["lost"])
    was = json.loads(row["was"]) if row["was"] else None
    line = _line(row["of_type"], row["field"], was, kept, lost, row["kept_by"] or "")
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
    )


def _line(type_name: str, field: str, base: Any, theirs: Any, mine: Any, kept_by: str = "") -> Line:
    spec = record_type(type_name).specs().get(field) if knows(type_name or "") else None
    if spec is not None:
        base, theirs, mine = (shown(spec, value, close=False) for value in (base, theirs, mine))
    return Line(field, spec, base, theirs, mine, kept_by)


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
    )
