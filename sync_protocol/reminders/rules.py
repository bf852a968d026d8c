"""A rule of reminding as data, and the reminder that comes of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

from sync_protocol.fields import Labels

SOLAR, LUNAR, TERM = "solar", "lunar", "term"
MAINTAINER, SUPERVISOR, LICENSING = "maintainer", "supervisor", "licensing"


@dataclass(frozen=True)
class Rule:
    """One rule. Which of its members count depends on `kind`; docs/reminders.md has the table.

    Args: key: its name for ever; a record with the key of a default changes that default. states: deal states it is for, none
        for all. only_when: conditions on the customer's file, `field` (is yes) or `field=value`; one of them is enough, none
        is no condition. every_days: a period. lead_days: how long before the day it begins to show. after_days: how long
        after it still does (-1: until it is done); for an escalation, how late a contact may be. field: the day's field
        in the customer's file. yearly: whether that day comes back every year. calendar, month, day: a holiday's day;
        `term` takes the month and day from the solar term in `field`.
    """

    key: str
    kind: str
    title: Labels
    active: bool = True
    states: tuple[str, ...] = ()
    only_when: tuple[str, ...] = ()
    every_days: int = 0
    lead_days: int = 0
    after_days: int = -1
    field: str = ""
    yearly: bool = False
    calendar: str = SOLAR
    month: int = 0
    day: int = 0
    audience: str = MAINTAINER

    def is_for(self, state: str, fields: Mapping[str, Any]) -> bool:
        """Whether the rule is about a customer in this deal state, with this file."""
        return (not self.states or state in self.states) and (
            not self.only_when or any(holds(condition, fields) for condition in self.only_when)
        )


def holds(condition: str, fields: Mapping[str, Any]) -> bool:
    """Whether `field=value` or `field` (yes) is true of a file."""
    name, compares, wanted = condition.partition("=")
    value = fields.get(name)
    if not compares:
        return value is True
    return value is not None and str(value) == wanted


@dataclass(frozen=True)
class Reminder:
    """Something due. Args: rule: key of the rule. customer: "" for what is about none. days: until it is due; below 0, overdue.

    why: a code, with `values` the numbers and texts of its sentence (`reason_text`). audience: the seat that it is for.
    record: the record that asked for it (a callback's contact record, a material), else "".
    """

    kind: str
    rule: str
    customer: str
    due_on: date
    days: int
    why: str
    values: tuple[tuple[str, str | int], ...] = ()
    audience: str = MAINTAINER
    important: bool = False
    record: str = ""
    title: Labels | None = None

    @cached_property
    def state(self) -> str:
        """overdue, today, tomorrow or soon."""
        if self.days < 0:
            return "overdue"
        return {0: "today", 1: "tomorrow"}.get(self.days, "soon")

    @property
    def key(self) -> str:
        """The same for the same reminder on every day and every device, so that it is raised once."""
        return f"{self.rule}:{self.customer}:{self.record}:{self.due_on.isoformat()}"


_PLAIN = (
    "kind",
    "active",
    "every_days",
    "lead_days",
    "after_days",
    "field",
    "yearly",
    "calendar",
    "month",
    "day",
    "audience",
)
_SETS = ("states", "only_when")


def rules_from(records: Iterable[Mapping[str, Any]]) -> tuple[Rule, ...]:
    """The rules that hold: the defaults, changed and added to by the fields of `reminder_rule` records.

    What a record leaves open stays as the default has it. A record without key or kind is passed over: it says nothing. Of two
    records with one key the last counts; order of defaults, then of first appearance.
    """
    from sync_protocol.reminders.defaults import DEFAULT_RULES

    found = {rule.key: rule for rule in DEFAULT_RULES}
    for record in records:
        key = str(record.get("rule_key") or "")
        begun = found.get(key)
        if not key or (begun is None and not record.get("kind")):
            continue
        if begun is None:
            begun = Rule(key, str(record["kind"]), Labels(key, key, key))
        found[key] = _changed(begun, record)
    return tuple(rule for rule in found.values() if rule.active)


def _changed(rule: Rule, record: Mapping[str, Any]) -> Rule:
    given: dict[str, Any] = {name: record[name] for name in _PLAIN if record.get(name) is not None}
    given.update({name: tuple(record[name]) for name in _SETS if record.get(name) is not None})
    if record.get("title_text"):
        given["title"] = Labels(*(str(record["title_text"]),) * 3)
    return replace(rule, **given)
