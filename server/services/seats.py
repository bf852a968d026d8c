"""Books and who holds their seats, with the history of terms, as head office reads them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import book_readers, clock, names
from server.services.names import Names
from server.storage.database import reading
from server.storage.scopes import within
from server.storage.tables import book, read_grant, seat, tenure, user_account
from server.storage.typed import typed_table


@dataclass(frozen=True, slots=True)
class Held:
    """A seat now. `user`: None while it is vacant. `back_to`: whom he stands in for, until then."""

    seat: str
    user: str | None
    term: int
    since: int
    until: int | None
    back_to: str | None = None


@dataclass(frozen=True, slots=True)
class BookRow:
    """A book with its seats and how many customers it has."""

    id: str
    kind: str
    name: str
    seats: Mapping[str, Held]
    customers: int


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a seat that was held."""

    seat: str
    term: int
    user: str | None
    began_at: int
    by: str


@dataclass(frozen=True, slots=True)
class Books:
    """The books of a scope."""

    rows: list[BookRow]
    names: Names


@dataclass(frozen=True, slots=True)
class BookPage:
    """One book with the history of its terms, newest first."""

    row: BookRow
    terms: list[Term]
    names: Names


def all_books(scope: Collection[str]) -> Books:
    """The rounds and archives of a scope, by name."""
    with reading() as connection:
        rows = _rows(connection, scope)
        users = {held.user for row in rows for held in row.seats.values() if held.user}
        return Books(rows, names.load(connection, scope, users=users))


def page(scope: Collection[str], book_id: str) -> BookPage | None:
    """One book; None: not there, or not for this reader."""
    if book_id not in scope:
        return None
    with reading() as connection:
        rows = _rows(connection, [book_id])
        if not rows:
            return None
        query = (
            sa.select(tenure)
            .where(tenure.c.book_id == book_id)
            .order_by(tenure.c.began_at.desc(), tenure.c.term.desc())
        )
        terms = [Term(row.seat, row.term, row.user_id, row.began_at, row.by) for row in connection.execute(query)]
        users = {user for held in rows[0].seats.values() for user in (held.user, held.back_to) if user}
        users |= {user for term in terms for user in (term.user, term.by) if user}
        return BookPage(rows[0], terms, names.load(connection, scope, users=users))


def _rows(connection: Connection, scope: Collection[str]) -> list[BookRow]:
    customer = typed_table("customer")
    counted = (
        sa.select(customer.c.book_id, sa.func.count())
        .where(within(customer.c.book_id, scope), customer.c.removed.is_(False))
        .group_by(customer.c.book_id)
    )
    counts: dict[str, int] = dict(connection.execute(counted).all())
    seats: dict[str, dict[str, Held]] = {}
    for row in connection.execute(sa.select(seat).where(within(seat.c.book_id, scope))):
        held = Held(row.seat, row.user_id, row.term, row.since_at, row.until, row.back_to)
        seats.setdefault(row.book_id, {})[row.seat] = held
    query = (
        sa.select(book.c.id, book.c.kind, book.c.name)
        .where(within(book.c.id, scope), book.c.kind.in_(("round", "archive")))
        .order_by(book.c.name)
    )
    return [
        BookRow(row.id, row.kind, row.name, seats.get(row.id, {}), counts.get(row.id, 0))
        for row in connection.execute(query)
    ]


def ahead(book_id: str) -> dict[str, str]:
    """Who reads a book ahead of taking it over: user id -> name."""
    query = (
        sa.select(read_grant.c.user_id, user_account.c.name)
        .join(user_account, user_account.c.id == read_grant.c.user_id)
        .where(read_grant.c.book_id == book_id, book_readers.granted(clock.now_ms()))
        .order_by(user_account.c.name)
    )
    with reading() as connection:
        return dict(connection.execute(query).all())
