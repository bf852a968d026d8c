"""What a test of seats and moves begins with: two books, four people, and words for what happens to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from server.services import books, hand_overs, moves, users
from server.storage.database import reading
from server.storage.tables import log
from tests.head_office import HeadOffice
from tests.seats.phone import Phone

DAY = 24 * 3600 * 1000


@dataclass
class Round:
    """`north` is Li's and `south` Wang's, under Chen; Zhou has no seat. Names are of this test alone."""

    office: HeadOffice
    north: str
    south: str
    number: int

    @classmethod
    def make(cls, office: HeadOffice, number: int) -> Round:
        for name in ("li", "wang", "zhou"):
            office.user(f"{name}{number}")
        office.user(f"chen{number}", "supervisor")
        supervisor = f"chen{number}"
        north = office.book(f"north{number}", maintainer=f"li{number}", supervisor=supervisor)
        south = office.book(f"south{number}", maintainer=f"wang{number}", supervisor=supervisor)
        return cls(office, north, south, number)

    def user(self, name: str) -> str:
        return self.office.users[f"{name}{self.number}"]

    def phone(self, name: str) -> Phone:
        """A fresh device, after its first sync."""
        phone = Phone(self.office.invitation(f"{name}{self.number}"))
        assert phone.enrol().status == 200
        phone.sync()
        return phone

    def customer(self, name: str, book: str | None = None, **fields: Any) -> str:
        return self.office.customer(book or self.north, name, **fields)

    def hand_over(self, book: str, to: str | None, *, seat: str = "maintainer", until: int | None = None) -> int:
        with self.office.app.app_context():
            return hand_overs.hand_over(book, seat, self.user(to) if to else None, users.SYSTEM, until)

    def move(self, customers: Sequence[str], to: str) -> list[moves.Moved]:
        with self.office.app.app_context():
            return moves.move_customers(customers, to, users.SYSTEM)

    def scope(self, name: str) -> set[str]:
        """The rounds that a device of this user may hold."""
        with self.office.app.app_context(), reading() as connection:
            return set(books.scope_of(connection, self.user(name))) & {self.north, self.south}

    def kinds(self, book: str) -> list[str]:
        """The log of a book, in words."""
        with self.office.app.app_context(), reading() as connection:
            return list(connection.scalars(sa.select(log.c.kind).where(log.c.book_id == book).order_by(log.c.pos)))


def states(verdict: dict[str, Any]) -> list[str]:
    """What became of each change of a set."""
    return [change["state"] for change in verdict["changes"]]
