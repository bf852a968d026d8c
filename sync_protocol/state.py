"""What rights and merging look at: a record as stored, its stamps, and the seats of a book."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

REMOVAL = "*"  # the stamp of a removal or restoration stands under this name


class Stamp(NamedTuple):
    """Who set a field last (R1). `time` in ms, as corrected by the server."""

    rev: int
    device: str
    seq: int
    user: str
    time: int


@dataclass(slots=True)
class Stored:
    """A record as the server has it. Never changed, though not frozen: to make a frozen one takes four times as long, and each set makes one."""

    id: str
    type: str
    customer: str | None
    book: str
    rev: int
    ver: str
    removed: bool
    fields: Mapping[str, Any]
    stamps: Mapping[str, Stamp]
    made_by: str


@dataclass(frozen=True, slots=True)
class SeatState:
    """Who holds a seat now, under which term."""

    user: str | None
    term: int


@dataclass(frozen=True, slots=True)
class Tenure:
    """One term of a seat, in positions of its book. `to_pos` is None while it lasts."""

    user: str
    from_pos: int
    to_pos: int | None


@dataclass(frozen=True, slots=True)
class Residence:
    """The time that a customer spent in a book, in positions of that book."""

    book: str
    from_pos: int
    to_pos: int | None


@dataclass(frozen=True, slots=True)
class Warrant:
    """What the acceptance of a proposal allows its decider, in the same set, beyond his seats: this record, and nothing else.

    Args: ops: which changes. fields: which of its fields; None: all, for a creation. values: what was asked for. book: where the
        proposal lies. made_by: who proposed. spent: the proposal had been accepted before, so what follows meets what was
        written then.
    """

    ops: frozenset[str]
    fields: frozenset[str] | None
    values: Mapping[str, Any]
    book: str
    made_by: str
    spent: bool

    def allows(self, change: Mapping[str, Any]) -> bool:
        """Whether the change is one that was asked for."""
        named = {name for member in ("set", "add", "put", "take") for name in change.get(member, {})}
        return change["op"] in self.ops and (self.fields is None or named <= self.fields)


@dataclass(slots=True)
class World:
    """The part of the server's state that one set touches, as a working copy: later changes see the effects of earlier ones.

    Args: records: id -> record. places: id -> book, of every record named that exists. seats: (book, seat) -> state; of
        a desk its owner is maintainer, under term 0. tenures: (book, seat, term) -> tenure. residences: customer -> where it
        lived. history: (record, rev) -> ver, for the bases that the changes name. kinds: book -> kind, where it is not a round. erased: ids that were erased. proposed: ids
        that exist in an open proposal only; proposed_here: those of them that this very set proposed. declined: ids whose
        creation was declined. warrants: record -> what accepted proposals about it allow, from here to the end of the set.
    """

    records: dict[str, Stored] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    seats: Mapping[tuple[str, str], SeatState] = field(default_factory=dict)
    tenures: Mapping[tuple[str, str, int], Tenure] = field(default_factory=dict)
    residences: Mapping[str, tuple[Residence, ...]] = field(default_factory=dict)
    history: Mapping[tuple[str, int], str] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    erased: frozenset[str] = frozenset()
    proposed: frozenset[str] = frozenset()
    proposed_here: frozenset[str] = frozenset()
    declined: frozenset[str] = frozenset()
    warrants: dict[str, tuple[Warrant, ...]] = field(default_factory=dict)

    def warrant_for(self, change: Mapping[str, Any]) -> Warrant | None:
        """The warrant that this change is carried out under."""
        if not self.warrants:
            return None
        return next((found for found in self.warrants.get(change["record"], ()) if found.allows(change)), None)
