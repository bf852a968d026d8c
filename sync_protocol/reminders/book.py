"""What is due and about no single customer: the holidays of the year, the check of the register, the weekly report."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sync_protocol.reminders.calendar import next_yearly
from sync_protocol.reminders.customer import shows
from sync_protocol.reminders.rules import Reminder, Rule


@dataclass(frozen=True, slots=True)
class BookFacts:
    """What was last done for a whole book. None: never."""

    last_register_check_on: date | None = None
    last_report_on: date | None = None


def holiday_reminders(rules: Iterable[Rule], today: date) -> list[Reminder]:
    """The holidays that come up, nearest first."""
    found = []
    for rule in rules:
        if rule.kind != "holiday":
            continue
        due = next_yearly(
            rule.calendar, rule.month, rule.day, today, term=rule.field, after_days=max(0, rule.after_days)
        )
        if due is not None and shows(rule, (due - today).days):
            found.append(_reminder(rule, due, today, "holiday"))
    return sorted(found, key=lambda reminder: (reminder.due_on, reminder.rule))


def book_reminders(book: str, facts: BookFacts, rules: Iterable[Rule], today: date) -> list[Reminder]:
    """What the supervisor and the maintainer of a book owe it. The first time it is due at once. `record` is the book."""
    last_on = {"register_check": facts.last_register_check_on, "report": facts.last_report_on}
    found = []
    for rule in rules:
        if rule.kind not in last_on or rule.every_days <= 0:
            continue
        last = last_on[rule.kind]
        due = today if last is None else last + timedelta(days=rule.every_days)
        why = f"{rule.kind}.never" if last is None else f"{rule.kind}.since"
        if shows(rule, (due - today).days):
            values = (
                (("every", rule.every_days),)
                if last is None
                else (("every", rule.every_days), ("days", (today - last).days))
            )
            found.append(_reminder(rule, due, today, why, values, book))
    return sorted(found, key=lambda reminder: (reminder.due_on, reminder.rule))


def _reminder(
    rule: Rule, due: date, today: date, why: str, values: tuple[tuple[str, str | int], ...] = (), book: str = ""
) -> Reminder:
    return Reminder(
        rule.kind, rule.key, "", due, (due - today).days, why, values, rule.audience, False, book, rule.title
    )
