"""Who decides a proposal or a conflict, and carrying the decision out: each is a change set, judged like a device's (decision 3)."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import clock, names, push
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
from server.storage.tables import change_set, log, seat
from server.storage.typed import typed_table
from sync_protocol.acts import may
from sync_protocol.fields import FieldClass, FieldSpec, Kind, Rule, Seat
from sync_protocol.records import check_values, knows, record_type

KINDS = ("proposal", "conflict")
TAKEN_BACK = "take back "
_CHANGE = ("op", "type", "record", "customer", "seat", "term", "set", "add", "put", "take")


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


@dataclass(slots=True)
class Outcome:
    """What became of a decision. `word`: applied, merged, kept-both, waiting, proposed, changed, or the code of a refusal.

    wrong: field -> codes; then nothing was decided.
    """

    word: str
    wrong: dict[str, list[str]] = field(default_factory=dict)


def deciders(connection: Connection, cases: Iterable[Case], reader: User) -> dict[str, Decider]:
    """Case -> who decides it: the holder of its seat; while that is vacant the supervisor; then an administrator."""
    cases = list(cases)
    query = sa.select(seat.c.book_id, seat.c.seat, holder(clock.now_ms()).label("user_id")).where(
        seat.c.book_id.in_({case.book for case in cases})
    )
    held = {(row.book_id, row.seat): row.user_id for row in connection.execute(query)}
    return {case.id: _decider(case, held, reader) for case in cases}


def _decider(case: Case, held: Mapping[tuple[str, str], str | None], reader: User) -> Decider:
    for wanted_seat in (case.decider or _seat_of(case), Seat.SUPERVISOR.value):
        user = held.get((case.book, wanted_seat))
        if user is not None:
            return Decider(wanted_seat, user, user == reader.id)
    return Decider("", None, may(reader.roles, "administer"))


def _seat_of(case: Case) -> str:
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
                table.c.id == case_id, table.c.book_id.in_(scope), table.c.removed.is_(False)
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


def accept(reader: User, opened: Opened, base: str, corrected: Mapping[str, Any]) -> Outcome:
    """Accept a proposal. Args: base: the version of the record that he saw. corrected: field -> value instead of the one asked for."""
    if stop := _stop(opened):
        return stop
    change = _carried_out(opened, base, corrected)
    wrong = _wrong_values(change)
    if wrong:
        return Outcome("wrong", wrong)
    if change["op"] == "remove" and opened.now is not None and base != opened.now.ver:
        return Outcome("changed")
    verdict = push.office_push(reader.id, opened.case.book, "accept", [_decision(opened, "accept"), change])
    return _outcome(verdict)


def decline(reader: User, opened: Opened, comment: str) -> Outcome:
    """Return a proposal to who asked for it."""
    if stop := _stop(opened):
        return stop
    decision = _decision(opened, "decline") | {"set": {"comment": comment}}
    return _outcome(push.office_push(reader.id, opened.case.book, "return", [decision]))


def _stop(opened: Opened) -> Outcome | None:
    """Why the reader cannot decide it; the server looks again when it judges the set."""
    if opened.state != "open":
        return Outcome("decided")
    return None if opened.decider.mine else Outcome("not-holder")


def _decision(opened: Opened, op: str) -> dict[str, Any]:
    case = opened.case
    change: dict[str, Any] = {"op": op, "type": "proposal", "record": case.id, "customer": case.customer}
    return change | {"seat": case.decider or Seat.SUPERVISOR.value, "term": 0}


def _carried_out(opened: Opened, base: str, corrected: Mapping[str, Any]) -> dict[str, Any]:
    """The ordinary change that an acceptance stands before: what was asked for, with the decider's values and base."""
    change = {name: opened.change[name] for name in _CHANGE if name in opened.change}
    now = opened.now
    specs = opened.correctable
    for name, value in corrected.items():
        if name not in specs or value == opened.asked.get(name):
            continue
        if specs[name].rule is Rule.ELEMENTS and change["op"] != "create":
            before = (now.fields.get(name) if now else None) or []
            change["put"] = {**change.get("put", {}), name: [each for each in value or [] if each not in before]}
            change["take"] = {**change.get("take", {}), name: [each for each in before if each not in (value or [])]}
        else:
            change["set"] = {**change.get("set", {}), name: value}
    if now is not None:
        change["base"] = base
        if base == now.ver and change["op"] != "remove":
            change["was"] = {name: now.fields[name] for name in change.get("set", {}) if name in now.fields}
        if change["op"] == "edit" and now.removed:
            change["op"] = "restore"
    return change


def _wrong_values(change: Mapping[str, Any]) -> dict[str, list[str]]:
    values = change.get("set", {})
    plain = {name: value for name, value in values.items() if value is not None}
    wrong = check_values(change["type"], plain, creating=change["op"] == "create")
    declared = record_type(change["type"]).declared()
    empty = [name for name, value in values.items() if value is None and name in declared and declared[name].required]
    return wrong | dict.fromkeys(empty, ["required"])


def take_back(reader: User, opened: Opened) -> Outcome:
    """Let the value that lost count again: an ordinary edit by whoever maintains the field."""
    case = opened.case
    if not can_be_taken_back(case) or opened.now is None or opened.now.removed:
        return Outcome("removed")
    if stop := _stop(opened):
        return stop
    with reading() as connection:
        conflict = typed_table("conflict")
        lost = json.loads(str(connection.scalar(sa.select(conflict.c.lost).where(conflict.c.id == case.id))))
        query = sa.select(seat.c.term).where(seat.c.book_id == case.book, seat.c.seat == _seat_of(case))
        term = connection.scalar(query) or 0
    name = case.lines[0].field
    edit: dict[str, Any] = {"op": "edit", "type": case.of_type, "record": case.of, "customer": case.customer}
    edit |= {"base": opened.now.ver, "seat": _seat_of(case), "term": term, "set": {name: lost}}
    edit["was"] = {name: opened.now.fields[name]} if name in opened.now.fields else {}
    return _outcome(push.office_push(reader.id, case.book, TAKEN_BACK + case.id, [edit]))


def review(reader: User, book: str, of: str, customer: str | None, outcome: str, comment: str = "") -> Outcome:
    """Note that somebody looked at a record: accepted, or returned with a comment. Who may is decided by role."""
    values = {"of": of, "outcome": outcome, "reviewed_at": clock.now_ms(), "by": reader.id}
    values |= {"comment": comment} if comment else {}
    change: dict[str, Any] = {
        "op": "create",
        "type": "review",
        "record": clock.new_id(),
        "customer": customer,
        "set": values,
    }
    change |= {"seat": Seat.SUPERVISOR.value, "term": 0}
    return _outcome(push.office_push(reader.id, book, outcome, [change]))


def _outcome(verdict: Mapping[str, Any]) -> Outcome:
    """A verdict in one word."""
    told = verdict["changes"]
    if verdict["state"] == "refused":
        wrong: dict[str, list[str]] = {}
        for reason in (reason for each in told for reason in each.get("why", [])):
            wrong.setdefault(reason["field"], []).append(reason["code"])
        codes = [code for each in wrong.values() for code in each]
        decided = next((code for code in codes if code in ("decided", "not-holder", "removed")), "")
        return Outcome(decided) if decided else Outcome("wrong", wrong)
    if verdict["state"] == "merged" and any(each.get("conflict") for each in told):
        return Outcome("kept-both")
    return Outcome(str(verdict["state"]))
