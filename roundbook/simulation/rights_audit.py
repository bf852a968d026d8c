"""The table of protocol §6 from outside: how the author of each change stood to its seat when it was judged, and what had to become of it.

Judged by the logs alone: terms of seats and stays of customers, in positions of the books, never by a clock.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from roundbook.simulation.histories import Histories
from roundbook.simulation.office import Snapshot, TenureRow
from sync_protocol.fields import FieldClass
from sync_protocol.records.base import Nature, class_of, record_type

ObjectTo = Callable[[str, str], None]
Terms = Mapping[tuple[str, str], list[TenureRow]]
HOLDER, AGAIN, LATE, OTHER = "holder", "again", "late", "other"
TOOK_EFFECT = ("applied", "merged", "proposed")
OF_THE_ROUND = (Nature.FILE, Nature.FACT, Nature.COMMITMENT)


@dataclass(frozen=True, slots=True)
class Stay:
    """A customer's time in a book. `moved_in`: he was not created there. `to_pos`: None while it lasts."""

    book: str
    from_pos: int
    to_pos: int | None
    moved_in: bool


def check_rights(
    snapshot: Snapshot,
    histories: Histories,
    wires: Mapping[str, Mapping[str, Any]],
    saved: Collection[str],
    object_to: ObjectTo,
) -> None:
    """Every change of a phone was applied or proposed as the table says, what is late is marked, and who lost the book is told.

    Args: saved: ids of the sets that people made on their phones.
    """
    audit = _Audit(snapshot, histories, object_to)
    for set_id in sorted(saved):
        row, wire = snapshot.sets.get(set_id), wires[set_id]
        if row is not None and row.state in TOOK_EFFECT and row.verdict is not None and row.author == wire["author"]:
            audit.check_set(set_id, wire, row.verdict)
    audit.check_decisions()


class _Audit:
    """What the checks of one run look things up in."""

    def __init__(self, snapshot: Snapshot, histories: Histories, object_to: ObjectTo) -> None:
        self.snapshot, self.histories, self.object_to = snapshot, histories, object_to
        self.terms: dict[tuple[str, str], list[TenureRow]] = {}
        for tenure in snapshot.tenures:
            self.terms.setdefault((tenure.book, tenure.seat), []).append(tenure)
        self.proposals: dict[tuple[str, int], list[Mapping[str, Any]]] = {}
        self.conflicts: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
        self.told: set[str] = set()
        for record in snapshot.records.values():
            if record.type == "proposal":
                n = json.loads(record.fields["change"])["n"]
                self.proposals.setdefault((record.fields["change_set"], n), []).append(record.fields)
            elif record.type == "conflict":
                lost = (record.fields["change_set"], record.fields["of"], record.fields["field"])
                self.conflicts.setdefault(lost, []).append(record.fields)
            elif record.type == "notice":
                self.told.add(record.fields["set"])
        self.stays = _stays(snapshot)

    def check_set(self, set_id: str, wire: Mapping[str, Any], verdict: Mapping[str, Any]) -> None:
        """One set that took effect."""
        if any(change["op"] in ("accept", "decline") for change in wire["changes"]):
            return
        late, is_sure, hangs = False, True, set[str]()
        for change in wire["changes"]:
            where = self._place(set_id, change)
            if where is None or record_type(change["type"]).nature not in OF_THE_ROUND:
                is_sure = False
                continue
            book, pos = where
            asked = self.proposals.get((set_id, change["n"]), [])
            is_proposed = any(one["reason"] == "rights" for one in asked)
            self._check_deciders(change, asked)
            self._check_whole(set_id, change, asked)
            if not self._holds_any(book, pos, wire["author"]) and set_id not in self.told:
                self.object_to("§5", f"the author of set {set_id} lacks its book, and was told nothing on his desk")
            if hangs & {change["record"], change.get("customer"), *_named(change)}:
                continue
            mode = self._mode(change, wire, book, pos)
            due = None if mode is None else self._is_due(change, wire["author"], mode)
            if due is None:
                is_sure = False
            elif due != is_proposed:
                what = "proposed" if is_proposed else "carried out"
                self.object_to("§6", f"{change['op']} of {change['type']} as {mode} in set {set_id} was {what}")
            if mode in (AGAIN, LATE) and not is_proposed and change["op"] == "edit":
                self._check_asked(set_id, change)
            late = late or (mode == LATE and not is_proposed)
            if is_proposed and change["op"] == "create":
                hangs.add(change["record"])
        if is_sure and bool(verdict.get("late")) != late:
            self.object_to("§6", f"set {set_id} is {'' if late else 'not '}late, and its verdict does not say so")

    def _check_asked(self, set_id: str, change: Mapping[str, Any]) -> None:
        """merge*: what another user set, unseen, was asked and not settled, though the author holds the seat again."""
        for name in change.get("set", {}):
            for one in self.conflicts.get((set_id, change["record"], name), ()):
                if one["kept_by"] != one["lost_by"] and record_type(change["type"]).nature is not Nature.COMMITMENT:
                    self.object_to("§6", f"{name} of {change['record']} was settled by itself in set {set_id}")

    def _place(self, set_id: str, change: Mapping[str, Any]) -> tuple[str, int] | None:
        """Book and position of what the change wrote, or noted."""
        step = self.histories.of_change.get((set_id, change["n"], change["record"]))
        if step is not None:
            return step.book, step.pos
        kinds = ("proposed", "nothing", "superseded")
        notes = self.histories.notes
        found = next((notes[set_id, change["n"], k] for k in kinds if (set_id, change["n"], k) in notes), None)
        return None if found is None else (found["book"], found["pos"])

    def _mode(self, change: Mapping[str, Any], wire: Mapping[str, Any], book: str, pos: int) -> str | None:
        """How the author stood to the seat; None, where the positions of two books leave it open."""
        author, seat, term = wire["author"], change["seat"], change["term"]
        now = self._tenure(book, seat, pos)
        if now is not None and now.user == author:
            return HOLDER if (wire["book"], term) == (book, now.term) else AGAIN
        then = next((t for t in self.terms.get((wire["book"], seat), ()) if t.term == term), None)
        if then is None or then.user != author:
            return OTHER
        customer = change.get("customer")
        if change["op"] == "create" and change["record"] == customer:
            return LATE
        shared = [s for s in self.stays.get(customer or "", ()) if s.book == wire["book"] and _overlap(s, then)]
        if any(not stay.moved_in for stay in shared):
            return LATE
        return None if shared else OTHER

    def _is_due(self, change: Mapping[str, Any], author: str, mode: str) -> bool | None:
        """Whether the table wants it proposed. None: who made the record is not to be told from outside."""
        nature, creates = record_type(change["type"]).nature, change["op"] == "create"
        if nature is Nature.FACT and mode == LATE and not creates:
            first = self.histories.steps[change["record"]][0]
            maker = next((p for p in self.snapshot.records.values() if p.fields.get("of") == change["record"] and p.type == "proposal"), None)  # fmt: skip
            return None if maker is not None else first.author != author
        if nature is Nature.FACT:
            return mode == OTHER
        return mode in (LATE, OTHER)

    def _check_deciders(self, change: Mapping[str, Any], asked: Collection[Mapping[str, Any]]) -> None:
        for one in asked:
            names = json.loads(one["change"]).get("set", {})
            is_static = one["reason"] == "static"
            if is_static and any(class_of(change["type"], name) is not FieldClass.STATIC for name in names):
                self.object_to("§6", f"a dynamic field of {change['record']} waits as if it were static")
            if one["decider"] != ("supervisor" if is_static else change["seat"]):
                self.object_to("R16", f"a proposal about {change['record']} ({one['reason']}) is for {one['decider']}")

    def _check_whole(self, set_id: str, change: Mapping[str, Any], asked: Collection[Mapping[str, Any]]) -> None:
        """R16: what waits keeps the values, what its author saw there, and the base."""
        for one in asked:
            kept = json.loads(one["change"])
            same = all(
                (kept["set"][name], kept.get("was", {}).get(name, ""))
                == (change["set"][name], change.get("was", {}).get(name, ""))
                for name in kept.get("set", {})
            )
            if not same or kept.get("base") != change.get("base"):
                self.object_to("R16", f"what set {set_id} asked for about {change['record']} is not kept whole")

    def check_decisions(self) -> None:
        """R16: who decided held the seat that decides, or the supervisor's while that was vacant."""
        for record, steps in self.histories.steps.items():
            for step in steps:
                if step.type != "proposal" or step.values.get("state") not in ("accepted", "declined"):
                    continue
                held = self._tenure(step.book, step.fields["decider"], step.pos)
                if held is None or held.user is None:
                    held = self._tenure(step.book, "supervisor", step.pos)
                if held is not None and held.user is not None and held.user != step.author:
                    self.object_to("R16", f"proposal {record} was decided by {step.author}, who holds no seat for that")

    def _tenure(self, book: str, seat: str, pos: int) -> TenureRow | None:
        found = (t for t in self.terms.get((book, seat), ()) if t.from_pos <= pos)
        return next((t for t in found if t.to_pos is None or pos <= t.to_pos), None)

    def _holds_any(self, book: str, pos: int, user: str) -> bool:
        found = (self._tenure(book, seat, pos) for where, seat in self.terms if where == book)
        return any(tenure is not None and tenure.user == user for tenure in found)


def _named(change: Mapping[str, Any]) -> set[str]:
    """Ids that the values of a change may name."""
    return {value for value in change.get("set", {}).values() if isinstance(value, str)}


def _overlap(stay: Stay, tenure: TenureRow) -> bool:
    begins = tenure.to_pos is None or stay.from_pos <= tenure.to_pos
    return begins and (stay.to_pos is None or stay.to_pos >= tenure.from_pos)


def _stays(snapshot: Snapshot) -> dict[str, list[Stay]]:
    """Customer -> his stays, as the logs tell of them."""
    found: dict[str, list[Stay]] = {}
    customers = {record.id for record in snapshot.records.values() if record.type == "customer"}
    for book, rows in snapshot.log.items():
        here: dict[str, Stay] = {}
        for row in rows:
            if row.record not in customers:
                continue
            if row.kind == "out":
                begun = here.pop(row.record)
                found.setdefault(row.record, []).append(Stay(book, begun.from_pos, row.pos, begun.moved_in))
            elif row.kind in ("create", "in") and row.record not in here:
                here[row.record] = Stay(book, row.pos, None, row.kind == "in")
        for customer, stay in here.items():
            found.setdefault(customer, []).append(stay)
    return found
