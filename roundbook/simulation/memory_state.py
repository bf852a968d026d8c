"""The server's tables as dictionaries. A transaction is prepared beside them and carried out in one step: whole, or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sync_protocol import chain
from sync_protocol.canonical import canonical
from sync_protocol.state import Residence, SeatState, Stored, Tenure


@dataclass(slots=True)
class Account:
    """A person."""

    id: str
    login: str
    roles: tuple[str, ...]
    active: bool = True


@dataclass(slots=True)
class Machine:
    """An enrolled device."""

    id: str
    user: str
    sign_key: str
    state: str = "active"
    last_seq: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """A record where it lies."""

    stored: Stored
    pos: int
    author: str
    at: int


@dataclass(frozen=True, slots=True)
class Entered:
    """One position of a log."""

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


@dataclass(slots=True)
class Volume:
    """A book: its counters, its log, and what lies in it, in the order of position."""

    id: str
    kind: str
    name: str
    owner: str | None
    pos: int = 0
    head: str = chain.FIRST_HASH
    check_n: int = 0
    check_sum: int = 0
    floor: int = 0
    items: dict[str, int] = field(default_factory=dict)
    left: dict[str, tuple[int, str]] = field(default_factory=dict)
    log: list[Entered] = field(default_factory=list)

    def copy(self) -> Volume:
        """As it is now."""
        return Volume(
            self.id,
            self.kind,
            self.name,
            self.owner,
            self.pos,
            self.head,
            self.check_n,
            self.check_sum,
            self.floor,
            dict(self.items),
            dict(self.left),
            list(self.log),
        )

    def append(self, kind: str, about: Mapping[str, Any], at: int = 0) -> int:
        """One entry. Args: about: its members beside book, position and kind. at: ms. Returns: its position."""
        body = canonical({"book": self.id, "pos": self.pos + 1, "kind": kind, **about})
        digest = hashlib.sha256(body).hexdigest()
        self.pos += 1
        self.head = chain.next_hash(self.head, self.pos, digest)
        named = (about["set"], about["n"], about["record"], about["rev"], about["ver"])
        self.log.append(Entered(*named, kind, about["author"], digest, self.head, body.decode(), at))
        return self.pos

    def replace(self, record: str, before: str | None, after: str) -> None:
        """Carry a record's new version into count and check sum (R30)."""
        if before is None:
            self.check_n += 1
        else:
            self.check_sum -= chain.check_item(record, before)
        self.check_sum = (self.check_sum + chain.check_item(record, after)) % chain.CHECK_MODULUS

    def lose(self, record: str, ver: str) -> None:
        """A record that lies here no more."""
        self.check_n -= 1
        self.check_sum = (self.check_sum - chain.check_item(record, ver)) % chain.CHECK_MODULUS


@dataclass(slots=True)
class Received:
    """A change set that came. `at`, `skew_ms`: when it first did, and what the device's clock was ahead then (R22)."""

    id: str
    device: str
    seq: int
    author: str
    book: str
    digest: str
    state: str = "open"
    verdict: dict[str, Any] | None = None
    body: Mapping[str, Any] | None = None
    faults: int = 0
    at: int = 0
    skew_ms: int = 0


@dataclass(slots=True)
class Tables:
    """Everything that a backup holds."""

    lives: list[tuple[str, dict[str, int]]] = field(default_factory=list)
    accounts: dict[str, Account] = field(default_factory=dict)
    machines: dict[str, Machine] = field(default_factory=dict)
    books: dict[str, Volume] = field(default_factory=dict)
    seats: dict[tuple[str, str], SeatState] = field(default_factory=dict)
    until: dict[tuple[str, str], tuple[int, str | None]] = field(default_factory=dict)
    tenures: dict[tuple[str, str, int], Tenure] = field(default_factory=dict)
    residences: dict[str, tuple[Residence, ...]] = field(default_factory=dict)
    records: dict[str, Kept] = field(default_factory=dict)
    versions: dict[tuple[str, int], str] = field(default_factory=dict)
    sets: dict[str, Received] = field(default_factory=dict)
    numbers: dict[tuple[str, int], str] = field(default_factory=dict)
    proposals: dict[str, tuple[str, ...]] = field(default_factory=dict)
    waiting: dict[str, Received] = field(default_factory=dict)

    @property
    def epoch(self) -> str:
        """The present life of the history."""
        return self.lives[-1][0]

    def forks_since(self, epoch: str) -> dict[str, int]:
        """Book -> the last position that a life shares with the present one; empty, if it is not known."""
        names = [name for name, _ in self.lives]
        if epoch not in names:
            return {}
        later = [forks for _, forks in self.lives[names.index(epoch) + 1 :]]
        return {book: min(forks.get(book, 0) for forks in later) for book in later[0]}

    def note(self, row: Received) -> None:
        """Keep a set, and know it by its number and by whether it waits."""
        self.sets[row.id] = row
        self.numbers[row.device, row.seq] = row.id
        if row.state == "waiting":
            self.waiting[row.id] = row
        else:
            self.waiting.pop(row.id, None)

    def copy(self) -> Tables:
        """A backup: values that change are copied, values that are replaced are shared."""
        found = Tables(
            list(self.lives),
            {i: Account(a.id, a.login, a.roles, a.active) for i, a in self.accounts.items()},
            {i: Machine(m.id, m.user, m.sign_key, m.state, m.last_seq) for i, m in self.machines.items()},
            {i: book.copy() for i, book in self.books.items()},
            dict(self.seats),
            dict(self.until),
            dict(self.tenures),
            dict(self.residences),
            dict(self.records),
            dict(self.versions),
            {i: replace(one) for i, one in self.sets.items()},
            dict(self.numbers),
            dict(self.proposals),
        )
        found.waiting = {i: found.sets[i] for i in self.waiting}
        return found
