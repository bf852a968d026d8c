"""Who reads a book in the field, now and after a change of its seats; and what their devices still hold of their own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.storage.tables import device, read_grant, seat, user_account


@dataclass(frozen=True, slots=True)
class Unsent:
    """A device that said, when it was last here, that it holds work which the server has not got. `since` and `seen_at` in ms."""

    device: str
    name: str
    user: str
    sets: int
    photos: int
    since: int | None
    seen_at: int | None


def holder(now: int) -> sa.ColumnElement[str | None]:
    """Who holds a seat at this instant: a stand-in's end may have passed before anybody touched the book."""
    over = sa.and_(seat.c.until.is_not(None), seat.c.until <= now)
    return sa.case((over, seat.c.back_to), else_=seat.c.user_id)


def holds(user_id: str | sa.BindParameter[str], now: int | sa.BindParameter[int]) -> sa.ColumnElement[bool]:
    """Whether that is this user, in a form that the indexes of `seat` answer."""
    lasts = sa.or_(seat.c.until.is_(None), seat.c.until > now)
    return sa.or_(sa.and_(seat.c.user_id == user_id, lasts), sa.and_(seat.c.back_to == user_id, seat.c.until <= now))


def granted(now: int | sa.BindParameter[int]) -> sa.ColumnElement[bool]:
    """Whether a grant of reading ahead counts at this instant."""
    return sa.and_(read_grant.c.from_at <= now, sa.or_(read_grant.c.until.is_(None), read_grant.c.until > now))


def readers(connection: Connection, book_id: str, now: int, *, without: str | None = None) -> set[str]:
    """The active users whose devices hold the book. Args: without: a seat that is left out of account."""
    held = sa.select(holder(now).label("user_id")).where(seat.c.book_id == book_id)
    if without is not None:
        held = held.where(seat.c.seat != without)
    ahead = sa.select(read_grant.c.user_id).where(read_grant.c.book_id == book_id, granted(now))
    wanted = sa.union(held, ahead).subquery()
    query = sa.select(user_account.c.id).where(
        user_account.c.id.in_(sa.select(wanted.c.user_id)), user_account.c.state == "active"
    )
    return set(connection.scalars(query))


def unsent_of(connection: Connection, users: Iterable[str]) -> list[Unsent]:
    """The devices in use of these users that hold unsent work, as far as they told."""
    query = (
        sa.select(device)
        .where(
            device.c.user_id.in_(sorted(users)),
            device.c.kind == "device",
            device.c.state != "lost",
            device.c.held_sets + device.c.held_photos > 0,
        )
        .order_by(device.c.held_since, device.c.id)
    )
    return [
        Unsent(row.id, row.name, row.user_id, row.held_sets, row.held_photos, row.held_since, row.seen_at)
        for row in connection.execute(query)
    ]
