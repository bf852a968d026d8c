"""Carrying a decision out: each is a change set, judged like a device's (decision 3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from server.services import clock, push
from server.services.deciding.opened import TAKEN_BACK, Opened, can_be_taken_back, seat_of
from server.services.users import User
from server.storage.database import reading
from server.storage.tables import seat
from sync_protocol.fields import Rule, Seat
from sync_protocol.records import check_values, record_type

_CHANGE = ("op", "type", "record", "customer", "seat", "term", "set", "add", "put", "take")


@dataclass(slots=True)
class Outcome:
    """What became of a decision. `word`: applied, merged, kept-both, waiting, proposed, changed, or the code of a refusal.

    wrong: field -> codes; then nothing was decided.
    """

    word: str
    wrong: dict[str, list[str]] = field(default_factory=dict)


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
    return outcome_of(verdict)


def decline(reader: User, opened: Opened, comment: str) -> Outcome:
    """Return a proposal to who asked for it."""
    if stop := _stop(opened):
        return stop
    decision = _decision(opened, "decline") | {"set": {"comment": comment}}
    return outcome_of(push.office_push(reader.id, opened.case.book, "return", [decision]))


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


def take_back(reader: User, opened: Opened, values: Mapping[str, Any] | None = None) -> Outcome:
    """Let the value that lost count again, or a third one: an ordinary edit by whoever maintains the field.

    Args: values: field -> value instead of the one that lost; empty: that one.
    """
    case = opened.case
    if not can_be_taken_back(case) or opened.now is None or opened.now.removed:
        return Outcome("removed")
    if stop := _stop(opened):
        return stop
    name = case.lines[0].field
    value = values[name] if values and name in values else opened.asked[name]
    return set_field(reader, opened, name, value, TAKEN_BACK + case.id)


def keep(reader: User, opened: Opened) -> Outcome:
    """Whoever maintains the field lets the value stand that counts: he sets it once more, over both."""
    name = opened.case.lines[0].field
    now = opened.now.fields.get(name) if opened.now is not None else None
    return take_back(reader, opened, {name: now})


def set_field(reader: User, opened: Opened, name: str, value: Any, action: str) -> Outcome:
    """Set one field of the record of a case, on what stands there now."""
    assert opened.now is not None
    case = opened.case
    with reading() as connection:
        query = sa.select(seat.c.term).where(seat.c.book_id == case.book, seat.c.seat == seat_of(case))
        term = connection.scalar(query) or 0
    edit: dict[str, Any] = {"op": "edit", "type": case.of_type, "record": case.of, "customer": case.customer}
    edit |= {"base": opened.now.ver, "seat": seat_of(case), "term": term, "set": {name: value}}
    edit["was"] = {name: opened.now.fields[name]} if name in opened.now.fields else {}
    wrong = _wrong_values(edit)
    return Outcome("wrong", wrong) if wrong else outcome_of(push.office_push(reader.id, case.book, action, [edit]))


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
    return outcome_of(push.office_push(reader.id, book, outcome, [change]))


def outcome_of(verdict: Mapping[str, Any]) -> Outcome:
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
