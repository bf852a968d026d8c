"""Visits as they were planned against visits as they were done, by week and by who maintains the book.

A customer with a visit cycle is due that many days after the last visit done; one who was not visited for a long time is due now.
Of those due by the end of a week: done in it, late if after the day they were due, missed if the week went by.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import book_readers, clock, names
from server.services.listing import Row, row_of
from server.storage.database import reading
from server.storage.scopes import within
from server.storage.tables import book, seat
from server.storage.typed import typed_table
from sync_protocol.fields import Seat

DAY_MS = 86_400_000
BACK_DAYS = 120  # who was not visited for longer is due, whatever his cycle
ROWS_MOST = 200
WHICH = ("planned", "done", "late", "missed")


@dataclass(frozen=True, slots=True)
class Line:
    """One book in one week. `missed`: of a week that is over; of a running one, what is still to do."""

    book: str
    name: str
    person: str
    planned: int
    done: int
    late: int
    missed: int
    unplanned: int


def week(scope: Collection[str], begins: int, ends: int) -> list[Line]:
    """The week of each of these books that has anything planned or done, by name. Args: begins, ends: ms, ends excluded."""
    found = _customers(scope, begins, ends)
    columns = {name: sa.func.sum(sa.case((found.c[name], 1), else_=0)) for name in (*WHICH, "unplanned")}
    query = (
        sa.select(found.c.book_id, book.c.name, *(column.label(name) for name, column in columns.items()))
        .join(book, book.c.id == found.c.book_id)
        .group_by(found.c.book_id, book.c.name)
        .order_by(book.c.name)
    )
    with reading() as connection:
        rows = connection.execute(query).all()
        people = _maintainers(connection, scope)
    return [
        Line(
            row.book_id,
            row.name,
            people.get(row.book_id, ""),
            int(row.planned),
            int(row.done),
            int(row.late),
            int(row.missed),
            int(row.unplanned),
        )
        for row in rows
        if row.planned or row.unplanned
    ]


def customers(scope: Collection[str], book_id: str, which: str, begins: int, ends: int) -> list[Row]:
    """The customers of one book behind one figure, by name, at most ROWS_MOST. Raises: KeyError for an unknown figure."""
    if book_id not in scope:
        return []
    table, found = typed_table("customer"), _customers([book_id], begins, ends)
    query = (
        sa.select(table)
        .join(found, found.c.id == table.c.id)
        .where(table.c.book_id == book_id, found.c[which])
        .order_by(sa.func.lower(table.c.store_name), table.c.id)
        .limit(ROWS_MOST)
    )
    with reading() as connection:
        return [row_of("customer", row) for row in connection.execute(query).mappings()]


def _customers(scope: Collection[str], begins: int, ends: int) -> sa.Subquery:
    """Each customer with a cycle or a visit: whether planned, done, late, missed, unplanned."""
    customer, visit = typed_table("customer"), typed_table("visit")
    at = visit.c.checked_in_at
    seen = (
        sa.select(
            visit.c.customer,
            sa.func.max(sa.case((at < begins, at))).label("before"),
            sa.func.min(sa.case((at >= begins, at))).label("within"),
        )
        .where(
            within(visit.c.book_id, scope),
            at >= begins - BACK_DAYS * DAY_MS,
            at < ends,
            visit.c.state == "done",
            visit.c.removed.is_(False),
        )
        .group_by(visit.c.customer)
        .subquery()
    )
    due: sa.ColumnElement[Any] = seen.c.before + customer.c.visit_cycle_days * DAY_MS
    planned = sa.and_(customer.c.visit_cycle_days.is_not(None), sa.or_(seen.c.before.is_(None), due < ends))
    done = sa.and_(planned, seen.c.within.is_not(None))
    return (
        sa.select(
            customer.c.book_id,
            customer.c.id,
            planned.label("planned"),
            done.label("done"),
            sa.and_(done, seen.c.before.is_not(None), seen.c.within >= due + DAY_MS).label("late"),
            sa.and_(planned, seen.c.within.is_(None)).label("missed"),
            sa.and_(sa.not_(planned), seen.c.within.is_not(None)).label("unplanned"),
        )
        .outerjoin(seen, seen.c.customer == customer.c.id)
        .where(
            within(customer.c.book_id, scope),
            customer.c.removed.is_(False),
            sa.or_(customer.c.visit_cycle_days.is_not(None), seen.c.within.is_not(None)),
        )
        .subquery()
    )


def _maintainers(connection: Connection, scope: Collection[str]) -> dict[str, str]:
    held = book_readers.holder(clock.now_ms()).label("user_id")
    query = sa.select(seat.c.book_id, held).where(seat.c.seat == Seat.MAINTAINER.value, within(seat.c.book_id, scope))
    holders = {row.book_id: row.user_id for row in connection.execute(query) if row.user_id}
    people = names.load(connection, scope, users=set(holders.values()))
    return {book_id: people[user].text for book_id, user in holders.items() if user in people}
