"""One ordinary change (create, edit, remove, restore) on its way through rights and merge (protocol §6)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from sync_protocol import chain, credit, merge, rights
from sync_protocol.changes import parents_of
from sync_protocol.effects import Effects
from sync_protocol.fields import FieldClass, Rule, Seat
from sync_protocol.records.base import Nature, RecordSchema, class_of, record_type, rule_of
from sync_protocol.rights import Mode, Treatment
from sync_protocol.shortening import is_shortened
from sync_protocol.state import REMOVAL, Stamp, Warrant, World
from sync_protocol.verdicts import Author, Decision, refused

EFFECTS = ("set", "was", "add", "put", "take")
REVIEW_ACTS = {"order": "confirm_order", "complaint": "handle_complaint", "knowledge_case": "edit_catalogue"}


def judge(change: Mapping[str, Any], world: World, *, author: Author, set_id: str, set_book: str) -> Decision:
    """Judge a change whose names and seat are in order, and carry it out on the world (R5, R7, R10-R16)."""
    return _Judge(change, world, author, set_id, set_book).judge()


class _Judge:
    """What the steps of one judgement share. `op`: a creation that was accepted before is an edit by now."""

    def __init__(self, change: Mapping[str, Any], world: World, author: Author, set_id: str, set_book: str) -> None:
        self.warrant = world.warrant_for(change)
        self.change = change = _whole_secrets(change, self.warrant)
        self.world, self.author, self.set_book = world, author, set_book
        self.nature = record_type(change["type"]).nature
        self.stored = world.records.get(change["record"])
        self.op: str = "edit" if change["op"] == "create" and self.stored is not None else change["op"]
        self.base_rev = self._base_rev()
        time = max([author.time, *self._seen_times()])  # R22: never before what its author had seen
        self.effects = Effects(change, world, author, set_id, self._book(), time)

    def judge(self) -> Decision:
        decision = self.effects.decision
        treatment, decision.late = self._treatment()
        if treatment is Treatment.REFUSE:
            return refused("record", "not-holder")
        if treatment is Treatment.PROPOSE:
            self._propose_whole("rights")
            return decision
        if self._is_beyond_credit():
            self._propose_whole("credit", decider=Seat.SUPERVISOR)
            return decision
        if self.op == "create":
            return self._create()
        if self.op == "edit":
            return self._edit(asking=treatment is Treatment.MERGE_ASKING)
        if self.op == "remove":
            return self._remove()
        return self._restore(asking=treatment is Treatment.MERGE_ASKING)

    def _book(self) -> str:
        """Where the record lies, or will lie."""
        if self.stored is not None:
            return self.stored.book
        if self.nature in (Nature.FILE, Nature.REFERENCE):
            return self.warrant.book if self.warrant else self.set_book
        return self.world.places.get(self.change["customer"], self.set_book)

    def _base_rev(self) -> int | None:
        """The rev of the base, if this history knows that version of the record."""
        base = self.change.get("base")
        if not base or self.stored is None:
            return None
        rev = chain.rev_of(base)
        known = self.stored.ver if rev == self.stored.rev else self.world.history.get((self.stored.id, rev))
        return rev if known == base else None

    def _is_seen(self, stamp: Stamp | None) -> bool:
        return merge.is_seen(stamp, device=self.author.device, seq=self.author.seq, base_rev=self.base_rev)

    def _seen_times(self) -> list[int]:
        if self.stored is None:
            return []
        return [stamp.time for stamp in set(self.stored.stamps.values()) if self._is_seen(stamp)]

    def _treatment(self) -> tuple[Treatment, bool]:
        """What becomes of the change, and whether it is late."""
        if self._hangs_on_a_proposal():
            return Treatment.PROPOSE, False
        if self.author.system or self.warrant is not None:
            return Treatment.MERGE, False
        if self.nature in (Nature.OFFICE, Nature.REFERENCE):
            return (Treatment.APPLY if self._may_as_office() else Treatment.REFUSE), False
        mode = rights.mode_of(
            self.world,
            author=self.author.user,
            set_book=self.set_book,
            record_book=self.effects.book,
            customer=self.change.get("customer"),
            creating=self.op == "create" and self.nature is Nature.FILE,
            seat=self.change["seat"],
            term=self.change["term"],
        )
        made_it = self.stored is not None and self.stored.made_by == self.author.user
        found = rights.treatment(self.nature, self.op, mode, made_it=made_it)
        return found, mode is Mode.LATE and found is not Treatment.PROPOSE

    def _hangs_on_a_proposal(self) -> bool:
        """Whether it builds on a record that this very set could only propose: waiting for that would be for ever."""
        if not self.world.proposed_here:
            return False
        named = {self.change["record"], self.change.get("customer"), *parents_of(self.change)}
        return bool(self.world.proposed_here & named)

    def _may_as_office(self) -> bool:
        """By role; from a device only where he has a seat."""
        if self._office_act() not in self.author.acts:
            return False
        here = (seat.user for (book, _), seat in self.world.seats.items() if book == self.effects.book)
        return not self.author.seated or self.author.user in here

    def _office_act(self) -> str:
        """The act of the office that this change is (decisions 5 and 8)."""
        if self.nature is Nature.REFERENCE:
            return "edit_catalogue"
        values = {**(self.stored.fields if self.stored else {}), **self.change.get("set", {})}
        of = self.world.records.get(values.get("of", ""))
        return REVIEW_ACTS.get(of.type if of else "", "return" if values.get("outcome") == "return" else "accept")

    def _create(self) -> Decision:
        values = {name: value for name, value in self.change.get("set", {}).items() if value is not None}
        customer = self.world.records.get(self.change.get("customer") or "")
        if customer is not None and customer.removed:
            self.effects.decision.mark("customer", "customer.removed")  # R15
        for name in _required_later(record_type(self.change["type"])):
            if values.get(name) is None:
                self.effects.decision.mark(name, "incomplete")  # R49
        made_by = self.warrant.made_by if self.warrant else None
        self.effects.write("create", None, values, made_by=made_by)
        return self.effects.decision

    def _edit(self, *, asking: bool) -> Decision:
        assert self.stored is not None
        removal = self.stored.stamps.get(REMOVAL)
        if self.stored.removed and (self.warrant is not None or self._is_seen(removal)):
            return refused("record", "removed")
        self._merge("edit", asking=asking, revives=self.stored.removed)
        return self.effects.decision

    def _restore(self, *, asking: bool) -> Decision:
        assert self.stored is not None
        self._merge("restore", asking=asking, revives=self.stored.removed)
        return self.effects.decision

    def _merge(self, kind: str, *, asking: bool, revives: bool) -> None:
        """Settle the values with what is stored; write, keep what lost, and propose what others decide.

        Args: revives: whether the record comes back: asked for by a restoration, a conflict with the removal for an edit.
        """
        assert self.stored is not None
        removal = self.stored.stamps.get(REMOVAL)
        edit = self._as_edit(held_back := self._static_values())
        merged = merge.merge(self.stored, edit, base_rev=self.base_rev, rule_of=self._rule, asking=asking)
        if merged.values or revives:
            marks = (REMOVAL,) if revives else ()
            self.effects.write("restore" if revives else "edit", self.stored, merged.values, marks=marks)
        elif not merged.superseded:
            self.effects.note("nothing")
        if merged.superseded:
            self.effects.note("superseded", {name: edit.set[name] for name in merged.superseded})
            self.effects.decision.worsen("merged")
            self.effects.decision.why += [{"field": name, "code": "superseded"} for name in merged.superseded]
        for overlap in merged.overlaps:
            self.effects.conflict(overlap, self._rule(overlap.field).value)
        if revives and kind == "edit":
            lost_by = removal.user if removal else ""
            lost = merge.Overlap(REMOVAL, kept="restored", lost="removed", kept_by=self.author.user, lost_by=lost_by)
            self.effects.conflict(lost, "removal")
        if merged.asked:
            self.effects.propose(self._partial(merged.asked), decider=self.change["seat"], reason="overlap")
        if held_back:
            self.effects.propose(self._partial(held_back), decider=Seat.SUPERVISOR, reason="static")

    def _remove(self) -> Decision:
        assert self.stored is not None
        if self.stored.removed:
            self.effects.note("nothing")
        elif all(self._is_seen(stamp) for stamp in self.stored.stamps.values()):
            self.effects.write("remove", self.stored, {}, marks=(REMOVAL,), removed=True)
        else:
            self._propose_whole("removal")
        return self.effects.decision

    def _is_beyond_credit(self) -> bool:
        """R11: an order beyond the customer's credit; head office changes that rule, so nothing is refused by it."""
        if self.change["type"] != "order" or self.author.system or self.warrant is not None or self.op == "remove":
            return False
        customer = self.world.records.get(self.change.get("customer") or "")
        here = self.stored.fields if self.stored is not None else {}
        before = {} if self.stored is not None and self.stored.removed else here
        return customer is not None and credit.is_beyond(
            customer.fields, {**here, **self.change.get("set", {})}, before
        )

    def _propose_whole(self, reason: str, *, decider: str | None = None) -> None:
        self.effects.note("proposed")
        self.effects.propose(self.change, decider=decider or self.change["seat"], reason=reason)
        if self.stored is None:
            self.world.proposed |= {self.change["record"]}
            self.world.proposed_here |= {self.change["record"]}

    def _static_values(self) -> dict[str, Any]:
        """Static fields of the customer file that differ from what is stored: an application (decision 1)."""
        assert self.stored is not None
        if self.nature is not Nature.FILE or self.author.system or self.warrant is not None:
            return {}
        return {
            name: value
            for name, value in self.change.get("set", {}).items()
            if class_of(self.change["type"], name) is FieldClass.STATIC and self.stored.fields.get(name) != value
        }

    def _as_edit(self, without: Mapping[str, Any]) -> merge.Edit:
        change, author = self.change, self.author
        return merge.Edit(
            device=author.device,
            seq=author.seq,
            user=author.user,
            time=self.effects.time,
            set={name: value for name, value in change.get("set", {}).items() if name not in without},
            was=change.get("was", {}),
            add=change.get("add", {}),
            put=change.get("put", {}),
            take=change.get("take", {}),
        )

    def _partial(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The same change, of these fields only: what is left of it to decide."""
        was = {name: value for name, value in self.change.get("was", {}).items() if name in values}
        rest = {name: value for name, value in self.change.items() if name not in EFFECTS}
        return {**rest, "op": "edit", "set": dict(values), "was": was}

    def _rule(self, name: str) -> Rule:
        return rule_of(self.change["type"], name)


@cache
def _required_later(declared: type[RecordSchema]) -> tuple[str, ...]:
    """Fields that became required after the first schema."""
    return tuple(name for name, spec in declared.specs().items() if spec.required_since > 1)


def _whole_secrets(change: Mapping[str, Any], warrant: Warrant | None) -> Mapping[str, Any]:
    """Who accepts on a device saw a secret shortened: it stands for the value that was asked for."""
    if warrant is None:
        return change
    values = {
        name: warrant.values.get(name) if is_shortened(change["type"], name, value) else value
        for name, value in change.get("set", {}).items()
    }
    return {**change, "set": values}
