"""The weekly sales statistics, drafted from orders and visits; a draft follows what still comes in until somebody has touched it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import clock, parts, push, users
from server.storage.database import reading
from server.storage.tables import book, record, seat
from server.storage.typed import line_table, typed_table
from sync_protocol.changes import CHANGES_LIMIT
from sync_protocol.identity import derived_id
from sync_protocol.merge import plain_decimal

WEEK = timedelta(days=7)
WEEKS_BACK = 2


@dataclass(slots=True)
class Sales:
    """One customer's week."""

    orders: int = 0
    quantity: Decimal = field(default_factory=Decimal)
    amount_minor: int = 0
    before_minor: int = 0
    visits: int = 0


def monday_of(day: date) -> date:
    """The first day of the week."""
    return day - timedelta(days=day.weekday())


def draft(today: date, books: Iterable[str] | None = None) -> int:
    """Draft the reports of the last two whole weeks, for each round that has a maintainer. Running it twice changes nothing.

    Returns: how many customers' weeks were written. One that its account manager has touched is left as it is.
    """
    with reading() as connection:
        holders = _holders(connection)
    written = 0
    for book_id in holders if books is None else [one for one in books if one in holders]:
        for back in range(WEEKS_BACK, 0, -1):
            week = monday_of(today) - WEEK * back
            with reading() as connection:
                sales = sales_of(connection, book_id, week)
                changes = _changes(connection, book_id, week, sales, holders[book_id])
            for start in range(0, len(changes), CHANGES_LIMIT):
                some = changes[start : start + CHANGES_LIMIT]
                push.office_push(users.SYSTEM, book_id, "draft report", some, system=True)
            written += len(changes)
    return written


def _holders(connection: Connection) -> dict[str, str]:
    query = (
        sa.select(seat.c.book_id, seat.c.user_id)
        .join(book, book.c.id == seat.c.book_id)
        .where(seat.c.seat == "maintainer", seat.c.user_id.is_not(None), book.c.kind == "round")
    )
    return {row.book_id: row.user_id for row in connection.execute(query)}


def sales_of(connection: Connection, book_id: str, week: date) -> dict[str, Sales]:
    """Customer -> his week: what was ordered, how often he was visited, what he had ordered the week before."""
    found: dict[str, Sales] = {}
    begin, end = _span(week)
    order, line = typed_table("order"), line_table("order", "lines")
    here = sa.and_(order.c.book_id == book_id, order.c.removed.is_(False), order.c.customer.is_not(None))
    joined = sa.select(order.c.id, order.c.customer, line.c.quantity, line.c.amount_minor).outerjoin(
        line, sa.and_(line.c.book_id == order.c.book_id, line.c.record == order.c.id)
    )
    seen: set[str] = set()
    for row in connection.execute(joined.where(here, order.c.ordered_at >= begin, order.c.ordered_at < end)):
        one = found.setdefault(row.customer, Sales())
        one.orders += row.id not in seen
        one.quantity += Decimal(row.quantity or "0")
        one.amount_minor += row.amount_minor or 0
        seen.add(row.id)
    before, _ = _span(week - WEEK)
    for row in connection.execute(joined.where(here, order.c.ordered_at >= before, order.c.ordered_at < begin)):
        found.setdefault(row.customer, Sales()).before_minor += row.amount_minor or 0
    visit = typed_table("visit")
    visits = sa.select(visit.c.customer, sa.func.count()).where(
        visit.c.book_id == book_id, visit.c.removed.is_(False), visit.c.customer.is_not(None), visit.c.state != "skipped",
        visit.c.checked_in_at >= begin, visit.c.checked_in_at < end,
    )  # fmt: skip
    for customer_id, number in connection.execute(visits.group_by(visit.c.customer)):
        found.setdefault(customer_id, Sales()).visits = number
    return found


def _span(week: date) -> tuple[int, int]:
    """First instant of a week and of the next, in ms, on the company's calendar."""
    zone = ZoneInfo(parts.config().time_zone)
    ends = [datetime.combine(day, time(), zone).astimezone(UTC) for day in (week, week + WEEK)]
    return int(ends[0].timestamp() * 1000), int(ends[1].timestamp() * 1000)


def _changes(
    connection: Connection, book_id: str, week: date, sales: Mapping[str, Sales], manager: str
) -> list[dict[str, Any]]:
    """What has to be written: new weeks of customers, and drafts that nobody has touched and that differ."""
    ids = {derived_id("weekly_report", book_id, week.isoformat(), customer): customer for customer in sales}
    query = sa.select(record.c.id, record.c.ver, record.c.author, record.c.fields).where(record.c.id.in_(list(ids)))
    stored = {row.id: row for row in connection.execute(query)}
    gone = _not_here(connection, book_id, sales)
    changes = []
    for record_id, customer in ids.items():
        values, known = _values(week, sales[customer], manager), stored.get(record_id)
        if customer in gone:
            continue
        if known is None:
            change = {"op": "create", "set": {**values, "drafted_at": clock.now_ms()}}
        else:
            fields = json.loads(known.fields)
            differing = {name: value for name, value in values.items() if fields.get(name) != value}
            if known.author != users.SYSTEM or not differing:
                continue
            change = {"op": "edit", "base": known.ver, "set": differing}
        same = {"type": "weekly_report", "record": record_id, "customer": customer, "seat": "maintainer", "term": 0}
        changes.append({**change, **same})
    return changes


def _not_here(connection: Connection, book_id: str, customers: Iterable[str]) -> set[str]:
    """Those who have left the book, or whose file was removed."""
    customer = typed_table("customer")
    query = sa.select(customer.c.id).where(customer.c.book_id == book_id, customer.c.removed.is_(False))
    return set(customers) - set(connection.scalars(query))


def _values(week: date, one: Sales, manager: str) -> dict[str, Any]:
    return {
        "week_on": week.isoformat(),
        "manager": manager,
        "orders": one.orders,
        "quantity": plain_decimal(one.quantity),
        "amount_minor": one.amount_minor,
        "before_minor": one.before_minor,
        "visits": one.visits,
    }
