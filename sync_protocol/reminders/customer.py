"""What is due at one customer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from sync_protocol.reminders.calendar import in_year, next_birthday
from sync_protocol.reminders.history import NO_HISTORY, History, as_day
from sync_protocol.reminders.rules import Reminder, Rule

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Fields = Mapping[str, Any]
Values = tuple[tuple[str, str | int], ...]
Found = Iterator[tuple[date, str, Values, str]]


def deal_state(fields: Fields, history: History) -> str:
    """new, not_completed or completed; where the file leaves it open, who has ordered is completed, and nobody else is."""
    given = fields.get("customer_state")
    return str(given) if given else ("completed" if history.last_order_on else "new")


def is_important(fields: Fields, rules: Iterable[Rule]) -> bool:
    """Whether a rule of escalation names this customer."""
    return any(
        rule.kind == "escalation" and rule.only_when and rule.is_for("", _as_any(rule, fields)) for rule in rules
    )


def _as_any(rule: Rule, fields: Fields) -> Fields:
    return {} if rule.states else fields


def reminders_for(
    customer: str, fields: Fields, history: History | None, rules: Iterable[Rule], today: date
) -> list[Reminder]:
    """What is due at a customer on a day, overdue ones first.

    Args: fields: his file, in wire form. history: None if nothing ever happened. today: on the company's calendar.
    A customer who has left, or whose business is closed, is left in peace.
    """
    if fields.get("customer_status") == "left" or fields.get("business_status") == "closed":
        return []
    happened = history or NO_HISTORY
    rules = tuple(rules)
    state, important = deal_state(fields, happened), is_important(fields, rules)
    best: dict[tuple[str, str, date], Reminder] = {}
    for rule in rules:
        finder = _FINDERS.get(rule.kind)
        if finder is None or not rule.is_for(state, fields):
            continue
        for due_on, why, values, record in finder(rule, fields, happened, today, rules, state):
            reminder = Reminder(
                rule.kind, rule.key, customer, due_on, (due_on - today).days, why, values, rule.audience, important, record,
                rule.title,
            )  # fmt: skip
            if shows(rule, reminder.days):
                best.setdefault((rule.kind, record or rule.field, due_on), reminder)
    return sorted(best.values(), key=lambda reminder: (reminder.due_on, reminder.rule, reminder.record))


def shows(rule: Rule, days: int) -> bool:
    """Whether a rule speaks up so many days before (below 0: after) the day."""
    if rule.kind == "escalation":
        return True
    return days <= rule.lead_days and (rule.after_days < 0 or days >= -rule.after_days)


def _contact(rule: Rule, fields: Fields, history: History, today: date, rules: tuple[Rule, ...], state: str) -> Found:
    due, why, values = contact_due(rule, fields, history, today)
    if due is not None:
        yield due, why, values, ""


def contact_due(rule: Rule, fields: Fields, history: History, today: date) -> tuple[date | None, str, Values]:
    """When a rule of contact wants the next one, and why."""
    if rule.every_days <= 0:
        return None, "", ()
    last = history.last_contact_on
    if last is not None:
        days = (today - last).days
        return last + timedelta(days=rule.every_days), "contact.since", (("every", rule.every_days), ("days", days))
    opened = as_day(fields.get("file_opened_on"))
    due = opened + timedelta(days=rule.every_days) if opened and opened <= today else today
    return due, "contact.never", (("every", rule.every_days),)


def _visit(rule: Rule, fields: Fields, history: History, today: date, rules: tuple[Rule, ...], state: str) -> Found:
    given = fields.get("visit_cycle_days")
    cycle = given if isinstance(given, int) and given > 0 else rule.every_days
    batch = str(fields.get("visit_batch") or "")
    last = history.last_visit_on
    if batch in WEEKDAYS:
        if last is None:
            yield _weekday_from(today, batch), "visit.batch", (("weekday", batch),), ""
            return
        period = cycle or 7
        earliest = last + timedelta(days=max(1, period - min(3, period // 2)))
        values: Values = (("weekday", batch), ("every", period), ("days", (today - last).days))
        yield _weekday_from(earliest, batch), "visit.batch", values, ""
    elif cycle:
        if last is None:
            yield today, "visit.never", (("every", cycle),), ""
        else:
            values = (("every", cycle), ("days", (today - last).days))
            yield last + timedelta(days=cycle), "visit.cycle", values, ""


def _weekday_from(day: date, weekday: str) -> date:
    return day + timedelta(days=(WEEKDAYS.index(weekday) - day.weekday()) % 7)


def _order_day(rule: Rule, fields: Fields, history: History, today: date, rules: tuple[Rule, ...], state: str) -> Found:
    cycle, batch = fields.get("order_cycle_days"), fields.get("order_batch")
    if history.last_order_on == today:
        return
    if isinstance(cycle, int) and cycle > 0 and history.last_order_on is not None:
        days = (today - history.last_order_on).days
        yield history.last_order_on + timedelta(days=cycle), "order.cycle", (("every", cycle), ("days", days)), ""
    elif batch in WEEKDAYS:
        yield _weekday_from(today, str(batch)), "order.batch", (("weekday", str(batch)),), ""


def _dormant(rule: Rule, fields: Fields, history: History, today: date, rules: tuple[Rule, ...], state: str) -> Found:
    last = history.last_order_on
    if last is not None and rule.every_days > 0:
        days = (today - last).days
        yield last + timedelta(days=rule.every_days), "dormant", (("days", days), ("every", rule.every_days)), ""


def _birthday(rule: Rule, fields: Fields, history: History, today: date, rules: tuple[Rule, ...], state: str) -> Found:
    born = as_day(fields.get("birthday"))
    calendar = str(fields.get("birthday_calendar") or "solar")
    due = next_birthday(born, calendar, today) if born and born <= today else None
    if due is not None:
        person = str(fields.get("contact_person") or "")
        yield due, f"birthday.{'lunar' if calendar == 'lunar' else 'solar'}", (("person", person),), ""


def _callback(rule: Rule, fields: Fields, history: History, today: date, rules: tuple[Rule, ...], state: str) -> Found:
    for callback in history.callbacks:
        yield callback.on, "callback", (("content", callback.content),), callback.record


def _materials(rule: Rule, fields: Fields, history: History, today: date, rules: tuple[Rule, ...], state: str) -> Found:
    for material in history.materials:
        yield material.on, "materials", (("item", material.item),), material.record


def _day(rule: Rule, fields: Fields, history: History, today: date, rules: tuple[Rule, ...], state: str) -> Found:
    given = as_day(fields.get(rule.field))
    if given is None:
        return
    due = given
    if rule.yearly:
        earliest = today - timedelta(days=max(0, rule.after_days))
        years = range(earliest.year, earliest.year + 2)
        due = next(day for year in years if (day := in_year(year, given.month, given.day)) >= earliest)
        if due < given or (rule.key == "signing-anniversary" and due == given):
            due = given if rule.key != "signing-anniversary" else in_year(given.year + 1, given.month, given.day)
    yield due, "day", (("field", rule.field), ("on", due.isoformat())), ""


def _escalation(
    rule: Rule, fields: Fields, history: History, today: date, rules: tuple[Rule, ...], state: str
) -> Found:
    for contact in rules:
        if contact.kind != "contact" or not contact.is_for(state, fields):
            continue
        due, _, values = contact_due(contact, fields, history, today)
        if due is not None and (today - due).days > max(0, rule.after_days):
            days = (today - due).days
            yield due, "escalation", (("days", days), ("last", dict(values).get("days", -1))), ""


_FINDERS: dict[str, Callable[[Rule, Fields, History, date, tuple[Rule, ...], str], Found]] = {
    "contact": _contact,
    "visit": _visit,
    "order_day": _order_day,
    "dormant": _dormant,
    "birthday": _birthday,
    "callback": _callback,
    "materials": _materials,
    "day": _day,
    "escalation": _escalation,
}
