"""Who decides a proposal or a conflict, and all that he has to see to do it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import clock, names
from server.services.book_readers import holder
from server.services.inbox_cases import (
    Case,
    Now,
    case_of_conflict,
    case_of_proposal,
    ids_of,
    records_now,
    sources,
    wanted,
)
from server.services.names import Names
from server.services.sensitive import shown
from server.services.users import User
from server.storage.database import reading
from server.storage.scopes import within
from server.storage.tables import change_set, log, seat
from server.storage.typed import typed_table
from sync_protocol.acts import may
from sync_protocol.fields import FieldClass, FieldSpec, Kind, Rule, Seat
from sync_protocol.records import knows, record_type

KINDS = ("proposal", "conflict")
TAKEN_BACK = "take back "


@dataclass(frozen=True, slots=True)
class Decider:
    """Who decides a case. `seat`: whose turn it is; empty: an administrator's. `mine`: the reader himself decides."""

    seat: str
    user: str | None
    mine: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """One case with all that its page shows.

    Args: change: what was asked for, whole. now: the record; None while it is not there. correctable: field -> how its value is
        entered. facts: the record as it stands, where its removal or return is asked for. taken_back: a conflict whose value
        that lost counts again.
    """

    case: Case
    change: Mapping[str, Any]
    now: Now | None
    decider: Decider
    state: str
    comment: str
    decided_by: str
    decided_at: int | None
    correctable: Mapping[str, FieldSpec]
    facts: Mapping[str, Any]
    asked: Mapping[str, Any]
    names: Names
    close: bool


def deciders(connection: Connection, cases: Iterable[Case], reader: User) -> dict[str, Decider]:
    """Case -> who decides it: the holder of its seat; while that is vacant the supervisor; then an administrator."""
    cases = list(cases)
    query = sa.select(seat.c.book_id, seat.c.seat, holder(clock.now_ms()).label("user_id")).where(
        seat.c.book_id.in_({case.book for case in cases})
    )
    held = {(row.book_id, row.seat): row.user_id for row in connection.execute(query)}
    return {case.id: _decider(case, held, reader) for case in cases}


def _decider(case: Case, held: Mapping[tuple[str, str], str | None], reader: User) -> Decider:
    for wanted_seat in (case.decider or seat_of(case), Seat.SUPERVISOR.value):
        user = held.get((case.book, wanted_seat))
        if user is not None:
            return Decider(wanted_seat, user, user == reader.id)
    return Decider("", None, may(reader.roles, "administer"))


def seat_of(case: Case) -> str:
    """The seat that maintains the field of a conflict."""
    kept = next((line.spec.seat for line in case.lines if line.spec is not None and line.spec.seat), None)
    return (kept or Seat.MAINTAINER).value


def can_be_taken_back(case: Case) -> bool:
    """Whether the value that lost can be set by an ordinary edit."""
    spec = case.lines[0].spec if case.kind == "conflict" else None
    return spec is not None and spec.rule not in (Rule.ELEMENTS, Rule.SUM) and spec.klass is not FieldClass.SYSTEM


def taken_back() -> sa.ColumnElement[bool]:
    """Of a conflict: whether the value that lost was taken back."""
    conflict = typed_table("conflict")
    query = (
        sa.select(log.c.pos)
        .join(change_set, change_set.c.id == log.c.set_id)
        .where(log.c.record == conflict.c.of, change_set.c.action == TAKEN_BACK + conflict.c.id)
        .correlate(conflict)
    )
    return sa.exists(query)


def open_case(reader: User, scope: Collection[str], case_id: str) -> Opened | None:
    """A proposal or a conflict; None: not there, or not for this reader."""
    with reading() as connection:
        for kind in KINDS:
            table = typed_table(kind)
            query = sa.select(table, taken_back().label("settled") if kind == "conflict" else sa.false()).where(
                table.c.id == case_id, within(table.c.book_id, scope), table.c.removed.is_(False)
            )
            row = connection.execute(query).mappings().one_or_none()
            if row is not None:
                return _opened(connection, reader, scope, kind, row)
    return None


def _opened(connection: Connection, reader: User, scope: Collection[str], kind: str, row: sa.RowMapping) -> Opened:
    stored = records_now(connection, scope, [row["of"]])
    sent_by = sources(connection, [row["change_set"]])
    seats = sa.select(seat.c.seat).where(seat.c.book_id == row["book_id"], seat.c.user_id == reader.id).limit(1)
    close = connection.scalar(seats) is not None
    make = case_of_proposal if kind == "proposal" else case_of_conflict
    case = make(row, stored, sent_by, close=close)
    decider = deciders(connection, [case], reader)[case.id]
    now = stored.get(case.of)
    change = json.loads(row["change"]) if kind == "proposal" else {}
    specs = record_type(case.of_type).specs() if knows(case.of_type) else {}
    decided_by, state = "", "open"
    if kind == "proposal":
        decided_by, state = row["decided_by"] or "", row["state"]
    elif row["settled"] or _is_reviewed(connection, case.id):
        state = "settled"
    asked = wanted(change, now.fields if now else {})
    if kind == "conflict" and can_be_taken_back(case):
        asked = {row["field"]: json.loads(row["lost"])}
    facts = now.fields if now and case.op in ("remove", "restore") else {}
    records, users = ids_of([case])
    more_records, more_users = names.ids_in(specs, [facts])
    users |= more_users | {user for user in (decider.user, decided_by) if user}
    return Opened(
        case=case,
        change=change,
        now=now,
        decider=decider,
        state=state,
        comment=row["comment"] or "" if kind == "proposal" else "",
        decided_by=decided_by,
        decided_at=row["decided_at"] if kind == "proposal" else None,
        correctable={name: specs[name] for name in asked if name in specs and _is_correctable(specs[name])},
        facts={name: shown(specs[name], value, close=close) for name, value in facts.items() if name in specs},
        asked=asked,
        names=names.load(connection, scope, records=records | more_records, users=users),
        close=close,
    )


def _is_correctable(spec: FieldSpec) -> bool:
    """Whether a person can enter the value: not lines, not an id that no one knows by heart."""
    is_entered = spec.kind is not Kind.LINES and spec.klass is not FieldClass.SYSTEM and spec.rule is not Rule.SUM
    return is_entered and (spec.kind is not Kind.REFERENCE or spec.target == "customer")


def _is_reviewed(connection: Connection, record_id: str) -> bool:
    review = typed_table("review")
    query = sa.select(review.c.id).where(review.c.of == record_id, review.c.removed.is_(False)).limit(1)
    return connection.scalar(query) is not None
