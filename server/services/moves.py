"""Customers go to another book, with all that lies below them (R18); and what that would do, before it is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import book_readers, clock, jobs, moving_photos, moving_records
from server.services.book_log import LockedBook, lock_books
from server.services.book_readers import Unsent
from server.services.books import BookError
from server.services.hand_overs import settle_due
from server.storage import retrying, tables
from server.storage.database import reading
from server.storage.typed import typed_table
from sync_protocol.identity import is_id
from sync_protocol.records import record_types

RECORDS_LIMIT = 20_000
TOO_MANY = "customer %(customer)s has more than %(most)s records: archive old ones first"
RECOMPUTE = "recompute_fields"  # the job that brings computed fields up to the new book
WHY = {"round": "moved", "archive": "archived"}


@dataclass(frozen=True, slots=True)
class Counts:
    """What moves with customers. `records`: all, `photos` and open `proposals` among them."""

    records: int = 0
    photos: int = 0
    proposals: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.records + other.records, self.photos + other.photos, self.proposals + other.proposals)


@dataclass(frozen=True, slots=True)
class Moved:
    """One customer's move, done. `pos`: book -> the last position that it took there."""

    customer: str
    from_book: str
    counts: Counts
    pos: dict[str, int]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a move would do. `gains`, `loses`: users whose devices get or lose these customers; `unsent`: work known on devices
    of those who lose them: it arrives all the same, as late facts and proposals."""

    customers: tuple[str, ...]
    there_already: tuple[str, ...]
    counts: Counts
    gains: frozenset[str]
    loses: frozenset[str]
    unsent: tuple[Unsent, ...]


def find_customers(texts: Sequence[str]) -> list[str]:
    """The ids of customers named by id or code. Raises: BookError for one that is not there, or not one alone."""
    customer, found = typed_table("customer"), []
    with reading() as connection:
        for text in texts:
            column = customer.c.id if is_id(text) else customer.c.customer_code
            ids = connection.scalars(sa.select(customer.c.id).where(column == text)).all()
            if len(ids) != 1:
                text_of = "several customers are called %(name)s" if ids else "no customer is called %(name)s"
                raise BookError(text_of, name=text)
            found.append(ids[0])
    return list(dict.fromkeys(found))


def preview(customers: Sequence[str], to_book: str) -> Preview:
    """What `move_customers` would do now. Raises: BookError, as that would."""
    now = clock.now_ms()
    with reading() as connection:
        books = _check(connection, customers, to_book)
        going = {customer: book for customer, book in books.items() if book != to_book}
        total = Counts()
        for customer, book in going.items():
            total += count(connection, customer, book)
        there = book_readers.readers(connection, to_book, now)
        here = {book: book_readers.readers(connection, book, now) for book in set(going.values())}
        loses = frozenset(user for readers in here.values() for user in readers - there)
        gains = frozenset(user for readers in here.values() for user in there - readers)
        unsent = book_readers.unsent_of(connection, loses)
    already = tuple(customer for customer in books if customer not in going)
    return Preview(tuple(going), already, total, gains, loses, tuple(unsent))


def move_customers(customers: Sequence[str], to_book: str, by: str) -> list[Moved]:
    """Move customers, each in a transaction of its own; those that are there already are passed over.

    Args: customers: ids. to_book: a round or an archive. by: who decided it.
    Raises: BookError, before any is moved, if one of them, or the book, is not there, or a customer has too many records.
    """
    with reading() as connection:
        books = _check(connection, customers, to_book)
    moved = (_move(customer, to_book, by) for customer in books)
    return [done for done in moved if done is not None]


def _check(connection: Connection, customers: Sequence[str], to_book: str) -> dict[str, str]:
    """Customer -> the book where it lies now."""
    kind = connection.scalar(sa.select(tables.book.c.kind).where(tables.book.c.id == to_book))
    if kind not in WHY:
        raise BookError("customers move to the book of a round, or to an archive")
    found: dict[str, str] = {}
    for customer in customers:
        book = _book_of(connection, customer)
        if book is None:
            raise BookError("there is no customer %(customer)s", customer=customer)
        if book != to_book and count(connection, customer, book).records > RECORDS_LIMIT:
            raise BookError(TOO_MANY, customer=customer, most=RECORDS_LIMIT)
        found[customer] = book
    return found


def _book_of(connection: Connection, customer: str) -> str | None:
    table = typed_table("customer")
    found: str | None = connection.scalar(sa.select(table.c.book_id).where(table.c.id == customer))
    return found


def count(connection: Connection, customer: str, book: str) -> Counts:
    """What of a customer lies in this book."""
    found = {}
    for name in record_types():
        table = typed_table(name)
        query = sa.select(sa.func.count()).where(table.c.customer == customer, table.c.book_id == book)
        found[name] = int(connection.scalar(query) or 0)
    proposal = typed_table("proposal")
    open_ones = sa.select(sa.func.count()).where(
        proposal.c.customer == customer, proposal.c.book_id == book, proposal.c.state == "open"
    )
    return Counts(sum(found.values()), found["photo"], int(connection.scalar(open_ones) or 0))


def _move(customer: str, to_book: str, by: str) -> Moved | None:
    try:
        return retrying.write(lambda connection: _move_once(connection, customer, to_book, by))
    except retrying.StillBusy as error:
        text = "customer %(customer)s is being moved or written by somebody else; look where it is, and try again"
        raise BookError(text, customer=customer) from error


def _move_once(connection: Connection, customer: str, to_book: str, by: str) -> Moved | None:
    from_book = _book_of(connection, customer)
    if from_book is None or from_book == to_book:
        return None
    rows = lock_books(connection, [from_book, to_book])
    if _book_of(connection, customer) != from_book:
        raise retrying.LookAgain
    settle_due(connection, rows)
    here, there = LockedBook(rows[from_book]), LockedBook(rows[to_book])
    counts = count(connection, customer, from_book)
    if counts.records > RECORDS_LIMIT:
        raise BookError(TOO_MANY, customer=customer, most=RECORDS_LIMIT)
    photos = moving_photos.named_by(connection, customer, from_book)
    moving_records.carry(connection, customer, here, there, by=by, why=WHY[there.kind])
    moving_photos.carry(connection, photos, from_book, to_book)
    here.save(connection)
    there.save(connection)
    jobs.ask_for(connection, RECOMPUTE, to_book)
    return Moved(customer, from_book, counts, {from_book: here.pos, to_book: there.pos})
