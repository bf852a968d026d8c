"""What is due in a book on a day, with the reason: what the reminders page shows and the workers act on."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import clock, parts
from server.services.reminding import facts
from server.storage.console_tables import register_check
from server.storage.database import reading
from server.storage.tables import seat
from server.storage.typed import typed_table
from sync_protocol.reminders import BookFacts, Reminder, book_reminders, holiday_reminders, reminders_for
from sync_protocol.reminders.history import as_day

OVERDUE, TODAY, TOMORROW, SOON = "overdue", "today", "tomorrow", "soon"


@dataclass(frozen=True, slots=True)
class Due:
    """One reminder with the name of its customer; "" for what is about none."""

    reminder: Reminder
    name: str


def today() -> date:
    """The company's day."""
    return datetime.fromtimestamp(clock.now_ms() / 1000, ZoneInfo(parts.config().time_zone)).date()


def of_book(connection: Connection, book: str, day: date) -> list[Due]:
    """Everything that is due at the customers of a book and for the book itself, overdue first."""
    in_force = facts.rules(connection)
    files, histories = facts.customers(connection, book), facts.histories(connection, book)
    found = [
        Due(reminder, str(fields.get("store_name") or ""))
        for customer, fields in files.items()
        for reminder in reminders_for(customer, fields, histories.get(customer), in_force, day)
    ]
    found += [Due(one, "") for one in book_reminders(book, _book_facts(connection, book), in_force, day)]
    return sorted(found, key=lambda one: (one.reminder.due_on, not one.reminder.important, one.name, one.reminder.rule))


def page(book: str, seats: Collection[str], day: date, *, only: str = "") -> list[Due]:
    """What is due in a book for who holds these seats. Args: only: one state, or "escalation"."""
    with reading() as connection:
        found = of_book(connection, book, day)
    return [one for one in found if one.reminder.audience in seats and _is(one.reminder, only)]


def holidays(day: date) -> list[Reminder]:
    """The holidays that come up."""
    with reading() as connection:
        return holiday_reminders(facts.rules(connection), day)


def escalations(books: Iterable[str], day: date) -> list[tuple[str, Due]]:
    """The important customers who wait too long, with their books."""
    found = []
    for book in books:
        with reading() as connection:
            found += [(book, one) for one in of_book(connection, book, day) if one.reminder.kind == "escalation"]
    return found


def seats_of(user: str, book: str) -> frozenset[str]:
    """The seats that somebody holds on a book."""
    query = sa.select(seat.c.seat).where(seat.c.book_id == book, seat.c.user_id == user)
    with reading() as connection:
        return frozenset(connection.scalars(query))


def _is(reminder: Reminder, only: str) -> bool:
    return not only or only in (reminder.state, reminder.kind)


def _book_facts(connection: Connection, book: str) -> BookFacts:
    report = typed_table("weekly_report")
    query = sa.select(sa.func.max(report.c.week_on)).where(
        report.c.book_id == book, report.c.removed.is_(False), report.c.submitted_at.is_not(None)
    )
    zone = ZoneInfo(parts.config().time_zone)
    last_check = connection.scalar(
        sa.select(sa.func.max(register_check.c.signed_at)).where(register_check.c.book_id == book)
    )
    check_on = datetime.fromtimestamp(last_check / 1000, zone).date() if last_check else None
    return BookFacts(check_on, as_day(connection.scalar(query)))
