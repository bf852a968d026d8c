"""Reading ahead: a planned successor's devices load a book before he takes it over (R17)."""

from __future__ import annotations

import sqlalchemy as sa

from server.services import book_readers, books, clock
from server.services.book_log import lock_books
from server.services.books import BookError
from server.services.hand_overs import check_user
from server.storage.database import writing
from server.storage.tables import read_grant, seat


def plan_successor(book_id: str, user_id: str, by: str, until: int | None = None) -> None:
    """Let a user's devices load a book that he will take over: access `read`. Args: until: ms; None: until it is withdrawn.

    Raises: BookError.
    """
    now = clock.now_ms()
    if until is not None and until <= now:
        raise BookError("the end has passed")
    with writing() as connection:
        here = lock_books(connection, [book_id]).get(book_id)
        if here is None or here["kind"] != "round":
            raise BookError("no such book")
        check_user(connection, user_id)
        holds = sa.select(seat.c.seat).where(seat.c.book_id == book_id, book_readers.holds(user_id, now))
        if connection.scalar(holds) is not None:
            raise BookError("this user has a seat of the book, and reads it already")
        which = (read_grant.c.book_id == book_id, read_grant.c.user_id == user_id)
        connection.execute(sa.delete(read_grant).where(*which))
        row = {"book_id": book_id, "user_id": user_id, "from_at": now, "until": until, "by": by}
        connection.execute(sa.insert(read_grant), row)
    books.desk(user_id)


def withdraw_successor(book_id: str, user_id: str) -> bool:
    """End reading ahead. Returns: whether there was a grant."""
    which = (read_grant.c.book_id == book_id, read_grant.c.user_id == user_id)
    with writing() as connection:
        return bool(connection.execute(sa.delete(read_grant).where(*which)).rowcount)
