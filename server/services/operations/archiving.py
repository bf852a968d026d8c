"""Old facts go to an archive, which no device holds and the console shows (R19): the yearly clearing of a round's book.

Visits, photos, stock counts, contacts and closed complaints that happened before a day, with the reviews, settled proposals and
conflicts that concern them. Customers, orders and whatever is not decided yet stay. A book is cleared in steps, each a
transaction that ends whole: interrupted, it is begun again and goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import books, clock, moving_photos, moving_records, parts
from server.services.book_log import LockedBook, Version, lock_books
from server.services.books import BookError
from server.services.hand_overs import settle_due
from server.services.operations import archiving_choice, customer_records
from server.storage import retrying, tables
from server.storage.database import reading, writing
from server.storage.typed import typed_table

LEAST_YEARS = 2
STEP = 1000
WHY = "archived"


@dataclass(frozen=True, slots=True)
class Planned:
    """What a clearing would take from one book. `customers`: whose facts they are."""

    book: str
    name: str
    customers: int
    records: int
    photos: int


@dataclass(frozen=True, slots=True)
class Archived:
    """What went from a book to its archive."""

    book: str
    archive: str
    customers: int
    records: int


def preview(before: date, wanted: Collection[str] | None = None) -> list[Planned]:
    """What `archive` would do now, for the books where it would do anything. Raises: BookError for a day that is too recent."""
    until = _until(before)
    with reading() as connection:
        rows = connection.execute(_rounds(wanted)).all()
        found = [(row, archiving_choice.choose(connection, row.id, until)) for row in rows]
    return [
        Planned(row.id, row.name, len(chosen.customers), len(chosen.ids), chosen.photos)
        for row, chosen in found
        if chosen.ids
    ]


def archive(
    before: date,
    by: str,
    wanted: Collection[str] | None = None,
    *,
    title: Callable[[str], str] = "{} – archive".format,
    progress: Callable[[int, int], None] | None = None,
) -> list[Archived]:
    """Move what happened before this day of the company to the archives of these books, or of all rounds.

    Args: by: who decided it. title: what the archive of a round is called, from the name of the round; one that is there keeps its
        name. progress: called with books done and books in all.
    Raises: BookError for a day that is too recent; retrying.StillBusy: what was moved until then stays moved.
    """
    until = _until(before)
    with reading() as connection:
        rows = connection.execute(_rounds(wanted)).all()
    done = []
    for count, row in enumerate(rows, 1):
        found = _clear(row.id, title(row.name), until, by)
        if found is not None:
            done.append(found)
        if progress is not None:
            progress(count, len(rows))
    return done


def archive_of(book_id: str) -> str | None:
    """The archive of a round's book, if it has one."""
    with reading() as connection:
        return _archive_of(connection, book_id)


def _archive_of(connection: Connection, book_id: str) -> str | None:
    book = tables.book
    query = sa.select(book.c.id).where(book.c.kind == "archive", book.c.owner == book_id).order_by(book.c.id)
    found: str | None = connection.scalar(query.limit(1))
    return found


def _rounds(wanted: Collection[str] | None) -> sa.Select[tuple[str, str]]:
    book = tables.book
    query = sa.select(book.c.id, book.c.name).where(book.c.kind == "round").order_by(book.c.name)
    return query if wanted is None else query.where(book.c.id.in_(list(wanted)))


def _until(before: date) -> int:
    """The instant at which this day begins. What is younger than `LEAST_YEARS` is daily work and stays."""
    zone = ZoneInfo(parts.config().time_zone)
    today = datetime.fromtimestamp(clock.now_ms() / 1000, zone).date()
    if (before.year + LEAST_YEARS, before.month, before.day) > (today.year, today.month, today.day):
        raise BookError("what is younger than %(years)s years is not archived", years=LEAST_YEARS)
    return int(datetime.combine(before, time(), zone).timestamp() * 1000)


def _clear(book_id: str, title: str, until: int, by: str) -> Archived | None:
    """One book, step by step."""
    customers: set[str] = set()
    records = 0
    while True:
        with reading() as connection:
            if not archiving_choice.choose(connection, book_id, until).ids:
                break
        archive_id = _make_archive(book_id, title)
        moved = retrying.write(lambda connection, to=archive_id: _step(connection, book_id, to, until, by))  # type: ignore[misc]
        if not moved:
            break
        customers |= {version.customer for version in moved if version.customer}
        records += len(moved)
    return Archived(book_id, archive_id, len(customers), records) if records else None


def _make_archive(book_id: str, title: str) -> str:
    with writing() as connection:
        lock_books(connection, [book_id])  # of two that look at once one makes it
        return _archive_of(connection, book_id) or books.insert_book(connection, title[:100], "archive", book_id)


def _step(connection: Connection, book_id: str, archive_id: str, until: int, by: str) -> list[Version]:
    rows = lock_books(connection, [book_id, archive_id])
    settle_due(connection, rows)
    ids = archiving_choice.choose(connection, book_id, until).ids[:STEP]
    found = customer_records.of_ids(connection, ids).get(book_id, [])
    here, there = LockedBook(rows[book_id]), LockedBook(rows[archive_id])
    photo = typed_table("photo")
    named = sa.select(photo.c.sha256).where(photo.c.id.in_([v.id for v in found if v.type == "photo"]))
    hashes = set(connection.scalars(named))
    moving_records.carry_some(connection, found, here, there, by=by, why=WHY)
    moving_photos.carry(connection, hashes, book_id, archive_id)
    here.save(connection)
    there.save(connection)
    return found
