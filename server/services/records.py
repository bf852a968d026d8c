"""Records below customers as lists and pages read them, whatever their type."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import listing, names
from server.services.customers import Group, groups_of
from server.services.listing import Listing, Query, Row, row_of
from server.services.names import Names
from server.services.reviews import Review, last_reviews
from server.services.sensitive import shown_all
from server.storage.database import reading
from server.storage.scopes import within
from server.storage.tables import device, place, record, seat
from server.storage.typed import typed_table
from sync_protocol.records import knows, record_type


@dataclass(frozen=True, slots=True)
class Records:
    """A page of a list, with the names it needs, the last review of each, and who and which books one may filter by."""

    listing: Listing
    books: Mapping[str, str]
    names: Names
    reviews: Mapping[str, Review]
    people: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RecordPage:
    """One record of any type. `values`: as the reader may see them."""

    type: str
    row: Row
    values: Mapping[str, Any]
    groups: list[Group]
    review: Review | None
    names: Names
    book_name: str


def find(
    connection: Connection,
    type_name: str,
    scope: Collection[str],
    query: Query,
    also: Sequence[sa.ColumnElement[bool]] = (),
) -> Records:
    """One page of records of a type. Args: also: what must be true of them beside."""
    found = listing.find(connection, type_name, scope, query, also)
    records, users = names.ids_in(listing.listed_specs(type_name), (row.values for row in found.rows))
    records |= {row.customer for row in found.rows if row.customer}
    users |= {row.made_by for row in found.rows}
    return Records(
        found,
        names.book_names(connection, scope),
        names.load(connection, scope, records=records, users=users),
        last_reviews(connection, [row.id for row in found.rows]),
        _people(connection, scope),
    )


def _people(connection: Connection, scope: Collection[str]) -> dict[str, str]:
    """Who works in these books, for a filter: those who hold a seat, and those whose devices write."""
    holders = set(connection.scalars(sa.select(seat.c.user_id).where(within(seat.c.book_id, scope))))
    carriers = set(connection.scalars(sa.select(device.c.user_id).where(device.c.kind == "device")))
    found = names.load(connection, scope, users={user for user in holders | carriers if user})
    return dict(sorted(((user, name.text) for user, name in found.items()), key=lambda item: item[1]))


def load_row(connection: Connection, type_name: str, scope: Collection[str], record_id: str) -> Row | None:
    """One record of a type; None: not there, or not for this reader."""
    table = typed_table(type_name)
    query = sa.select(table).where(table.c.id == record_id, *listing.in_scope(type_name, scope))
    row = connection.execute(query).mappings().one_or_none()
    return row_of(type_name, row) if row else None


def page_of(
    connection: Connection,
    type_name: str,
    scope: Collection[str],
    record_id: str,
    reader: str,
    *,
    close: bool = False,
    also_records: Collection[str] = (),
    also_users: Collection[str] = (),
) -> RecordPage | None:
    """One record with its groups, names and review. Args: close: the reader has need of private values,
    without a seat on the book. also_…: further ids that the page names."""
    row = load_row(connection, type_name, scope, record_id)
    if row is None:
        return None
    specs = record_type(type_name).specs()
    review = last_reviews(connection, [record_id]).get(record_id)
    records, users = names.ids_in(specs, [row.values])
    records |= {*also_records, *([row.customer] if row.customer else [])}
    users |= {*also_users, row.made_by, row.author, *([review.by] if review else [])}
    return RecordPage(
        type=type_name,
        row=row,
        values=shown_all(specs, row.values, close=close or _holds_a_seat(connection, row.book, reader)),
        groups=groups_of(type_name, row.values),
        review=review,
        names=names.load(connection, scope, records=records, users=users),
        book_name=names.book_names(connection, [row.book]).get(row.book, ""),
    )


def page(scope: Collection[str], record_id: str, reader: str) -> RecordPage | None:
    """One record of whatever type; None: not there, or not for this reader."""
    with reading() as connection:
        type_name = type_of(connection, record_id)
        return page_of(connection, type_name, scope, record_id, reader) if type_name else None


def type_of(connection: Connection, record_id: str) -> str | None:
    """The type of a record, if this release declares it."""
    query = (
        sa.select(record.c.type)
        .join(place, sa.and_(place.c.book_id == record.c.book_id, place.c.record == record.c.id))
        .where(place.c.record == record_id)
    )
    found = connection.scalar(query)
    return str(found) if found is not None and knows(found) else None


def _holds_a_seat(connection: Connection, book_id: str, reader: str) -> bool:
    query = sa.select(seat.c.seat).where(seat.c.book_id == book_id, seat.c.user_id == reader).limit(1)
    return connection.scalar(query) is not None
