"""What a hand-over would do, before it is done."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from server.services import book_readers, clock
from server.services.book_readers import Unsent
from server.services.books import BookError
from server.services.hand_overs import check_user, falls_back_to
from server.storage.database import reading
from server.storage.tables import book, record, seat
from server.storage.typed import typed_table


@dataclass(frozen=True, slots=True)
class Preview:
    """`before` holds the seat now. `gains`, `loses`: users whose devices get or lose the book. `records`: of the book, `customers`
    among them; `proposals`: the open ones that this seat decides. `unsent`: work known on devices of who holds the seat now: it
    arrives all the same, facts late, the rest as proposals. `back_to`: who has the seat again after a stand-in."""

    before: str | None
    to: str | None
    customers: int
    records: int
    proposals: int
    gains: frozenset[str]
    loses: frozenset[str]
    unsent: tuple[Unsent, ...]
    back_to: str | None = None


def preview(book_id: str, seat_name: str, to: str | None, until: int | None = None) -> Preview:
    """What `hand_over` would do now. Raises: BookError, as that would."""
    now = clock.now_ms()
    with reading() as connection:
        which = (seat.c.book_id == book_id, seat.c.seat == seat_name)
        ends = sa.case((seat.c.until > now, seat.c.until), else_=None).label("until")
        query = sa.select(book_readers.holder(now).label("user_id"), ends, seat.c.back_to).where(*which)
        held = connection.execute(query).mappings().first()
        if held is None or connection.scalar(sa.select(book.c.id).where(book.c.id == book_id)) is None:
            raise BookError("no such book or seat")
        if to is not None:
            check_user(connection, to)
        back_to = falls_back_to(held, to, until)
        readers = book_readers.readers(connection, book_id, now)
        after = book_readers.readers(connection, book_id, now, without=seat_name) | ({to} if to else set())
        customer, proposal = typed_table("customer"), typed_table("proposal")
        here = sa.select(sa.func.count()).where
        before: str | None = held["user_id"]
        return Preview(
            before,
            to,
            int(connection.scalar(here(customer.c.book_id == book_id)) or 0),
            int(connection.scalar(here(record.c.book_id == book_id)) or 0),
            int(
                connection.scalar(
                    here(proposal.c.book_id == book_id, proposal.c.decider == seat_name, proposal.c.state == "open")
                )
                or 0
            ),
            frozenset(after - readers),
            frozenset(readers - after),
            tuple(book_readers.unsent_of(connection, [before] if before and before != to else [])),
            back_to,
        )
