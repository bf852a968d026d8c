"""Erasure: a customer and all that lies below him is forgotten, for good (R20).

Contents go: records, bodies of log entries, sets put aside, photos, files for first loads. What shows that something was here
stays: positions, digests, hashes, ids. Devices drop the records as departures, and whatever still comes is refused as `erased`.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import book_readers, clock, control_journal, parts
from server.services.book_log import LockedBook, Version, lock_books
from server.services.book_readers import Unsent
from server.services.books import BookError
from server.services.hand_overs import settle_due
from server.services.operations import customer_records, erasing_elsewhere
from server.services.operations.customer_records import pages
from server.storage import retrying, tables
from server.storage.database import reading
from server.storage.typed import typed_table

KIND = "erase"
WHY = "erased"
logger = logging.getLogger("roundbook.alarm")


@dataclass(frozen=True, slots=True)
class Preview:
    """What an erasure would take. `readers`: users whose devices hold it; `unsent`: work on devices that would then be refused."""

    customer: str
    name: str
    book: str
    records: int
    photos: int
    readers: frozenset[str]
    unsent: tuple[Unsent, ...]


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased. `book`: where the customer lay."""

    customer: str
    book: str
    records: int
    photos: int


def preview(customer: str) -> Preview:
    """What `erase` would do now. Raises: BookError, if the customer is not there."""
    now, photo = clock.now_ms(), typed_table("photo")
    with reading() as connection:
        row = customer_records.customer_row(connection, customer)
        if row is None:
            raise BookError("there is no customer %(customer)s", customer=customer)
        ids = customer_records.ids_of(connection, customer)
        books = set(
            connection.scalars(sa.select(tables.place.c.book_id).distinct().where(tables.place.c.record.in_(ids)))
        )
        readers = frozenset[str]().union(*(book_readers.readers(connection, book, now) for book in books))
        photos = connection.scalar(sa.select(sa.func.count()).where(photo.c.customer == customer)) or 0
        unsent = tuple(book_readers.unsent_of(connection, readers))
    return Preview(customer, row["store_name"] or customer, row["book_id"], len(ids), photos, readers, unsent)


def erase(customer: str, by: str, *, asked_by: str, known: frozenset[str] = frozenset(), home: str = "") -> Erased:
    """Erase a customer. Who may is the caller's to see to: `erasure_requests` asks two people.

    Args: known, home: ids and the book, as the control journal has them, where a restored backup knows less (R35).
    Raises: BookError, if nothing of him is there; retrying.StillBusy.
    """
    done, books, files = retrying.write(
        lambda connection: carry_out(connection, customer, by, asked_by=asked_by, known=known, home=home)
    )
    forget_files(files, books)
    return done


def carry_out(
    connection: Connection,
    customer: str,
    by: str,
    *,
    asked_by: str,
    known: frozenset[str] = frozenset(),
    home: str = "",
) -> tuple[Erased, list[str], list[str]]:
    """`erase` in the caller's transaction. Returns: what was erased; the books concerned, and the keys of files that nothing
    names any more: both are for `forget_files`, after the commit. Raises: BookError; retrying.LookAgain."""
    wanted = _all_ids(connection, customer, known)
    there = sa.select(tables.place.c.book_id).distinct()
    before = {
        book for some in pages(wanted) for book in connection.scalars(there.where(tables.place.c.record.in_(some)))
    }
    rows = lock_books(connection, {*before, *([home] if home else [])})
    ids = _all_ids(connection, customer, known)
    found = customer_records.of_ids(connection, ids, first=customer)
    if not found.keys() <= rows.keys():
        raise retrying.LookAgain
    row = customer_records.customer_row(connection, customer)
    home = row["book_id"] if row is not None else home
    if home not in rows or not (row is not None or known):
        raise BookError("there is no customer %(customer)s", customer=customer)
    settle_due(connection, rows)
    told = {"by": by, "asked_by": asked_by, "book": home, "records": ids}
    control_journal.append(control_journal.ERASURE, customer, told)
    files, photos = erasing_elsewhere.forget_photos(connection, customer, list(found))
    erasing_elsewhere.forget(connection, customer)
    _forget_bodies(connection, ids)
    unknown = sorted(set(ids).difference(version.id for versions in found.values() for version in versions))
    for book in sorted({*found, home}):
        _write(connection, LockedBook(rows[book]), found.get(book, ()), unknown if book == home else [], by)
    count = sum(version.customer == customer for versions in found.values() for version in versions)
    return Erased(customer, home, count, photos), list(rows), files


def _all_ids(connection: Connection, customer: str, known: frozenset[str]) -> list[str]:
    """His records, those that the journal names, and what desks and others say of them."""
    ids = {*customer_records.ids_of(connection, customer), customer, *known}
    return sorted(ids.union(erasing_elsewhere.mentions(connection, customer, ids)))


def _forget_bodies(connection: Connection, ids: Sequence[str]) -> None:
    """The content of all entries that tell of these records, in whatever book they once lay. Their digests and hashes stay (R2)."""
    log, body = tables.log, tables.log_body
    for some in pages(ids):
        told = sa.select(log.c.book_id, log.c.pos).where(log.c.record.in_(some))
        by_book: dict[str, list[int]] = {}
        for row in connection.execute(told):
            by_book.setdefault(row.book_id, []).append(row.pos)
        for book, positions in by_book.items():
            for start in range(0, len(positions), 500):
                which = (body.c.book_id == book, body.c.pos.in_(positions[start : start + 500]))
                connection.execute(sa.delete(body).where(*which))


def _write(connection: Connection, book: LockedBook, found: Sequence[Version], unknown: Sequence[str], by: str) -> None:
    """The entries, the departures, and nothing else of the records. Args: unknown: ids that this history never had."""
    set_id, at, left = clock.new_id(), clock.now_ms(), tables.left_book
    gone = []
    for n, old in enumerate(found, 1):
        told = {"rev": old.rev, "ver": old.ver}
        if old.type == "customer":
            _end_of_residence(connection, old.id, book)
        pos = book.append(KIND, set_id=set_id, n=n, by=by, at=at, values=told, record_id=old.id)
        book.lose(old.id, old.ver)
        gone.append({"book_id": book.id, "record": old.id, "pos": pos, "why": WHY})
    for n, name in enumerate(unknown, len(found) + 1):
        pos = book.append(KIND, set_id=set_id, n=n, by=by, at=at, values={}, record_id=name)
        gone.append({"book_id": book.id, "record": name, "pos": pos, "why": WHY})
    book.departed()
    customer_records.delete(connection, found)
    for some in pages([str(row["record"]) for row in gone]):
        connection.execute(sa.delete(left).where(left.c.book_id == book.id, left.c.record.in_(some)))
        connection.execute(sa.update(left).where(left.c.record.in_(some)).values(why=WHY))
    if gone:
        connection.execute(sa.insert(left), gone)
    book.save(connection)


def _end_of_residence(connection: Connection, customer: str, book: LockedBook) -> None:
    residence = tables.residence
    lasting = (residence.c.book_id == book.id, residence.c.customer == customer, residence.c.to_pos.is_(None))
    connection.execute(sa.update(residence).where(*lasting).values(to_pos=book.pos))


def forget_files(files: Sequence[str], books: Sequence[str]) -> None:
    """Delete photos and files for first loads, once it is certain that nothing names them."""
    objects = parts.objects()
    for key in [*files, *(key for book in books for key in objects.keys(f"snapshots/{book}"))]:
        try:
            objects.delete(key)
        except OSError:
            logger.exception("the file %s of an erased customer could not be deleted; delete it by hand", key)
