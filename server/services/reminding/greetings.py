"""Greetings by rule: lists of those who have a birthday or an anniversary, and of everybody before a holiday.

A list is drawn up some days ahead, once for its day, and goes out on that day after somebody has approved it.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from server.services import books, parts, users
from server.services.messaging import lists, outbox
from server.services.messaging.lists import ListError, Wish
from server.services.messaging.templates import Template, all_templates
from server.services.reminding import due, facts
from server.storage.database import reading
from sync_protocol.reminders import Reminder, holiday_reminders, reminders_for

SEND_AT = time(9, 0)
LEAD_DAYS = 3


def draw_up(day: date) -> int:
    """Draw up the lists of the days up to three ahead. Running it twice changes nothing. Returns how many were made."""
    with reading() as connection:
        templates = {one.purpose: one for one in all_templates(connection, active=True)}
        rounds = [book.id for book in books.books()]
    return _personal(rounds, templates, day) + _holidays(rounds, templates, day)


def _personal(rounds: list[str], templates: dict[str, Template], day: date) -> int:
    """Birthdays, solar and lunar, and anniversaries of signing."""
    by_day: dict[tuple[str, date], set[str]] = defaultdict(set)
    for book in rounds:
        with reading() as connection:
            in_force = facts.rules(connection)
            files, histories = facts.customers(connection, book), facts.histories(connection, book)
        for customer, fields in files.items():
            for reminder in reminders_for(customer, fields, histories.get(customer), in_force, day):
                purpose = _purpose(reminder)
                if purpose in templates and 0 <= reminder.days <= LEAD_DAYS:
                    by_day[purpose, reminder.due_on].add(customer)
    return sum(
        _make(templates[purpose], rounds, on, f"{purpose}/{on}", customers=people)
        for (purpose, on), people in sorted(by_day.items())
    )


def _purpose(reminder: Reminder) -> str:
    if reminder.kind == "birthday":
        return "birthday"
    return "signing" if reminder.rule == "signing-anniversary" else ""


def _holidays(rounds: list[str], templates: dict[str, Template], day: date) -> int:
    if "holiday" not in templates:
        return 0
    with reading() as connection:
        found = holiday_reminders(facts.rules(connection), day)
    template, made = templates["holiday"], 0
    for one in found:
        if one.title is not None and 0 <= one.days <= LEAD_DAYS:
            name = one.title[template.language or "en"]
            made += _make(template, rounds, one.due_on, f"{one.rule}/{one.due_on}", holiday=name)
    return made


def _make(
    template: Template,
    rounds: list[str],
    on: date,
    unique: str,
    *,
    holiday: str = "",
    customers: set[str] | None = None,
) -> int:
    """Draw up one list. Returns: 1; 0 if it is there already, or nobody of them can be reached."""
    zone = ZoneInfo(parts.config().time_zone)
    send_at = int(datetime.combine(on, SEND_AT, zone).astimezone(UTC).timestamp() * 1000)
    wish = Wish(
        author=users.SYSTEM,
        name=f"{holiday or template.name} {on.isoformat()}",
        text=template.content,
        kind=outbox.GREETING,
        customers=customers,
        template=template.id,
        send_at=send_at,
        holiday=holiday,
        unique=unique,
    )
    try:
        return int(lists.draw_up(wish, rounds) is not None)
    except ListError:
        return 0


def draw_up_today() -> int:
    """The same for the company's day."""
    return draw_up(due.today())
