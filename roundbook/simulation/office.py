"""What the scheduler and the checkers ask of a server, whichever back end it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from field_app.sync.transport import Response

SYSTEM = "00000000-0000-8000-8000-000000000001"


@dataclass(frozen=True, slots=True)
class BookRow:
    """A book's counters."""

    id: str
    kind: str
    owner: str | None
    pos: int
    head: str
    check_n: int
    check_sum: str


@dataclass(frozen=True, slots=True)
class RecordRow:
    """A record as the server has it."""

    id: str
    book: str
    type: str
    customer: str | None
    rev: int
    ver: str
    pos: int
    removed: bool
    fields: Mapping[str, Any]
    author: str = ""
    at: int = 0
    made_by: str = ""


@dataclass(frozen=True, slots=True)
class LogRow:
    """One position of a book's log. `at`: when the server wrote it, ms; 0 where nobody asks for that."""

    pos: int
    set_id: str
    n: int
    record: str
    rev: int
    ver: str
    kind: str
    author: str
    digest: str
    hash: str
    body: str
    at: int = 0


@dataclass(frozen=True, slots=True)
class SetRow:
    """A received change set and what became of it."""

    id: str
    device: str
    seq: int
    author: str
    digest: str
    state: str
    verdict: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class TenureRow:
    """One term of a seat."""

    book: str
    seat: str
    term: int
    user: str | None
    from_pos: int
    to_pos: int | None


@dataclass(slots=True)
class Snapshot:
    """Everything that checkers look at, read at one instant. `stamps`: record -> field -> (rev, device, seq, user, time).
    `misread`: records that head office's lists show otherwise."""

    books: dict[str, BookRow] = field(default_factory=dict)
    records: dict[tuple[str, str], RecordRow] = field(default_factory=dict)
    log: dict[str, list[LogRow]] = field(default_factory=dict)
    sets: dict[str, SetRow] = field(default_factory=dict)
    tenures: list[TenureRow] = field(default_factory=list)
    seats: dict[tuple[str, str], tuple[str | None, int]] = field(default_factory=dict)
    left: dict[tuple[str, str], str] = field(default_factory=dict)
    stamps: dict[str, Mapping[str, tuple[int, str, int, str, int]]] = field(default_factory=dict)
    misread: list[str] = field(default_factory=list)
    photos_wanted: int = 0
    photos_stored: int = 0
    photos_damaged: int = 0

    @property
    def home(self) -> dict[str, str]:
        """Customer -> the book where he lies."""
        return {r.id: r.book for r in self.records.values() if r.type == "customer"}


class Office(Protocol):
    """A server as the scheduler drives it. Every method may raise Crashed where a crash was planned."""

    poison: set[str]

    def exchange(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Response: ...

    def opened(self, sealed: str) -> Any:
        """What is in a sealed set; None, if it is not for this server."""
        ...

    def add_user(self, login: str, *roles: str) -> str: ...

    def add_book(self, name: str) -> str: ...

    def reference_book(self) -> str: ...

    def desk_of(self, user: str) -> str: ...

    def assign(self, book: str, seat: str, user: str | None) -> None: ...

    def term(self, book: str, seat: str) -> int: ...

    def invite(self, user: str) -> str: ...

    def write(
        self, author: str, book: str, action: str, changes: Sequence[Mapping[str, Any]], *, system: bool
    ) -> Mapping[str, Any]: ...

    def revoke(self, device: str, state: str) -> None: ...

    def dismiss(self, user: str) -> None: ...

    def move(self, customer: str, to_book: str) -> bool: ...

    def stand_in(self, book: str, seat: str, user: str, until_ms: int) -> bool: ...

    def back_up(self) -> object: ...

    def restore(self, backup: object) -> None: ...

    def give_pages_of(self, items: int) -> int:
        """From now on a page has so many items. Returns: how many it had."""
        ...

    def receive(self, raw: bytes) -> tuple[list[bytes], bytes, bool]:
        """A file that was carried by hand comes in. Returns: the pages of its answer as they were written, the answer file, empty
        if there is none; and whether a set of it got a verdict."""
        ...

    def fail_over(self, backup: object) -> None:
        """An older copy takes over, and does not know that it is one (R36)."""
        ...

    def upgrade(self) -> None:
        """The next release is installed: its declarations are worn already."""
        ...

    def checks(self) -> dict[str, tuple[int, str]]:
        """Book -> (n, sum) as its row says: cheap."""
        ...

    def open_proposals(self, limit: int) -> list[RecordRow]: ...

    def some_records(self, type_name: str, limit: int) -> list[RecordRow]: ...

    def record(self, record_id: str) -> RecordRow | None: ...

    def snapshot(self) -> Snapshot: ...

    def close(self) -> None: ...
