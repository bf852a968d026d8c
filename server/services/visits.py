"""Visits as head office reads them: the list, and one visit with what was done, counted and photographed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from server.services import names, pictures, records, timeline
from server.services.listing import Query, Row, row_of
from server.services.pictures import Picture
from server.services.records import RecordPage, Records
from server.services.timeline import Event
from server.storage.database import reading
from server.storage.scopes import within
from server.storage.typed import typed_table
from sync_protocol.records import record_type


@dataclass(frozen=True, slots=True)
class Visits:
    """A page of the list. `photos`: visit -> how many."""

    records: Records
    photos: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class VisitPage:
    """One visit and all that was made at it."""

    record: RecordPage
    counts: list[Row]
    pictures: list[Picture]
    below: list[Event]


def find(scope: Collection[str], query: Query) -> Visits:
    """One page of visits."""
    photo = typed_table("photo")
    with reading() as connection:
        found = records.find(connection, "visit", scope, query)
        counted = (
            sa.select(photo.c.visit, sa.func.count())
            .where(photo.c.visit.in_([row.id for row in found.listing.rows]), photo.c.removed.is_(False))
            .group_by(photo.c.visit)
        )
        return Visits(found, dict(connection.execute(counted).all()))


def page(scope: Collection[str], visit: str, reader: str) -> VisitPage | None:
    """Everything that the page of a visit shows; None: not there, or not for this reader."""
    count = typed_table("stock_count")
    with reading() as connection:
        query = (
            sa.select(count)
            .where(count.c.visit == visit, count.c.removed.is_(False), within(count.c.book_id, scope))
            .order_by(count.c.counted_at, count.c.id)
        )
        counts = [row_of("stock_count", row) for row in connection.execute(query).mappings()]
        below = timeline.below_visit(connection, scope, visit)
        named, _ = names.ids_in(record_type("stock_count").specs(), (row.values for row in counts))
        people = {event.row.made_by for event in below}
        found = records.page_of(connection, "visit", scope, visit, reader, also_records=named, also_users=people)
        if found is None:
            return None
        return VisitPage(found, counts, pictures.of_visits(connection, [visit]).get(visit, []), below)
