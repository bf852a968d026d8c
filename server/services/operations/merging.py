"""Two files of one outlet become one: what lies below the one goes below the other (R21). Devices never change `customer`.

The file that goes stays as a removed record below the one that stays and names it in `merged_into`; both histories are in the
log. What still comes for it is judged as work for the one that stays (`redirecting`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import book_readers, clock, moves, moving_photos, moving_records
from server.services.book_log import LockedBook, lock_books
from server.services.books import BookError
from server.services.hand_overs import settle_due
from server.services.operations import customer_records, merging_records
from server.services.push import office_push
from server.storage import retrying
from server.storage.database import reading
from server.storage.typed import typed_table
from sync_protocol.fields import FieldClass, Rule
from sync_protocol.identity import derived_id
from sync_protocol.records import record_type


@dataclass(frozen=True, slots=True)
class Difference:
    """A field in which the two files differ; None: no value."""

    field: str
    winner: Any
    loser: Any


@dataclass(frozen=True, slots=True)
class Preview:
    """What a merger would do. `records`, `photos`: of the loser, that go below the winner. `differing`: fields that people fill in.
    `obstacles`: why it cannot be done now, for people. `gains`, `loses`: users whose devices get or lose the loser's records."""

    loser: str
    winner: str
    records: int
    photos: int
    differing: tuple[Difference, ...]
    obstacles: tuple[BookError, ...]
    gains: frozenset[str]
    loses: frozenset[str]


@dataclass(frozen=True, slots=True)
class Merged:
    """Done. `book`: where the customer lies; `records`: of the loser, himself included. `verdict`: the state of what was taken over;
    empty, if nothing was."""

    loser: str
    winner: str
    book: str
    records: int
    verdict: str = ""


def preview(loser: str, winner: str) -> Preview:
    """What `merge_customers` would do now. Raises: BookError, if one of them is not there."""
    now = clock.now_ms()
    with reading() as connection:
        gone, stays = _rows(connection, loser, winner)
        there = book_readers.readers(connection, stays["book_id"], now)
        here = book_readers.readers(connection, gone["book_id"], now)
        counts = moves.count(connection, loser, gone["book_id"])
        differing = _differing(connection, loser, winner)
        obstacles = tuple(_obstacles(connection, gone, stays))
    found = (loser, winner, counts.records, counts.photos, differing, obstacles)
    return Preview(*found, frozenset(there - here), frozenset(here - there))


def merge_customers(loser: str, winner: str, by: str, take: Collection[str] = ()) -> Merged:
    """Merge two customers, in one transaction; then write what is to be taken over from the loser's file onto the winner's.

    Args: by: who decided it. take: fields whose value of the loser the winner gets; elements of sets are put beside the others.
    Raises: BookError: not there, an obstacle, a field that nobody fills in; retrying.StillBusy.
    """
    _check_fields(take)
    with reading() as connection:
        values = customer_records.fields_of(connection, loser)
    done, verdict = retrying.write(lambda connection: _merge(connection, loser, winner, by)), ""
    if changes := _taken_over(winner, take, values):
        made = derived_id(loser, "merged", winner)
        verdict = office_push(by, done.book, "merge_customers", [changes], system=True, set_id=made)["state"]
    return Merged(loser, winner, done.book, done.records, verdict)


def _merge(connection: Connection, loser: str, winner: str, by: str) -> Merged:
    gone, stays = _rows(connection, loser, winner)
    here, home = gone["book_id"], stays["book_id"]
    rows = lock_books(connection, {here, home, *_archives(connection, loser)})
    gone, stays = _rows(connection, loser, winner)
    if (gone["book_id"], stays["book_id"]) != (here, home):
        raise retrying.LookAgain
    settle_due(connection, rows)
    if obstacles := _obstacles(connection, gone, stays):
        raise obstacles[0]
    book = LockedBook(rows[home])
    if here != home:
        left = LockedBook(rows[here])
        photos = moving_photos.named_by(connection, loser, here)
        moving_records.carry(connection, loser, left, book, by=by, why="moved")
        moving_photos.carry(connection, photos, here, home)
        left.save(connection)
    count = merging_records.bring_below(connection, book, loser, winner, by)
    book.save(connection)
    for archive in sorted(_archives(connection, loser)):
        if archive not in rows:
            raise retrying.LookAgain
        old = LockedBook(rows[archive])
        count += merging_records.bring_below(connection, old, loser, winner, by)
        old.save(connection)
    return Merged(loser, winner, home, count)


def _archives(connection: Connection, loser: str) -> set[str]:
    """Where old facts of his lie, when all else of him is elsewhere."""
    found = customer_records.of_ids(connection, customer_records.ids_of(connection, loser))
    return {book for book, versions in found.items() if all(version.type != "customer" for version in versions)}


def _rows(connection: Connection, loser: str, winner: str) -> tuple[sa.RowMapping, sa.RowMapping]:
    found = [customer_records.customer_row(connection, name) for name in (loser, winner)]
    gone, stays = found
    if gone is None or stays is None:
        raise BookError("there is no customer %(customer)s", customer=loser if gone is None else winner)
    return gone, stays


def _obstacles(connection: Connection, gone: sa.RowMapping, stays: sa.RowMapping) -> list[BookError]:
    found = []
    if gone["id"] == stays["id"]:
        found.append(BookError("a customer is not merged with himself"))
    if gone["merged_into"] or stays["merged_into"]:
        found.append(BookError("one of them was merged with another before"))
    if stays["removed"]:
        found.append(BookError("the customer who is to stay is removed; restore him first"))
    if moves.count(connection, gone["id"], gone["book_id"]).records > moves.RECORDS_LIMIT:
        found.append(BookError(moves.TOO_MANY, customer=gone["id"], most=moves.RECORDS_LIMIT))
    proposal = typed_table("proposal")
    asked = sa.select(sa.func.count()).where(proposal.c.of == gone["id"], proposal.c.state == "open")
    if open_ones := connection.scalar(asked):
        found.append(BookError("%(n)s proposals about the file that would go are open; decide them first", n=open_ones))
    return found


def _differing(connection: Connection, loser: str, winner: str) -> tuple[Difference, ...]:
    one, other = customer_records.fields_of(connection, winner), customer_records.fields_of(connection, loser)
    names = (name for name in _filled_in() if one.get(name) != other.get(name))
    return tuple(Difference(name, one.get(name), other.get(name)) for name in names)


def _filled_in() -> list[str]:
    specs = record_type("customer").specs()
    return [name for name, spec in specs.items() if spec.klass is not FieldClass.SYSTEM]


def _check_fields(take: Collection[str]) -> None:
    if unknown := sorted(set(take).difference(_filled_in())):
        raise BookError("no field that people fill in: %(fields)s", fields=", ".join(unknown))


def _taken_over(winner: str, take: Collection[str], values: dict[str, Any]) -> dict[str, Any] | None:
    """The change of the winner's file, in wire form."""
    specs = record_type("customer").specs()
    elements = {name: _list(values[name]) for name in take if specs[name].rule is Rule.ELEMENTS and values.get(name)}
    whole = {name: values.get(name) for name in take if specs[name].rule is not Rule.ELEMENTS}
    if not elements and not whole:
        return None
    about = {"op": "edit", "type": "customer", "record": winner, "customer": winner, "seat": "maintainer", "term": 0}
    return {**about, **({"set": whole} if whole else {}), **({"put": elements} if elements else {})}


def _list(value: Sequence[Any]) -> list[Any]:
    return list(value)
