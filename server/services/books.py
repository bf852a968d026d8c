"""Books and their seats: who maintains which customers, and which books a device may hold."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import book_readers, clock, users
from server.storage.database import is_sqlite, reading, writing
from server.storage.tables import book, read_grant, seat, user_account
from sync_protocol.acts import may
from sync_protocol.canonical import canonical
from sync_protocol.fields import Seat

LEASE_MS = 30 * 24 * 3600 * 1000
SEES_ALL_BOOKS = "read_all_books"


class BookError(ValueError):
    """What was asked of a book or seat cannot be done; the message says why.

    Args: text: why, with `%(name)s` where a value stands: the console has it in three languages (console/refusals.py).
    """

    def __init__(self, text: str, **values: object) -> None:
        super().__init__(text % values if values else text)
        self.text, self.values = text, values


@dataclass(frozen=True, slots=True)
class Book:
    """A book as lists show it. `seats`: seat -> (user id or None, term, since ms)."""

    id: str
    kind: str
    name: str
    pos: int
    seats: dict[str, tuple[str | None, int, int]]


def create_book(name: str, kind: str = "round", owner: str | None = None) -> str:
    """A new book with vacant seats. Returns: its id. Raises: BookError if the name is taken or empty."""
    with writing() as connection:
        if kind == "round" and connection.scalar(
            sa.select(book.c.id).where(book.c.kind == kind, book.c.name == name.strip())
        ):
            raise BookError("there is a book «%(name)s» already", name=name.strip())
        return insert_book(connection, name, kind, owner)


def insert_book(connection: Connection, name: str, kind: str, owner: str | None = None) -> str:
    """The same inside a transaction that the caller has open."""
    name = name.strip()
    if not 1 <= len(name) <= 100:
        raise BookError("a book's name has 1 to 100 characters")
    book_id = clock.new_id()
    connection.execute(sa.insert(book), {"id": book_id, "kind": kind, "name": name, "owner": owner})
    if kind == "round":
        vacant = [
            {"book_id": book_id, "seat": s.value, "user_id": None, "term": 0, "since_at": clock.now_ms()} for s in Seat
        ]
        connection.execute(sa.insert(seat), vacant)
    return book_id


def find_book(name: str) -> str | None:
    """The id of the round's book of this name."""
    with reading() as connection:
        found: str | None = connection.scalar(
            sa.select(book.c.id).where(book.c.kind == "round", book.c.name == name.strip())
        )
    return found


def reference_book() -> str:
    """The company's reference book, made if there is none."""
    return _the_one("reference", None, "Reference")


def desk(user_id: str) -> str:
    """The user's desk, made if there is none."""
    return _the_one("desk", user_id, "Desk")


def desk_of(connection: Connection, user_id: str) -> str | None:
    """The user's desk, if there is one."""
    found: str | None = connection.scalar(sa.select(book.c.id).where(book.c.kind == "desk", book.c.owner == user_id))
    return found


def _the_one(kind: str, owner: str | None, name: str) -> str:
    query = sa.select(book.c.id).where(
        book.c.kind == kind, book.c.owner.is_(None) if owner is None else book.c.owner == owner
    )
    with reading() as connection:
        found: str | None = connection.scalar(query)
    if found is None:
        with writing() as connection:
            if not is_sqlite(connection):  # two processes that look at once must not make two
                connection.execute(sa.text("LOCK TABLE book IN SHARE ROW EXCLUSIVE MODE"))
            found = connection.scalar(query) or insert_book(connection, name, kind, owner)
    return found


def books(kind: str = "round") -> list[Book]:
    """All books of a kind, by name."""
    with reading() as connection:
        rows = connection.execute(sa.select(book).where(book.c.kind == kind).order_by(book.c.name)).mappings().all()
        seats: dict[str, dict[str, tuple[str | None, int, int]]] = {}
        for row in connection.execute(sa.select(seat)).mappings():
            seats.setdefault(row["book_id"], {})[row["seat"]] = (row["user_id"], row["term"], row["since_at"])
    return [Book(row["id"], row["kind"], row["name"], row["pos"], seats.get(row["id"], {})) for row in rows]


def assign_seat(book_id: str, seat_name: str, user_id: str | None, by: str) -> int:
    """Give a seat to a user, or leave it vacant (None): a hand-over, one term further. Returns: the term.

    Raises: BookError for an unknown book, seat or user.
    """
    from server.services import hand_overs  # it builds on this module

    return hand_overs.hand_over(book_id, seat_name, user_id, by)


def readable_books(user: users.User) -> frozenset[str]:
    """The books whose customers a user may see in the console: those of his seats with their archives, or all, if a role of his
    says so."""
    with reading() as connection:
        if may(user.roles, SEES_ALL_BOOKS):
            return frozenset(connection.scalars(sa.select(book.c.id).where(book.c.kind.in_(("round", "archive")))))
        mine = _of_seats(connection, user.id) | _ahead(connection, user.id)
        of_mine = sa.select(book.c.id).where(book.c.kind == "archive", book.c.owner.in_(mine))
        return frozenset(mine | set(connection.scalars(of_mine)))


def _of_seats(connection: Connection, user_id: str) -> set[str]:
    """The books that he has a seat of; a stand-in whose end has passed has it no more, whether or not that is written yet."""
    return set(connection.scalars(_OF_SEATS, {"user": user_id, "now": clock.now_ms()}))


def _ahead(connection: Connection, user_id: str) -> set[str]:
    """The books that he will take over, and may read until then (R17)."""
    return set(connection.scalars(_AHEAD, {"user": user_id, "now": clock.now_ms()}))


Scope = dict[str, dict[str, object]]
_USER, _NOW = sa.bindparam("user", type_=sa.Text), sa.bindparam("now", type_=sa.BigInteger)
_BOOKS: sa.BindParameter[str] = sa.bindparam("books", expanding=True)
_OF_SEATS = sa.select(seat.c.book_id).where(book_readers.holds(_USER, _NOW))
_AHEAD = sa.select(read_grant.c.book_id).where(read_grant.c.user_id == _USER, book_readers.granted(_NOW))
_SEATS = sa.select(seat).where(seat.c.book_id.in_(_BOOKS)).order_by(seat.c.book_id, seat.c.seat)
_IN_SCOPE = sa.select(book.c.id, book.c.kind, book.c.name).where(
    sa.or_(book.c.id.in_(_BOOKS), book.c.kind == "reference", sa.and_(book.c.kind == "desk", book.c.owner == _USER))
)
_NAMES = sa.select(user_account.c.id, user_account.c.name).where(
    user_account.c.id.in_(sa.bindparam("users", expanding=True))
)


def scope_of(connection: Connection, user_id: str) -> Scope:
    """What a device of this user may hold: his seats' books, those he will take over, his desk, the reference book.

    In wire form (protocol §3).
    """
    mine, ahead = _of_seats(connection, user_id), _ahead(connection, user_id)
    found: Scope = {}
    for row in connection.execute(_SEATS, {"books": list(mine | ahead)}).mappings():
        access = "hold" if row["book_id"] in mine else "read"
        entry = found.setdefault(row["book_id"], {"access": access, "kind": "round", "seats": {}, "lease": LEASE_MS})
        state = {"user": row["user_id"], "term": row["term"], "since": row["since_at"]}
        if row["until"] is not None:
            state["until"] = row["until"]
        entry["seats"][row["seat"]] = state  # type: ignore[index]
    for row in connection.execute(_IN_SCOPE, {"books": list(found), "user": user_id}).mappings():
        entry = found.setdefault(row["id"], {"access": "read", "kind": row["kind"], "seats": {}, "lease": LEASE_MS})
        entry["name"] = row["name"]
    return found


def names_in(connection: Connection, scope: Scope) -> dict[str, str]:
    """User id -> name of everybody who holds a seat in the scope, so that a device can say who maintains what."""
    ids: set[str] = {state["user"] for entry in scope.values() for state in entry["seats"].values() if state["user"]}  # type: ignore[attr-defined]
    return _names(connection, ids)


def _names(connection: Connection, ids: Iterable[str]) -> dict[str, str]:
    return {row.id: row.name for row in connection.execute(_NAMES, {"users": list(ids)})}


def scope_tag(scope: Scope, names: dict[str, str]) -> str:
    """A short hash of a scope: a device that has this one need not be told again."""
    return hashlib.sha256(canonical([scope, names])).hexdigest()[:12]
