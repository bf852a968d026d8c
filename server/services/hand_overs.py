"""Seats change hands: hand-over, stand-in with an end date, vacancy, reading ahead (R17).

A hand-over is one transaction under the book's lock: seat, term, tenure, and an entry of the log at whose position it counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import books, clock, control_journal, jobs, users
from server.services.book_log import LockedBook, lock_books
from server.services.books import BookError
from server.storage import retrying
from server.storage.database import reading
from server.storage.tables import book, read_grant, seat, tenure, user_account
from sync_protocol.fields import Seat

KIND = "hand-over"
SEATS = tuple(s.value for s in Seat)
RECOMPUTE = "recompute_fields"
MAINTAINER = Seat.MAINTAINER.value
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a seat, in positions of its book; `to_pos` None: it lasts. `began_at` in ms."""

    seat: str
    term: int
    user: str | None
    from_pos: int
    to_pos: int | None
    began_at: int
    by: str


def hand_over(book_id: str, seat_name: str, to: str | None, by: str, until: int | None = None) -> int:
    """Give a seat to a user, or leave it vacant (None): one term further.

    Args: by: who decided it. until: ms; then `to` is a stand-in, and the seat falls back to who holds it now. To the present
        holder it moves or ends the end date; the term stays, since nobody else held the seat in between.
    Returns: the term. Raises: BookError for an unknown book, seat or user, a user who left, an end that has passed.
    """
    if seat_name not in SEATS:
        raise BookError("no such seat: %(seat)s; seats are %(seats)s", seat=seat_name, seats=", ".join(SEATS))
    term = _write(lambda connection: _hand_over(connection, book_id, seat_name, to, by, until))
    if to is not None:
        books.desk(to)
    return term


def _write(work: Callable[[Connection], Result]) -> Result:
    """One transaction, begun anew when other writers of the book are in the way (R17). Raises: BookError, if they stay there."""
    try:
        return retrying.write(work)
    except retrying.StillBusy as error:
        raise BookError(str(error)) from error


def _hand_over(connection: Connection, book_id: str, seat_name: str, to: str | None, by: str, until: int | None) -> int:
    row = lock_books(connection, [book_id])
    settle_due(connection, row)
    held = held_seat(connection, book_id, seat_name)
    if held is None or book_id not in row:
        raise BookError("no such book")
    if to is not None:
        check_user(connection, to)
    back_to = falls_back_to(held, to, until)
    if held["user_id"] == to and held["until"] == until:
        return int(held["term"])
    locked = LockedBook(row[book_id])
    term = _change(connection, locked, held, to=to, by=by, until=until, back_to=back_to)
    locked.save(connection)
    return term


def vacate(book_id: str, seat_name: str, by: str) -> int:
    """Leave a seat vacant: its proposals are decided by the supervisor, or the administrator. Returns: the term."""
    return hand_over(book_id, seat_name, None, by)


def give_back(book_id: str, seat_name: str, user_id: str, by: str) -> int | None:
    """Take a seat from a user: back to its lasting holder, if he stands in and that one is still there, else vacant.

    Returns: the term; None if he does not hold it.
    """
    return _write(lambda connection: _give_back(connection, book_id, seat_name, user_id, by))


def _give_back(connection: Connection, book_id: str, seat_name: str, user_id: str, by: str) -> int | None:
    row = lock_books(connection, [book_id])
    settle_due(connection, row)
    held = held_seat(connection, book_id, seat_name)
    if held is None or held["user_id"] != user_id:
        return None
    locked = LockedBook(row[book_id])
    to = _alive(connection, held["back_to"])
    term = _change(connection, locked, held, to=to, by=by, until=None, back_to=None)
    locked.save(connection)
    return term


def succeed(book_id: str, seat_name: str, leaver: str, to: str, by: str) -> int | None:
    """Put a user in the place of one who leaves: lasting, if he held the seat so; as the stand-in until the same day, if he stood
    in for another; as the one to whom the seat falls back, if another stands in for him.

    Returns: the term; None if he has no part in this seat. Raises: BookError.
    """
    term = _write(lambda connection: _succeed(connection, book_id, seat_name, leaver, to, by))
    books.desk(to)
    return term


def _succeed(connection: Connection, book_id: str, seat_name: str, leaver: str, to: str, by: str) -> int | None:
    row = lock_books(connection, [book_id])
    settle_due(connection, row)
    check_user(connection, to)
    held = held_seat(connection, book_id, seat_name)
    if held is None or leaver not in (held["user_id"], held["back_to"]):
        return None
    holder = to if held["user_id"] == leaver else held["user_id"]
    lasting = to if held["back_to"] == leaver else held["back_to"]
    until = held["until"] if lasting != holder else None
    locked = LockedBook(row[book_id])
    back_to = lasting if until is not None else None
    term = _change(connection, locked, held, to=holder, by=by, until=until, back_to=back_to)
    locked.save(connection)
    return term


def _alive(connection: Connection, user_id: str | None) -> str | None:
    """This user, unless he left."""
    query = sa.select(user_account.c.id).where(user_account.c.id == user_id, user_account.c.state == "active")
    found: str | None = connection.scalar(query)
    return found


def held_seat(connection: Connection, book_id: str, seat_name: str) -> sa.RowMapping | None:
    """The seat as it is stored."""
    query = sa.select(seat).where(seat.c.book_id == book_id, seat.c.seat == seat_name)
    return connection.execute(query).mappings().first()


def check_user(connection: Connection, user_id: str) -> None:
    """A seat goes to somebody who can work. Raises: BookError."""
    state = connection.scalar(sa.select(user_account.c.state).where(user_account.c.id == user_id))
    if state is None:
        raise BookError("no such user")
    if state != "active":
        raise BookError("this user has left: a seat goes to somebody who can work")


def falls_back_to(held: Mapping[Any, Any], to: str | None, until: int | None) -> str | None:
    """Who has the seat after the stand-in: its lasting holder, however many stand-ins follow each other. None for a hand-over.

    Args: held: `user_id`, `until` and `back_to` of the seat now. Raises: BookError for an end that has passed, or for the holder.
    """
    if until is None:
        return None
    if to is None or until <= clock.now_ms():
        raise BookError("a stand-in is a person, and the end lies in the future")
    lasting: str | None = held["user_id"] if held["until"] is None else held["back_to"]
    if lasting == to:
        raise BookError("this user holds the seat already: nobody stands in for himself")
    return lasting


def _change(
    connection: Connection,
    locked: LockedBook,
    held: Mapping[Any, Any],
    *,
    to: str | None,
    by: str,
    until: int | None,
    back_to: str | None,
) -> int:
    """Write it where a restored backup cannot undo it, then `write_change`. Returns: the term."""
    term = held["term"] + (held["user_id"] != to)
    told = {"seat": held["seat"], "term": term, "to": to, "until": until, "back_to": back_to, "by": by}
    control_journal.append(control_journal.SEAT, locked.id, told)
    return write_change(connection, locked, held, to=to, by=by, until=until, back_to=back_to)


def write_change(
    connection: Connection,
    locked: LockedBook,
    held: Mapping[Any, Any],
    *,
    to: str | None,
    by: str,
    until: int | None,
    back_to: str | None,
) -> int:
    """Write seat, tenure and log entry. Returns: the term."""
    at, before, goes = clock.now_ms(), held["user_id"], held["user_id"] != to
    term: int = held["term"] + goes
    which = (seat.c.book_id == locked.id, seat.c.seat == held["seat"])
    values = {"user_id": to, "term": term, "until": until, "back_to": back_to}
    connection.execute(sa.update(seat).where(*which).values(**values, **({"since_at": at} if goes else {})))
    last = locked.pos
    told = {"seat": held["seat"], "term": term, "from": before, "to": to, "until": until, "back_to": back_to}
    pos = locked.append(KIND, set_id=clock.new_id(), n=1, by=by, at=at, values=told)
    if goes:
        lasting = (tenure.c.book_id == locked.id, tenure.c.seat == held["seat"], tenure.c.to_pos.is_(None))
        connection.execute(sa.update(tenure).where(*lasting).values(to_pos=last))
        row = {"book_id": locked.id, "seat": held["seat"], "term": term, "user_id": to, "from_pos": pos}
        connection.execute(sa.insert(tenure), {**row, "began_at": at, "by": by})
    if goes and held["seat"] == MAINTAINER:
        jobs.ask_for(connection, RECOMPUTE, locked.id)  # who the account manager of each customer is follows from it
    ahead = (read_grant.c.book_id == locked.id, read_grant.c.user_id == to)
    connection.execute(sa.delete(read_grant).where(*ahead))
    return term


def settle_due(connection: Connection, locked: dict[str, sa.RowMapping]) -> bool:
    """Let the stand-ins of these locked books fall back whose end has passed; to nobody, if the lasting holder left.

    Args: locked: book id -> its row, held by this transaction; replaced where something fell back.
    Returns: whether anything did. Called before anything is judged under these locks (R17).
    """
    due = sa.select(seat).where(seat.c.book_id.in_(list(locked)), seat.c.until <= clock.now_ms())
    changed: dict[str, LockedBook] = {}
    for held in connection.execute(due.order_by(seat.c.book_id, seat.c.until, seat.c.seat)).mappings().all():
        here = changed.setdefault(held["book_id"], LockedBook(locked[held["book_id"]]))
        to = _alive(connection, held["back_to"])
        _change(connection, here, held, to=to, by=users.SYSTEM, until=None, back_to=None)
    for here in changed.values():
        here.save(connection)
    if changed:
        fresh = sa.select(book).where(book.c.id.in_(list(changed)))
        locked.update({row["id"]: row for row in connection.execute(fresh).mappings()})
    return bool(changed)


def _due_of() -> sa.Select[str]:
    """The books with a seat that ends, of those that concern a user: his own, and those he may read ahead."""
    user, now = sa.bindparam("user", type_=sa.Text), sa.bindparam("now", type_=sa.BigInteger)
    mine = sa.select(seat.c.book_id).where(sa.or_(seat.c.user_id == user, seat.c.back_to == user))
    ahead = sa.select(read_grant.c.book_id).where(read_grant.c.user_id == user)
    concern = sa.or_(seat.c.book_id.in_(mine), seat.c.book_id.in_(ahead))
    return sa.select(seat.c.book_id).where(seat.c.until <= now, concern)


_DUE_OF = _due_of()


def settle_due_of(user_id: str) -> None:
    """The same for every book that concerns this user, before his devices pull. Writes only if something is due."""
    with reading() as connection:
        due = set(connection.scalars(_DUE_OF, {"user": user_id, "now": clock.now_ms()}))
    for book_id in sorted(due):
        _write(lambda connection, which=book_id: settle_due(connection, lock_books(connection, [which])))  # type: ignore[misc]


def history(book_id: str) -> list[Term]:
    """All terms of a book's seats, in the order in which they began."""
    query = sa.select(tenure).where(tenure.c.book_id == book_id).order_by(tenure.c.from_pos)
    with reading() as connection:
        return [
            Term(row.seat, row.term, row.user_id, row.from_pos, row.to_pos, row.began_at, row.by)
            for row in connection.execute(query)
        ]
