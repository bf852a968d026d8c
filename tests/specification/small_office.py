"""A head office in memory: the pure part of the server, with positions, hand-overs and moves, and nothing to wait for."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace
from typing import Any

from sync_protocol import chain, changes
from sync_protocol.decide import decide_set
from sync_protocol.identity import derived_id
from sync_protocol.state import Residence, SeatState, Stored, Tenure, World
from sync_protocol.verdicts import Author, Decision

MAINTAINER, SUPERVISOR, LICENSING = "maintainer", "supervisor", "licensing"
VISIT = {"state": "open", "checked_in_at": 1}
ORDINARY = {"seat": MAINTAINER, "term": 1}


def named(name: str) -> str:
    """The id of something that a test calls by name."""
    return derived_id("named", name)


@dataclass
class Outcome:
    """What became of a set."""

    state: str
    decisions: list[Decision]

    @property
    def why(self) -> list[tuple[str, str]]:
        return [(reason["field"], reason["code"]) for decision in self.decisions for reason in decision.why]

    @property
    def late(self) -> bool:
        return any(decision.late for decision in self.decisions)

    @property
    def kinds(self) -> list[str]:
        return [entry.kind for decision in self.decisions for entry in decision.entries]

    @property
    def proposal(self) -> str:
        return next(d.proposal for d in self.decisions if d.proposal)

    @property
    def conflict(self) -> str:
        return next(d.conflict for d in self.decisions if d.conflict)


@dataclass
class SmallOffice:
    """Books `north` and `south`; who holds what is up to the test. A device is called like its user, unless it is named."""

    world: World = field(default_factory=World)
    pos: dict[str, int] = field(default_factory=dict)
    seqs: dict[str, int] = field(default_factory=dict)
    now: int = 1_000_000
    sets: int = 0

    def seat(self, book: str, seat: str, user: str | None) -> None:
        """A hand-over: one term further, from the next position on."""
        key, at = (named(book), seat), self.pos.get(named(book), 0)
        seats, tenures = dict(self.world.seats), dict(self.world.tenures)
        last = seats.get(key, SeatState(None, 0))
        if (*key, last.term) in tenures:
            tenures[(*key, last.term)] = replace(tenures[(*key, last.term)], to_pos=at)
        seats[key] = SeatState(user, last.term + 1)
        if user is not None:
            tenures[(*key, last.term + 1)] = Tenure(user, at + 1, None)
        self.world.seats, self.world.tenures = seats, tenures

    def term(self, book: str, seat: str) -> int:
        return self.world.seats.get((named(book), seat), SeatState(None, 0)).term

    def customer(self, name: str, book: str = "north", **fields: Any) -> str:
        """A customer that an import made."""
        record = named(name)
        change = self.change("create", "customer", record, set={"store_name": name, **fields}, base=None)
        assert self.push("import", change, book=book, system=True).state == "applied"
        return record

    def change(self, op: str, type_name: str, record: str, customer: str | None = "", **members: Any) -> dict[str, Any]:
        """A change in wire form, made on the record as it is now, by its maintainer; what a test gives counts instead."""
        known = self.world.records.get(record)
        if customer == "":
            customer = known.customer if known else record
        found = {"op": op, "type": type_name, "record": record, "customer": customer, "seat": MAINTAINER, "term": 1}
        found |= {"base": known.ver} if known else {}
        return {name: value for name, value in {**found, **members}.items() if value is not None or name == "customer"}

    def push(
        self,
        user: str,
        *made: dict[str, Any],
        book: str = "north",
        device: str | None = None,
        seq: int | None = None,
        time: int | None = None,
        system: bool = False,
        acts: tuple[str, ...] = (),
    ) -> Outcome:
        """Judge a set, and keep its effects if it has any."""
        device = device or user
        self.sets, self.now = self.sets + 1, self.now + 1000
        self.seqs[device] = max(self.seqs.get(device, 0) + 1, seq or 0)
        wire = [{"n": n, **change} for n, change in enumerate(made, 1)]
        for n, change in enumerate(wire, 1):
            assert changes.check_change(change, n) == [], changes.check_change(change, n)
        author = Author(
            user, device, seq or self.seqs[device], self.now if time is None else time, system, frozenset(acts)
        )
        tried = copy.deepcopy(self.world)
        set_id = named(f"set {self.sets}")
        state, decisions = decide_set(wire, tried, author=author, set_id=set_id, set_book=named(book))
        if state not in ("refused", "waiting"):
            tried.proposed_here, tried.warrants = frozenset(), {}
            self.world = tried
            self._keep(decisions)
        return Outcome(state, decisions)

    def _keep(self, decisions: list[Decision]) -> None:
        history, residences = dict(self.world.history), dict(self.world.residences)
        for entry in (entry for decision in decisions for entry in decision.entries):
            self.pos[entry.book] = self.pos.get(entry.book, 0) + 1
            if entry.record is not None:
                history[(entry.record_id, entry.record.rev)] = entry.record.ver
                if entry.record.type == "customer" and entry.record.rev == 1:
                    residences[entry.record_id] = (Residence(entry.book, self.pos[entry.book], None),)
        self.world.history, self.world.residences = history, residences
        self.world.proposed = self._not_created("open")
        self.world.declined = self._not_created("declined") - self.world.proposed

    def _not_created(self, state: str) -> frozenset[str]:
        found = {proposal.fields["of"] for proposal in self.of_type("proposal") if proposal.fields["state"] == state}
        return frozenset(found - self.world.places.keys())

    def move(self, customer: str, to: str) -> None:
        """Move a customer and all that is below him to another book (R18)."""
        for record in [r for r in self.world.records.values() if r.customer == customer]:
            self.pos[record.book] = self.pos.get(record.book, 0) + 1
            self.pos[named(to)] = self.pos.get(named(to), 0) + 1
            ver = chain.next_ver(record.ver, record.rev + 1, named(to), record.removed, {})
            moved = replace(record, book=named(to), rev=record.rev + 1, ver=ver)
            self.world.records[record.id], self.world.places[record.id] = moved, moved.book
            self.world.history = {**self.world.history, (record.id, moved.rev): ver}
        stays = list(self.world.residences[customer])
        stays[-1] = replace(stays[-1], to_pos=self.pos[stays[-1].book])
        stays.append(Residence(named(to), self.pos[named(to)], None))
        self.world.residences = {**self.world.residences, customer: tuple(stays)}

    def fields(self, record: str) -> dict[str, Any]:
        return dict(self.world.records[record].fields)

    def record(self, record: str) -> Stored:
        return self.world.records[record]

    def of_type(self, type_name: str) -> list[Stored]:
        return [record for record in self.world.records.values() if record.type == type_name]
