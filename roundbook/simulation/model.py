"""The reference model: who may hold what, and what was done, kept by the scheduler itself and not asked of the server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Written:
    """A set that did not come from a phone: of head office, or of the hostile client."""

    wire: Mapping[str, Any]
    is_system: bool


@dataclass(slots=True)
class Model:
    """Seats as they were given, books that everybody has, and the verdicts that were heard.

    Args: seats: (book, seat) -> user. until: (book, seat) -> (end in ms, who has it then). desks: user -> his desk.
        finals: (epoch, set) -> final state that a device was told. gone: users and devices that were cut off.
        stolen: set that a stolen phone sent -> whether it had never been sent before. held: (book, seat) -> (since ms, who) in
            order of time. secrets: values that no device may ever see whole.
    """

    reference: str = ""
    books: list[str] = field(default_factory=list)
    seats: dict[tuple[str, str], str] = field(default_factory=dict)
    until: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)
    desks: dict[str, str] = field(default_factory=dict)
    finals: dict[tuple[str, str], str] = field(default_factory=dict)
    written: dict[str, Written] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    hostile: set[str] = field(default_factory=set)
    stolen: dict[str, bool] = field(default_factory=dict)
    held: dict[tuple[str, str], list[tuple[int, str]]] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=set)
    epoch: str = ""
    is_backed_up: bool = False

    def give(self, book: str, seat: str, user: str, now_ms: int) -> None:
        """A hand-over."""
        self.settle(now_ms)
        self._seat(book, seat, user, now_ms)
        self.until.pop((book, seat), None)

    def lend(self, book: str, seat: str, user: str, until_ms: int, now_ms: int) -> None:
        """A hand-over that falls back."""
        self.settle(now_ms)
        lasting = self.until.get((book, seat), (0, self.seats[book, seat]))[1]
        self._seat(book, seat, user, now_ms)
        self.until[book, seat] = (until_ms, lasting)

    def _seat(self, book: str, seat: str, user: str, at_ms: int) -> None:
        self.seats[book, seat] = user
        self.held.setdefault((book, seat), []).append((at_ms, user))

    def settle(self, now_ms: int) -> list[tuple[str, str]]:
        """Stand-ins whose end has passed. Returns: the seats that fell back."""
        due = [key for key, (until, _) in self.until.items() if until <= now_ms]
        for key in due:
            until, lasting = self.until.pop(key)
            self._seat(*key, lasting, until)
        return due

    def scope(self, user: str, now_ms: int) -> set[str]:
        """The books that a device of this user may hold."""
        self.settle(now_ms)
        mine = {book for (book, _), holder in self.seats.items() if holder == user}
        return mine | {self.reference, self.desks.get(user, self.reference)}
