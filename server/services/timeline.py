"""Everything that happened at a customer, newest first, whatever the record type: a fixed number of queries a page."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import pictures
from server.services.listing import Row, moment_column, row_of
from server.services.pictures import Picture
from server.services.reviews import Review, last_reviews
from server.storage.scopes import within
from server.storage.typed import line_table, typed_table
from sync_protocol.records import Nature, record_types

PAGE = 40
SHOWN_WITH_THE_VISIT = ("photo", "stock_count")


@dataclass(frozen=True, slots=True)
class Event:
    """One record on the timeline. `lines`: of an order; pictures, counted: what belongs to a visit."""

    type: str
    row: Row
    at: int
    review: Review | None = None
    lines: int = 0
    pictures: list[Picture] = field(default_factory=list)
    counted: int = 0


@dataclass(frozen=True, slots=True)
class Timeline:
    """A page of events. `before`: ask again with this instant for what is older; None: there is no more."""

    events: list[Event]
    before: int | None


def types() -> list[str]:
    """The record types that a timeline shows: what happened, and what binds the company."""
    return [name for name, declared in record_types().items() if declared.nature in (Nature.FACT, Nature.COMMITMENT)]


def of_customer(
    connection: Connection, scope: Collection[str], customer: str, *, before: int | None = None, only: str = ""
) -> Timeline:
    """A page of what happened at a customer. Args: before: only older than this. only: one record type."""
    found: list[tuple[int, str, Row]] = []
    for name in types():
        if not only or only == name:
            found += _events(connection, scope, name, customer, before, apart=not only)
    found.sort(key=lambda item: (item[0], item[2].id), reverse=True)
    page, more = found[:PAGE], len(found) > PAGE
    return Timeline(_complete(connection, page), page[-1][0] if more else None)


def below_visit(connection: Connection, scope: Collection[str], visit: str) -> list[Event]:
    """What was made at a visit, oldest first, photos and stock counts left out."""
    found: list[tuple[int, str, Row]] = []
    for name in types():
        table = typed_table(name)
        if name not in SHOWN_WITH_THE_VISIT and "visit" in table.c:
            moment = moment_column(name).label("moment")
            query = sa.select(table, moment).where(
                table.c.visit == visit, within(table.c.book_id, scope), table.c.removed.is_(False)
            )
            found += [(row["moment"], name, row_of(name, row)) for row in connection.execute(query).mappings()]
    found.sort(key=lambda item: (item[0], item[2].id))
    return _complete(connection, found)


def _events(
    connection: Connection, scope: Collection[str], name: str, customer: str, before: int | None, *, apart: bool
) -> Iterable[tuple[int, str, Row]]:
    table = typed_table(name)
    moment = moment_column(name)
    where = [table.c.customer == customer, within(table.c.book_id, scope), table.c.removed.is_(False)]
    if before is not None:
        where.append(moment < before)
    if apart and name in SHOWN_WITH_THE_VISIT:
        where.append(table.c.visit.is_(None))
    query = sa.select(table, moment.label("moment")).where(*where).order_by(moment.desc(), table.c.id).limit(PAGE + 1)
    return [(row["moment"], name, row_of(name, row)) for row in connection.execute(query).mappings()]


def _complete(connection: Connection, page: list[tuple[int, str, Row]]) -> list[Event]:
    """Put to the records what pages show with them: reviews, photos, the number of lines and counts."""
    ids = {name: [row.id for _, of, row in page if of == name] for name in types()}
    photos = pictures.of_visits(connection, ids.get("visit", ()))
    alone = pictures.by_id(connection, ids.get("photo", ()))
    counts = typed_table("stock_count")
    counted = _numbers(connection, counts.c.visit, ids.get("visit", ()), counts.c.removed.is_(False))
    lines = _numbers(connection, line_table("order", "lines").c.record, ids.get("order", ()), sa.true())
    reviews = last_reviews(connection, [row.id for _, _, row in page])
    return [
        Event(
            name,
            row,
            at,
            reviews.get(row.id),
            lines.get(row.id, 0),
            [alone[row.id]] if row.id in alone else photos.get(row.id, []),
            counted.get(row.id, 0),
        )
        for at, name, row in page
    ]


def _numbers(
    connection: Connection, column: sa.Column[str], ids: Collection[str], also: sa.ColumnElement[bool]
) -> dict[str, int]:
    query = sa.select(column, sa.func.count()).where(column.in_(list(ids)), also).group_by(column)
    return dict(connection.execute(query).all()) if ids else {}
