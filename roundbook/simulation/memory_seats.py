"""Seats of the server in memory: hand-overs, stand-ins that fall back, and what a restore does again."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from roundbook.simulation import memory_push
from roundbook.simulation.memory_state import Account, Tables, Volume
from roundbook.simulation.office import SYSTEM
from sync_protocol.fields import Seat
from sync_protocol.identity import RANDOM_BYTES, new_id
from sync_protocol.state import SeatState, Tenure


class MemorySeats:
    """Accounts, books and their seats. Args: clock_ms: the server's clock. randomness: for ids."""

    def __init__(self, clock_ms: Callable[[], int], randomness: Callable[[int], bytes]) -> None:
        self.clock_ms, self.randomness = clock_ms, randomness
        self.tables = Tables(lives=[(self._id(), {})])
        self.control: list[tuple[str, str, int, str | None, tuple[int, str | None] | None]] = []
        self.tables.accounts[SYSTEM] = Account(SYSTEM, "system", ())
        self._book("Reference", "reference", None)
        self._book("Desk", "desk", SYSTEM)

    def _id(self) -> str:
        return new_id(self.clock_ms(), self.randomness(RANDOM_BYTES))

    def add_user(self, login: str, *roles: str) -> str:
        """A person, and his desk."""
        user = self._id()
        self.tables.accounts[user] = Account(user, login, roles)
        self._book("Desk", "desk", user)
        return user

    def add_book(self, name: str) -> str:
        """A round's book with vacant seats."""
        book = self._book(name, "round", None)
        for seat in Seat:
            self.tables.seats[book, seat.value] = SeatState(None, 0)
        return book

    def _book(self, name: str, kind: str, owner: str | None) -> str:
        book = self._id()
        self.tables.books[book] = Volume(book, kind, name, owner)
        return book

    def reference_book(self) -> str:
        """The company's catalogue."""
        return next(book.id for book in self.tables.books.values() if book.kind == "reference")

    def desk_of(self, user: str) -> str:
        """A person's desk."""
        return next(book.id for book in self.tables.books.values() if book.kind == "desk" and book.owner == user)

    def assign(self, book: str, seat: str, user: str | None) -> None:
        """A hand-over."""
        self._hand_over(book, seat, user, until=None)

    def stand_in(self, book: str, seat: str, user: str, until_ms: int) -> bool:
        """A hand-over that falls back."""
        held = self.tables.seats[book, seat]
        if held.user is None or held.user == user:
            return False
        self._hand_over(book, seat, user, until=until_ms)
        return True

    def _hand_over(self, book_id: str, seat: str, user: str | None, until: int | None) -> None:
        tables, book = self.tables, self.tables.books[book_id]
        self._settle_due([book_id])
        held = tables.seats[book_id, seat]
        if held.user == user and until is None and (book_id, seat) not in tables.until:
            return
        lasting = tables.until[book_id, seat][1] if (book_id, seat) in tables.until else held.user
        memory_push.commit()
        term = held.term + (held.user != user)
        last = book.pos
        about = {"set": self._id(), "n": 1, "record": "", "rev": 0, "ver": "", "author": SYSTEM, "type": None}
        pos = book.append("hand-over", {**about, "values": {"seat": seat, "term": term, "to": user}})
        if held.user != user:
            before = tables.tenures.get((book_id, seat, held.term))
            if before is not None:
                tables.tenures[book_id, seat, held.term] = Tenure(before.user, before.from_pos, last)
            tables.tenures[book_id, seat, term] = Tenure(user or "", pos, None)
        tables.seats[book_id, seat] = SeatState(user, term)
        tables.until.pop((book_id, seat), None)
        if until is not None:
            tables.until[book_id, seat] = (until, lasting)
        self.control.append((book_id, seat, term, user, tables.until.get((book_id, seat))))
        memory_push.committed()

    def _settle_due(self, books: Sequence[str]) -> None:
        for (book, seat), (until, lasting) in sorted(self.tables.until.items()):
            if book in books and until <= self.clock_ms():
                del self.tables.until[book, seat]
                account = self.tables.accounts.get(lasting or "")
                held = self.tables.seats[book, seat]
                if held.user != lasting:
                    try:
                        self._fall_back(book, seat, lasting if account is not None and account.active else None)
                    except BaseException:  # the server died before it was written: then the end still stands
                        self.tables.until.setdefault((book, seat), (until, lasting))
                        raise

    def _fall_back(self, book: str, seat: str, user: str | None) -> None:
        self._hand_over(book, seat, user, until=None)

    def term(self, book: str, seat: str) -> int:
        """The current term of a seat."""
        return self.tables.seats[book, seat].term

    def _again(self, book: str, seat: str, term: int, user: str | None, until: tuple[int, str | None] | None) -> None:
        """A hand-over that the backup does not know (R35)."""
        tables, held = self.tables, self.tables.seats[book, seat]
        if term > held.term:
            last = tables.books[book].pos
            about = {"set": self._id(), "n": 1, "record": "", "rev": 0, "ver": "", "author": SYSTEM, "type": None}
            pos = tables.books[book].append("hand-over", {**about, "values": {"seat": seat, "term": term, "to": user}})
            before = tables.tenures.get((book, seat, held.term))
            if before is not None:
                tables.tenures[book, seat, held.term] = Tenure(before.user, before.from_pos, last)
            tables.tenures[book, seat, term] = Tenure(user or "", pos, None)
            tables.seats[book, seat] = SeatState(user, term)
        tables.until.pop((book, seat), None)
        if until is not None:
            tables.until[book, seat] = until
