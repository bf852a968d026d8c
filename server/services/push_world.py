"""Before judging: find and lock the books that a set touches, and load the part of the state that it names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.storage import tables
from server.storage.database import is_sqlite
from server.storage.typed import stored_of, typed_table
from sync_protocol import chain
from sync_protocol.changes import names_of
from sync_protocol.state import Residence, SeatState, Tenure, World


@dataclass(slots=True)
class Locked:
    """The books whose rows this transaction holds, where the named records lie, and at which version."""

    books: dict[str, sa.RowMapping]
    places: dict[str, str]
    versions: dict[str, str] = field(default_factory=dict)


def lock_books(connection: Connection, wire: Mapping[str, Any]) -> Locked | None:
    """Lock the books of all records named, in the order of their ids. None: a record moved meanwhile; begin again."""
    names = sorted(names_of(wire))
    before = _places(connection, names)
    wanted = sorted({*before.values(), wire["book"]})
    query = sa.select(tables.book).where(tables.book.c.id.in_(wanted)).order_by(tables.book.c.id)
    if not is_sqlite(connection):
        query = query.with_for_update(key_share=True)
    books = {row["id"]: row for row in connection.execute(query).mappings()}
    if is_sqlite(connection):
        return Locked(books, before)
    after = _places(connection, names)
    return Locked(books, after) if set(after.values()) <= books.keys() else None


def _places(connection: Connection, names: Sequence[str]) -> dict[str, str]:
    place = tables.place
    rows = connection.execute(sa.select(place.c.record, place.c.book_id).where(place.c.record.in_(names)))
    return {row.record: row.book_id for row in rows}


def load_world(connection: Connection, wire: Mapping[str, Any], locked: Locked) -> World:
    """The working copy that this set is judged on: one query per kind of thing, none per change."""
    books = list(locked.books)
    named = list(locked.places)
    records = {}
    if named:
        query = sa.select(tables.record).where(tables.record.c.book_id.in_(books), tables.record.c.id.in_(named))
        records = {row["id"]: stored_of(row) for row in connection.execute(query).mappings()}
    locked.versions = {record_id: stored.ver for record_id, stored in records.items()}
    seat, tenure = tables.seat, tables.tenure
    seats = {
        (row.book_id, row.seat): SeatState(row.user_id, row.term)
        for row in connection.execute(sa.select(seat).where(seat.c.book_id.in_(books)))
    }
    terms = sorted({change.get("term", 0) for change in wire["changes"]})
    tenures = {
        (row.book_id, row.seat, row.term): Tenure(row.user_id, row.from_pos, row.to_pos)
        for row in connection.execute(
            sa.select(tenure).where(tenure.c.book_id == wire["book"], tenure.c.term.in_(terms))
        )
        if row.user_id is not None
    }
    return World(
        records=records,
        places=dict(locked.places),
        seats=seats,
        tenures=tenures,
        residences=_residences(connection, wire),
        history=_history(connection, wire, records),
        erased=_erased(connection, sorted(names_of(wire))),
        proposed=_proposed(connection, wire),
    )


def _residences(connection: Connection, wire: Mapping[str, Any]) -> dict[str, tuple[Residence, ...]]:
    customers = sorted({change["customer"] for change in wire["changes"] if change.get("customer")})
    residence = tables.residence
    found: dict[str, tuple[Residence, ...]] = {}
    if customers:
        for row in connection.execute(sa.select(residence).where(residence.c.customer.in_(customers))):
            found[row.customer] = (*found.get(row.customer, ()), Residence(row.book_id, row.from_pos, row.to_pos))
    return found


def _history(connection: Connection, wire: Mapping[str, Any], records: Mapping[str, Any]) -> dict[tuple[str, int], str]:
    """The versions that the changes name as their bases, where they are not the current ones."""
    asked = [
        (change["record"], chain.rev_of(change["base"]))
        for change in wire["changes"]
        if change.get("base") and change["record"] in records and records[change["record"]].ver != change["base"]
    ]
    if not asked:
        return {}
    log = tables.log
    query = sa.select(log.c.record, log.c.rev, log.c.ver).where(log.c.record.in_({record for record, _ in asked}))
    wanted = set(asked)
    return {(row.record, row.rev): row.ver for row in connection.execute(query) if (row.record, row.rev) in wanted}


def _erased(connection: Connection, names: Sequence[str]) -> frozenset[str]:
    left = tables.left_book
    return frozenset(
        connection.scalars(sa.select(left.c.record).where(left.c.record.in_(names), left.c.why == "erased"))
    )


def _proposed(connection: Connection, wire: Mapping[str, Any]) -> frozenset[str]:
    """Ids that exist in an open proposal only: what refers to them waits."""
    table = typed_table("proposal")
    created = sorted({change["record"] for change in wire["changes"]})
    query = sa.select(table.c.of).where(table.c.of.in_(created), table.c.state == "open")
    place = sa.select(tables.place.c.record).where(tables.place.c.record.in_(created))
    return frozenset(connection.scalars(query)) - frozenset(connection.scalars(place))
