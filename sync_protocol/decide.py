"""Judge one change against the state it meets: the pure middle of the sync endpoint (protocol §5, §6).

`decide` reads and updates a `World`, the working copy of one set, so that later changes see earlier ones. What it returns are
the log entries to be written, in order; it never touches a database, a clock or chance.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sync_protocol import chain, merge, rights
from sync_protocol.changes import Reason, parents_of
from sync_protocol.fields import FieldClass, Rule, Seat
from sync_protocol.identity import derived_id
from sync_protocol.records.base import Nature, class_of, record_type, rule_of, seat_of
from sync_protocol.rights import Mode, Treatment
from sync_protocol.state import REMOVAL, Stamp, Stored, World

STATES = ("applied", "merged", "proposed", "waiting", "refused")


@dataclass(frozen=True, slots=True)
class Author:
    """Who made the set. `office`: acts that his roles allow beside his seats; `system`: the product itself (imports, workers)."""

    user: str
    device: str
    seq: int
    time: int
    system: bool = False
    office: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One position of a log. `record` is the record afterwards, None where nothing of it changed; `values`: what was set."""

    kind: str
    record_id: str
    book: str
    record: Stored | None
    values: Mapping[str, Any]


@dataclass(slots=True)
class Decision:
    """What one change comes to."""

    state: str = "applied"
    late: bool = False
    why: list[Reason] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    proposal: str | None = None
    conflict: str | None = None

    def worsen(self, state: str) -> None:
        """Take over `state` if it is worse than what stands."""
        if STATES.index(state) > STATES.index(self.state):
            self.state = state


def refused(field_name: str, code: str) -> Decision:
    """A refusal with one reason."""
    return Decision(state="refused", why=[{"field": field_name, "code": code}])


def waiting(field_name: str, code: str) -> Decision:
    """It needs a set that has not come."""
    return Decision(state="waiting", why=[{"field": field_name, "code": code}])


def decide(change: Mapping[str, Any], world: World, *, author: Author, set_id: str, set_book: str) -> Decision:
    """Judge one checked change, and carry it out on the world.

    Args: change: wire form, already checked by `changes.check_change`. world: updated where the change has an effect.
    Returns: the verdict and the entries to be written. A refused or waiting change leaves the world as it was.
    Source: docs/protocol.md, «What the server decides»; rules R5, R7, R10-R16.
    """
    stop = _unknown(change, world) or _seat_reasons(change, author)
    if stop is not None:
        return stop
    if change["op"] in ("accept", "decline"):
        return refused("op", "op.not-built")
    return _Judge(change, world, author, set_id, set_book).judge()


def _unknown(change: Mapping[str, Any], world: World) -> Decision | None:
    """R10: what the change names must be there, and what it creates must not."""
    record, customer, creates = change["record"], change.get("customer"), change["op"] == "create"
    nature = record_type(change["type"]).nature
    if record in world.erased or customer in world.erased:
        return refused("record", "erased")
    if nature is Nature.PROTOCOL:
        return refused("type", "type.server-only")
    if creates and (record in world.places or record in world.proposed):
        return refused("record", "id-taken")
    if not creates and record not in world.places:
        return waiting("record", "record.unknown")
    if not creates and world.records[record].type != change["type"]:
        return refused("type", "type.differs")
    if nature is Nature.REFERENCE:
        return None if customer is None else refused("customer", "customer.none-here")
    if nature is Nature.FILE:
        return None if customer == record else refused("customer", "customer.itself")
    if customer is None:
        return refused("customer", "required")
    if customer not in world.places:
        return waiting("customer", "customer.unknown")
    if world.records[customer].type != "customer":
        return refused("customer", "customer.other-type")
    if not creates and world.records[record].customer != customer:
        return refused("customer", "customer.differs")
    for parent in parents_of(change):
        if parent not in world.places:
            return waiting("set", "parent.unknown")
        if world.records[parent].customer != customer:
            return refused("set", "parent.other-customer")
    return None


def _seat_reasons(change: Mapping[str, Any], author: Author) -> Decision | None:
    """R5: one seat a change; system fields are nobody's."""
    if author.system:
        return None
    reasons = []
    for member in ("set", "add", "put", "take"):
        for name in change.get(member, {}):
            if class_of(change["type"], name) is FieldClass.SYSTEM:
                reasons.append({"field": name, "code": "field.system"})
            elif seat_of(change["type"], name) != change["seat"]:
                reasons.append({"field": name, "code": "field.other-seat"})
    return Decision(state="refused", why=reasons) if reasons else None


class _Judge:
    """One change on its way through rights and merge."""

    def __init__(self, change: Mapping[str, Any], world: World, author: Author, set_id: str, set_book: str) -> None:
        self.change, self.world, self.author = change, world, author
        self.set_id, self.set_book = set_id, set_book
        self.type: str = change["type"]
        self.op: str = change["op"]
        self.nature = record_type(self.type).nature
        self.stored = None if self.op == "create" else world.records[change["record"]]
        self.decision = Decision()
        self.time = max([author.time, *self._seen_times()])  # R22: never before what its author had seen

    def _seen_times(self) -> list[int]:
        if self.stored is None:
            return []
        base_rev = self._base_rev()
        return [
            stamp.time
            for stamp in self.stored.stamps.values()
            if merge.is_seen(stamp, device=self.author.device, seq=self.author.seq, base_rev=base_rev)
        ]

    @property
    def book(self) -> str:
        """Where the record lies, or will lie."""
        if self.stored is not None:
            return self.stored.book
        customer = self.change.get("customer")
        return self.set_book if self.nature in (Nature.FILE, Nature.REFERENCE) else self.world.places[str(customer)]

    def judge(self) -> Decision:
        treatment, late = self._treatment()
        self.decision.late = late
        if treatment is Treatment.REFUSE:
            return refused("record", "not-holder")
        if treatment is Treatment.PROPOSE:
            self._note("proposed")
            self._propose(self.change, decider=self.change["seat"], reason="rights")
        elif self.op == "create":
            self._create()
        elif self.op == "edit":
            self._edit(asking=treatment is Treatment.MERGE_ASKING)
        elif self.op == "remove":
            self._remove()
        else:
            self._restore()
        return self.decision

    def _treatment(self) -> tuple[Treatment, bool]:
        if self.author.system:
            return Treatment.MERGE, False
        if self.nature is Nature.OFFICE or self.nature is Nature.REFERENCE:
            return (Treatment.APPLY if self.author.office else Treatment.REFUSE), False
        mode = rights.mode_of(
            self.world,
            author=self.author.user,
            set_book=self.set_book,
            record_book=self.book,
            customer=self.change.get("customer"),
            creating=self.op == "create" and self.nature is Nature.FILE,
            seat=self.change["seat"],
            term=self.change["term"],
        )
        made_it = self.stored is not None and self.stored.made_by == self.author.user
        found = rights.treatment(self.nature, self.op, mode, made_it=made_it)
        return found, mode is Mode.LATE and found is not Treatment.PROPOSE

    def _create(self) -> None:
        values = {name: value for name, value in self.change.get("set", {}).items() if value is not None}
        self._write("create", values, marks=())

    def _edit(self, *, asking: bool) -> None:
        assert self.stored is not None
        removal = self.stored.stamps.get(REMOVAL)
        base_rev = self._base_rev()
        if self.stored.removed:
            if merge.is_seen(removal, device=self.author.device, seq=self.author.seq, base_rev=base_rev):
                self.decision = refused("record", "removed")
                return
            self.decision.worsen("merged")
        edit = self._as_edit(held_back := self._static_values())
        merged = merge.merge(self.stored, edit, base_rev=base_rev, rule_of=self._rule, asking=asking)
        self.decision.why += [{"field": name, "code": "superseded"} for name in merged.superseded]
        revived = self.stored.removed
        if merged.values or revived:
            self._write("restore" if revived else "edit", merged.values, marks=(REMOVAL,) if revived else ())
        else:
            self._note("nothing")
        for overlap in merged.overlaps:
            self.decision.worsen("merged")
            self._conflict(overlap, self._rule(overlap.field).value)
        if revived:
            overlap = merge.Overlap(
                REMOVAL, kept="restored", lost="removed", kept_by=self.author.user, lost_by=_user(removal)
            )
            self._conflict(overlap, "removal")
        if merged.asked:
            self._propose(self._partial(merged.asked), decider=self.change["seat"], reason="overlap")
        if held_back:
            self._propose(self._partial(held_back), decider=Seat.SUPERVISOR, reason="static")

    def _static_values(self) -> dict[str, Any]:
        """Static fields of the customer file that differ from what is stored: an application (decision 1)."""
        if self.nature is not Nature.FILE or self.author.system:
            return {}
        assert self.stored is not None
        return {
            name: value
            for name, value in self.change.get("set", {}).items()
            if class_of(self.type, name) is FieldClass.STATIC and self.stored.fields.get(name) != value
        }

    def _as_edit(self, without: Mapping[str, Any]) -> merge.Edit:
        change, author = self.change, self.author
        return merge.Edit(
            device=author.device,
            seq=author.seq,
            user=author.user,
            time=self.time,
            set={name: value for name, value in change.get("set", {}).items() if name not in without},
            was=change.get("was", {}),
            add=change.get("add", {}),
            put=change.get("put", {}),
            take=change.get("take", {}),
        )

    def _remove(self) -> None:
        assert self.stored is not None
        if self.stored.removed:
            self._note("nothing")
            return
        base_rev = self._base_rev()
        seen = all(
            merge.is_seen(stamp, device=self.author.device, seq=self.author.seq, base_rev=base_rev)
            for stamp in self.stored.stamps.values()
        )
        if seen:
            self._write("remove", {}, marks=(REMOVAL,), removed=True)
        else:
            self._note("proposed")
            self._propose(self.change, decider=self.change["seat"], reason="removal")

    def _restore(self) -> None:
        assert self.stored is not None
        if not self.stored.removed:
            self._note("nothing")
            return
        self._write("restore", dict(self.change.get("set", {})), marks=(REMOVAL,))

    def _base_rev(self) -> int | None:
        """The rev of the base, if this history knows that version of the record."""
        base = self.change.get("base")
        if not base or self.stored is None:
            return None
        rev = chain.rev_of(base)
        known = self.stored.ver if rev == self.stored.rev else self.world.history.get((self.stored.id, rev))
        return rev if known == base else None

    def _rule(self, name: str) -> Rule:
        return rule_of(self.type, name)

    def _write(self, kind: str, values: Mapping[str, Any], *, marks: tuple[str, ...], removed: bool = False) -> None:
        """The next version of the record, with its stamps, into the world and the log."""
        before = self.stored
        rev = (before.rev if before else 0) + 1
        stamp = Stamp(rev, self.author.device, self.author.seq, self.author.user, self.time)
        fields = {**(before.fields if before else {}), **values}
        after = Stored(
            id=self.change["record"],
            type=self.type,
            customer=self.change.get("customer"),
            book=self.book,
            rev=rev,
            ver=chain.next_ver(before.ver if before else chain.NO_VER, rev, self.book, removed, values),
            removed=removed,
            fields={name: value for name, value in fields.items() if value is not None},
            stamps={**(before.stamps if before else {}), **dict.fromkeys((*values, *marks), stamp)},
            made_by=before.made_by if before else self.author.user,
        )
        self._enter(kind, after, values)
        self.stored = after

    def _enter(self, kind: str, record: Stored, values: Mapping[str, Any]) -> None:
        self.decision.entries.append(Entry(kind, record.id, record.book, record, values))
        self.world.records[record.id] = record
        self.world.places[record.id] = record.book

    def _note(self, kind: str) -> None:
        """A position for a change that changed nothing (R7)."""
        self.decision.entries.append(Entry(kind, self.change["record"], self.book, None, {}))

    def _partial(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The same change, of these fields only; for a creation or restoration it is an edit by now."""
        was = {name: value for name, value in self.change.get("was", {}).items() if name in values}
        rest = {k: v for k, v in self.change.items() if k not in ("set", "was", "add", "put", "take")}
        return {**rest, "op": "edit", "set": dict(values), "was": was}

    def _propose(self, change: Mapping[str, Any], *, decider: str, reason: str) -> None:
        """Keep the change whole for the one who decides (R16)."""
        self.decision.worsen("proposed")
        number = str(change["n"])
        created = self._server_record(
            "proposal",
            derived_id(self.set_id, number, "proposal", reason),
            {
                "of": change["record"],
                "of_type": self.type,
                "change": json.dumps(change, ensure_ascii=False, sort_keys=True),
                "decider": str(decider),
                "proposer": self.author.user,
                "base": change.get("base"),
                "reason": reason,
                "state": "open",
                "change_set": self.set_id,
            },
        )
        self.decision.proposal = self.decision.proposal or created
        if self.op == "create":
            self.world.proposed |= {change["record"]}

    def _conflict(self, overlap: merge.Overlap, rule: str) -> None:
        created = self._server_record(
            "conflict",
            derived_id(self.set_id, str(self.change["n"]), "conflict", overlap.field),
            {
                "of": self.change["record"],
                "of_type": self.type,
                "field": overlap.field,
                "kept": json.dumps(overlap.kept, ensure_ascii=False, sort_keys=True),
                "lost": json.dumps(overlap.lost, ensure_ascii=False, sort_keys=True),
                "kept_by": overlap.kept_by,
                "lost_by": overlap.lost_by,
                "rule": rule,
                "change_set": self.set_id,
            },
        )
        self.decision.conflict = self.decision.conflict or created

    def _server_record(self, type_name: str, record_id: str, values: Mapping[str, Any]) -> str:
        """A record that the server makes: proposals and conflicts lie with the customer, in the book of the record."""
        values = {name: value for name, value in values.items() if value is not None}
        stamp = Stamp(1, self.author.device, self.author.seq, self.author.user, self.time)
        made = Stored(
            id=record_id,
            type=type_name,
            customer=self.change.get("customer"),
            book=self.book,
            rev=1,
            ver=chain.next_ver(chain.NO_VER, 1, self.book, False, values),
            removed=False,
            fields=values,
            stamps=dict.fromkeys(values, stamp),
            made_by=self.author.user,
        )
        self._enter("create", made, values)
        return record_id


def _user(stamp: Stamp | None) -> str:
    return stamp.user if stamp is not None else ""


def decide_set(
    changes: list[Mapping[str, Any]], world: World, *, author: Author, set_id: str, set_book: str
) -> tuple[str, list[Decision]]:
    """Judge all changes of a set (R6): one refused refuses all, one waiting holds all.

    Returns: the set's state and the decision of each change. The entries count only if the state is final and not refused.
    """
    decisions = [decide(change, world, author=author, set_id=set_id, set_book=set_book) for change in changes]
    worst = max((STATES.index(decision.state) for decision in decisions), default=0)
    return STATES[worst], decisions
