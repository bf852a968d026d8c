"""Before judging: find and lock the books that a set, or several, touch, and load the part of the state that they name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.storage import tables
from server.storage.database import among, is_sqlite
from server.storage.typed import stored_of, typed_table
from sync_protocol import chain
from sync_protocol.changes import DECISIONS, names_of
from sync_protocol.fields import Seat
from sync_protocol.records.base import Nature, record_type
from sync_protocol.state import Residence, SeatState, Tenure, World


@dataclass(slots=True)
class Locked:
    """The books whose rows this transaction holds, and whose desks are among them; the records that are named, where they lie, at which version."""

    books: dict[str, sa.RowMapping]
    places: dict[str, str]
    desks: dict[str, str]
    names: list[str]
    versions: dict[str, str] = field(default_factory=dict)


class BookAppeared(Exception):
    """A customer moved between the look and the lock: look again."""


def lock_books(connection: Connection, wire: Mapping[str, Any], *, author: str) -> Locked:
    """Lock the books of all records named, and the desks of those to be told, in the order of their ids. Raises: BookAppeared."""
    return _lock(connection, [wire], _desks(connection, wire, author))


def lock_books_of(connection: Connection, wires: Sequence[Mapping[str, Any]]) -> Locked:
    """The same for several sets that tell nobody. Raises: BookAppeared."""
    return _lock(connection, wires, {})


def on_the_desk_of_now(connection: Connection, wire: Mapping[str, Any], *, author: str) -> Mapping[str, Any]:
    """A set of notes on a desk that is not there any more, since a backup was restored, is one on the desk that its author has."""
    if any(record_type(change["type"]).nature is not Nature.OWN for change in wire["changes"]):
        return wire
    book = tables.book
    if connection.scalar(sa.select(book.c.id).where(book.c.id == wire["book"])) is not None:
        return wire
    return {**wire, "book": _desks(connection, wire, author).get(author, wire["book"])}


def _lock(connection: Connection, wires: Sequence[Mapping[str, Any]], desks: dict[str, str]) -> Locked:
    names = _names(wires)
    before = _places(connection, names)
    wanted = sorted({*before.values(), *desks.values(), *(wire["book"] for wire in wires)})
    query = sa.select(tables.book).where(tables.book.c.id.in_(wanted)).order_by(tables.book.c.id)
    if is_sqlite(connection):
        return Locked({row["id"]: row for row in connection.execute(query).mappings()}, before, desks, names)
    books = {row["id"]: row for row in connection.execute(query.with_for_update(key_share=True)).mappings()}
    after = _places(connection, names)
    if not set(after.values()) <= books.keys():
        raise BookAppeared
    return Locked(books, after, desks, names)


def add_places(connection: Connection, locked: Locked, names: Iterable[str]) -> None:
    """Take more records into account, of the books that are locked. Raises: BookAppeared, if one lies in another."""
    found = _places(connection, sorted(names))
    if not set(found.values()) <= locked.books.keys():
        raise BookAppeared
    locked.places.update(found)


def _names(wires: Iterable[Mapping[str, Any]]) -> list[str]:
    return sorted({name for wire in wires for name in names_of(wire)})


def _changes(wires: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [change for wire in wires for change in wire["changes"]]


def _desks(connection: Connection, wire: Mapping[str, Any], author: str) -> dict[str, str]:
    """User -> desk, of the author and of those whose proposals the set decides."""
    owners, decided = {author}, [change["record"] for change in wire["changes"] if change["op"] in DECISIONS]
    if decided:
        proposal = typed_table("proposal")
        owners |= set(connection.scalars(sa.select(proposal.c.proposer).where(proposal.c.id.in_(decided))))
    book = tables.book
    query = sa.select(book.c.owner, book.c.id).where(book.c.kind == "desk", book.c.owner.in_(owners))
    return {row.owner: row.id for row in connection.execute(query)}


def _places(connection: Connection, names: Sequence[str]) -> dict[str, str]:
    place = tables.place
    rows = connection.execute(
        sa.select(place.c.record, place.c.book_id).where(among(connection, place.c.record, names))
    )
    return {row.record: row.book_id for row in rows}


def load_world(connection: Connection, wire: Mapping[str, Any], locked: Locked) -> World:
    """The working copy that this set is judged on: one query per kind of thing, none per change."""
    return load_world_of(connection, [wire], locked)


def load_world_of(connection: Connection, wires: Sequence[Mapping[str, Any]], locked: Locked) -> World:
    """What all these sets name, with as many queries as for one."""
    books, named, names, changes = list(locked.books), list(locked.places), locked.names, _changes(wires)
    records = {}
    if named:
        query = sa.select(tables.record).where(
            tables.record.c.book_id.in_(books), among(connection, tables.record.c.id, named)
        )
        records = {row["id"]: stored_of(row) for row in connection.execute(query).mappings()}
    locked.versions = {record_id: stored.ver for record_id, stored in records.items()}
    seat, tenure = tables.seat, tables.tenure
    seats = {
        (row.book_id, row.seat): SeatState(row.user_id, row.term)
        for row in connection.execute(sa.select(seat).where(seat.c.book_id.in_(books)))
    }
    seats |= {
        (book_id, Seat.MAINTAINER.value): SeatState(row["owner"], 0)
        for book_id, row in locked.books.items()
        if row["kind"] == "desk"
    }
    terms = sorted({change.get("term", 0) for change in changes})
    set_books = sorted({wire["book"] for wire in wires})
    tenures = {
        (row.book_id, row.seat, row.term): Tenure(row.user_id, row.from_pos, row.to_pos)
        for row in connection.execute(
            sa.select(tenure).where(tenure.c.book_id.in_(set_books), tenure.c.term.in_(terms))
        )
        if row.user_id is not None
    }
    not_created = _not_created(connection, [name for name in names if name not in locked.places])
    return World(
        records=records,
        places=dict(locked.places),
        seats=seats,
        tenures=tenures,
        residences=_residences(connection, changes),
        history=_history(connection, changes, records),
        kinds={book_id: row["kind"] for book_id, row in locked.books.items()},
        erased=_erased(connection, names),
        proposed=(proposed := not_created["open"]),
        declined=not_created["declined"] - proposed,
    )


def _residences(connection: Connection, changes: Iterable[Mapping[str, Any]]) -> dict[str, tuple[Residence, ...]]:
    customers = sorted({change["customer"] for change in changes if change.get("customer")})
    residence = tables.residence
    found: dict[str, tuple[Residence, ...]] = {}
    if customers:
        for row in connection.execute(sa.select(residence).where(among(connection, residence.c.customer, customers))):
            found[row.customer] = (*found.get(row.customer, ()), Residence(row.book_id, row.from_pos, row.to_pos))
    return found


def _history(
    connection: Connection, changes: Iterable[Mapping[str, Any]], records: Mapping[str, Any]
) -> dict[tuple[str, int], str]:
    """The versions that the changes name as their bases, where they are not the current ones."""
    asked = [
        (change["record"], chain.rev_of(change["base"]))
        for change in changes
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
        connection.scalars(
            sa.select(left.c.record).where(among(connection, left.c.record, names), left.c.why == "erased")
        )
    )


def _not_created(connection: Connection, names: Sequence[str]) -> dict[str, frozenset[str]]:
    """State of a proposal -> those of these ids, none of which exists, that only such a proposal would create.

    What refers to them waits, or waited in vain.
    """
    table = typed_table("proposal")
    rows = connection.execute(sa.select(table.c.of, table.c.state).where(among(connection, table.c.of, names)))
    found: dict[str, set[str]] = {"open": set(), "declined": set()}
    for row in rows:
        found.setdefault(row.state, set()).add(row.of)
    return {state: frozenset(ids) for state, ids in found.items()}
