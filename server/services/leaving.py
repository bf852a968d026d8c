"""The three ways of leaving (decision 10): somebody hands over, is dismissed, or loses the device.

*Hand-over*: `hand_over_all`, by the ordinary rules; what was made before and comes after is late work. *Dismissed*: `dismiss`;
what his devices still send goes whole to the quarantine. *Stolen*: `enrolment.revoke(device, "lost")`, which stops the device
and not the person. A device that is only replaced is `retired` there.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import book_readers, clock, control_journal, hand_overs, users
from server.services.book_readers import Unsent
from server.storage.database import reading, writing
from server.storage.tables import console_session, invitation, read_grant, seat, user_account

USER = "user"  # kind of an entry in the control journal


@dataclass(frozen=True, slots=True)
class Dismissal:
    """What a dismissal does, or would do. `seats`: (book id, seat) that the user holds: they stay his, unless they are to fall
    vacant. `unsent`: work known on his devices; it will be put aside."""

    user: str
    seats: tuple[tuple[str, str], ...]
    sessions: int
    invitations: int
    unsent: tuple[Unsent, ...]


def preview_dismissal(user_id: str) -> Dismissal:
    """What `dismiss` would do now. Raises: users.UserError."""
    _check(user_id)
    with reading() as connection:
        return _dismissal(connection, user_id)


def dismiss(user_id: str, by: str, *, vacate: bool = False) -> Dismissal:
    """End everything that a user may do, at once: sign-in, sessions, invitations, what his devices receive.

    Args: by: who decided it. vacate: leave his seats vacant too; one that he only stood in for goes back to its holder. Without
        it they stay in his name, so that somebody can hand them over with care. It may be asked for later, by dismissing again.
    Raises: users.UserError for an unknown user, or the product itself.
    """
    _check(user_id)
    with writing() as connection:
        done = _dismissal(connection, user_id)
        control_journal.append(USER, user_id, {"state": "disabled", "by": by})
        user, session = user_account.c.id == user_id, console_session.c.user_id == user_id
        connection.execute(sa.update(user_account).where(user).values(state="disabled"))
        connection.execute(sa.delete(console_session).where(session))
        connection.execute(sa.update(invitation).where(*_open(user_id)).values(expires_at=clock.now_ms()))
        connection.execute(sa.delete(read_grant).where(read_grant.c.user_id == user_id))
    if vacate:
        for book_id, seat_name in done.seats:
            hand_overs.give_back(book_id, seat_name, user_id, by)
    return done


def hand_over_all(user_id: str, to: str, by: str) -> list[tuple[str, str, int]]:
    """Put another in a user's place in every seat that he has a part in, as `hand_overs.succeed` has it.

    Returns: book id, seat and term of each. Raises: BookError.
    """
    given = [(one.book, one.seat, hand_overs.succeed(one.book, one.seat, user_id, to, by)) for one in parts_of(user_id)]
    return [(book_id, name, term) for book_id, name, term in given if term is not None]


@dataclass(frozen=True, slots=True)
class Part:
    """A user's part in a seat: it is his, or he stands in for another (`instead_of`, None if that seat was vacant), or
    `stand_in` stands in for him. `until`: ms; the end of the standing in, None if nobody does."""

    book: str
    seat: str
    until: int | None = None
    instead_of: str | None = None
    stand_in: str | None = None


def parts_of(user_id: str) -> list[Part]:
    """Every seat that a user has a part in now, in the order of books and seats."""
    now, mine = clock.now_ms(), sa.or_(seat.c.user_id == user_id, seat.c.back_to == user_id)
    with reading() as connection:
        rows = connection.execute(sa.select(seat).where(mine).order_by(seat.c.book_id, seat.c.seat)).all()
    found = []
    for row in rows:
        over = row.until is not None and row.until <= now
        if row.until is None or (over and row.back_to == user_id):
            found.append(Part(row.book_id, row.seat))
        elif not over:
            instead_of, stand_in = (row.back_to, None) if row.user_id == user_id else (None, row.user_id)
            found.append(Part(row.book_id, row.seat, row.until, instead_of, stand_in))
    return found


def _check(user_id: str) -> None:
    if user_id == users.SYSTEM or users.by_id(user_id) is None:
        raise users.UserError("there is no such user")


def _dismissal(connection: Connection, user_id: str) -> Dismissal:
    session = sa.select(sa.func.count()).where(console_session.c.user_id == user_id)
    codes = sa.select(sa.func.count()).select_from(invitation).where(*_open(user_id))
    return Dismissal(
        user_id,
        tuple(_seats(connection, user_id)),
        int(connection.scalar(session) or 0),
        int(connection.scalar(codes) or 0),
        tuple(book_readers.unsent_of(connection, [user_id])),
    )


def _open(user_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    """Invitations that still admit a device."""
    later = invitation.c.expires_at > clock.now_ms()
    return (invitation.c.user_id == user_id, invitation.c.used_at.is_(None), later)


def _seats(connection: Connection, user_id: str) -> list[tuple[str, str]]:
    query = sa.select(seat.c.book_id, seat.c.seat).where(book_readers.holds(user_id, clock.now_ms()))
    return [(row.book_id, row.seat) for row in connection.execute(query.order_by(seat.c.book_id, seat.c.seat))]
