"""Today at a glance, and the last days and weeks, counted by a fixed number of queries; days are the company's."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import devices, names, registers
from server.storage.database import reading
from server.storage.scopes import within
from server.storage.tables import device
from server.storage.typed import typed_table

Span = tuple[int, int]  # from, until, in ms; until excluded


@dataclass(frozen=True, slots=True)
class Figures:
    """What the dashboard shows. `visits`: by day; `ordered_minor`: by week, in the order of the spans;
    `by_person`: who -> visits done in the last span of the days, the busiest first; `grades`: grade -> customers, "" for none."""

    today: Mapping[str, int]
    visits: list[int]
    ordered_minor: list[int]
    by_person: list[tuple[str, str, int]]
    grades: Mapping[str, int]
    customers: int


def load(
    scope: Collection[str], people: Collection[str] | None, days: Sequence[Span], weeks: Sequence[Span]
) -> Figures:
    """The figures of these books.

    Args: people: whose devices the reader sees, None: everybody's. days, weeks: the spans that charts show, oldest first; the last
        day is today.
    """
    with reading() as connection:
        visits = _by_span(connection, scope, "visit", "checked_in_at", days, typed_table("visit").c.state == "done")
        skipped = _by_span(
            connection, scope, "visit", "checked_in_at", days[-1:], typed_table("visit").c.state == "skipped"
        )
        order = typed_table("order")
        ordered = _by_span(connection, scope, "order", "ordered_at", weeks, value=order.c.total_minor)
        grades = _grades(connection, scope)
        return Figures(
            today=_today(connection, scope, people, days[-1], visits[-1], skipped[-1]),
            visits=visits,
            ordered_minor=ordered,
            by_person=_by_person(connection, scope, (days[-7][0] if len(days) >= 7 else days[0][0], days[-1][1])),
            grades=grades,
            customers=sum(grades.values()),
        )


def _by_span(
    connection: Connection,
    scope: Collection[str],
    type_name: str,
    moment: str,
    spans: Sequence[Span],
    *also: sa.ColumnElement[bool],
    value: sa.ColumnElement[Any] | None = None,
) -> list[int]:
    """How many records, or which sum, fall into each span."""
    table = typed_table(type_name)
    at = table.c[moment]
    counted: sa.ColumnElement[Any] = sa.literal(1) if value is None else sa.func.coalesce(value, 0)
    columns = [
        sa.func.coalesce(sa.func.sum(sa.case((sa.and_(at >= begins, at < ends), counted), else_=0)), 0)
        for begins, ends in spans
    ]
    query = sa.select(*columns).where(
        within(table.c.book_id, scope), at >= spans[0][0], at < spans[-1][1], table.c.removed.is_(False), *also
    )
    return [int(each) for each in connection.execute(query).one()]


def _today(
    connection: Connection,
    scope: Collection[str],
    people: Collection[str] | None,
    today: Span,
    visits: int,
    skipped: int,
) -> dict[str, int]:
    order, photo, contact = typed_table("order"), typed_table("photo"), typed_table("contact_record")
    proposal, complaint = typed_table("proposal"), typed_table("complaint")

    def of_today(table: sa.Table, moment: str) -> sa.Select[Any]:
        at = table.c[moment]
        return sa.select(sa.func.count()).where(
            within(table.c.book_id, scope), at >= today[0], at < today[1], table.c.removed.is_(False)
        )

    holds = devices.in_use_and_holding(people)
    queries = {
        "orders": of_today(order, "ordered_at"),
        "ordered_minor": of_today(order, "ordered_at").with_only_columns(
            sa.func.coalesce(sa.func.sum(order.c.total_minor), 0)
        ),
        "photos": of_today(photo, "taken_at"),
        "contacts": of_today(contact, "contacted_at"),
        "to_decide": sa.select(sa.func.count()).where(
            within(proposal.c.book_id, scope), proposal.c.state == "open", proposal.c.removed.is_(False)
        ),
        "complaints": sa.select(sa.func.count()).where(
            within(complaint.c.book_id, scope), complaint.c.removed.is_(False), registers.is_open()
        ),
        "devices_holding": sa.select(sa.func.count()).select_from(device).where(holds),
    }
    row = connection.execute(sa.select(*(query.scalar_subquery().label(name) for name, query in queries.items()))).one()
    found = {name: int(getattr(row, name)) for name in queries}
    return {"visits": visits, "skipped": skipped, **found}


def _by_person(connection: Connection, scope: Collection[str], span: Span) -> list[tuple[str, str, int]]:
    visit = typed_table("visit")
    query = (
        sa.select(visit.c.made_by, sa.func.count())
        .where(
            within(visit.c.book_id, scope),
            visit.c.checked_in_at >= span[0],
            visit.c.checked_in_at < span[1],
            visit.c.removed.is_(False),
            visit.c.state == "done",
        )
        .group_by(visit.c.made_by)
        .order_by(sa.func.count().desc(), visit.c.made_by)
        .limit(20)
    )
    rows = connection.execute(query).all()
    people = names.load(connection, scope, users={row.made_by for row in rows})
    return [(row.made_by, people[row.made_by].text if row.made_by in people else "–", int(row[1])) for row in rows]


def _grades(connection: Connection, scope: Collection[str]) -> dict[str, int]:
    customer = typed_table("customer")
    grade = sa.func.coalesce(customer.c.grade, "")
    query = (
        sa.select(grade, sa.func.count())
        .where(within(customer.c.book_id, scope), customer.c.removed.is_(False))
        .group_by(grade)
        .order_by(grade)
    )
    return {str(row[0]): int(row[1]) for row in connection.execute(query)}
