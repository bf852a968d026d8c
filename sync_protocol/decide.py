"""Judge the changes of a set against the state they meet: the pure middle of the sync endpoint (protocol §5, §6).

`decide_set` reads and updates a `World`, the working copy of one set, so that later changes see earlier ones. What it returns
are the log entries to be written, in order; it never touches a database, a clock or chance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sync_protocol import proposals
from sync_protocol.changes import parents_of
from sync_protocol.fields import FieldClass, Seat
from sync_protocol.judge import judge
from sync_protocol.records.base import Nature, RecordSchema, record_type
from sync_protocol.shortening import is_shortened, secrets_of
from sync_protocol.state import World
from sync_protocol.verdicts import STATES, Author, Decision, refused, waiting

BELOW_CUSTOMERS = (Nature.FACT, Nature.COMMITMENT, Nature.OFFICE)
LIE_IN = {Nature.REFERENCE: "reference", Nature.OWN: "desk"}  # kinds of book; there a record has no customer
WHOLE_RECORD = ("create", "remove", "restore")


def decide_set(
    changes: Sequence[Mapping[str, Any]], world: World, *, author: Author, set_id: str, set_book: str
) -> tuple[str, list[Decision]]:
    """Judge all changes of a set (R6): one refused refuses all, one waiting holds all.

    Returns: the set's state and the decision of each change. The entries count only if the state is final and not refused.
    """
    decisions = []
    for index, change in enumerate(changes):
        if proposals.accepts_nothing(changes, index, world):
            decisions.append(refused("op", "accept.without-change"))
        else:
            decisions.append(decide(change, world, author=author, set_id=set_id, set_book=set_book))
    worst = max((STATES.index(decision.state) for decision in decisions), default=0)
    return STATES[worst], decisions


def decide(change: Mapping[str, Any], world: World, *, author: Author, set_id: str, set_book: str) -> Decision:
    """Judge one checked change, and carry it out on the world.

    Args: change: wire form, already checked by `changes.check_change`. world: updated where the change has an effect.
    Returns: the verdict and the entries to be written. A refused or waiting change leaves the world as it was.
    Source: docs/protocol.md, «What the server decides»; rules R5, R7, R10-R16.
    """
    if change["op"] in proposals.DECISIONS:
        return _unknown_proposal(change, world) or proposals.settle(change, world, author=author, set_id=set_id)
    stop = _unknown(change, world, set_book) or _seat_reasons(change, world, author)
    return stop or judge(change, world, author=author, set_id=set_id, set_book=set_book)


def _unknown_proposal(change: Mapping[str, Any], world: World) -> Decision | None:
    if change["record"] in world.erased:
        return refused("record", "erased")
    proposal = world.records.get(change["record"])
    if proposal is None:
        return waiting("record", "record.unknown")
    if proposal.type != "proposal":
        return refused("type", "type.differs")
    return None if change.get("customer") == proposal.customer else refused("customer", "customer.differs")


def _unknown(change: Mapping[str, Any], world: World, set_book: str) -> Decision | None:
    """R10: what the change names must be there, and what it creates must not."""
    record, customer, creates = change["record"], change.get("customer"), change["op"] == "create"
    nature = record_type(change["type"]).nature
    if record in world.erased or customer in world.erased:
        return refused("record", "erased")
    if nature is Nature.PROTOCOL:
        return refused("type", "type.server-only")
    if nature is Nature.OWN and not creates:
        return refused("record", "not-holder")
    if creates and (record in world.places or record in world.proposed):
        warrant, known = world.warrant_for(change), world.records.get(record)
        if warrant is None or not warrant.spent or known is None or known.type != change["type"]:
            return refused("record", "id-taken")
    if not creates and record not in world.places:
        return _missing(record, world, "record", "record.unknown")
    if not creates and world.records[record].type != change["type"]:
        return refused("type", "type.differs")
    if nature in BELOW_CUSTOMERS:
        return _unknown_above(change, world)
    if creates and world.kinds.get(set_book, "round") != LIE_IN.get(nature, "round"):
        return refused("book", "book.other-kind")
    if nature in LIE_IN:
        return None if customer is None else refused("customer", "customer.none-here")
    return None if customer == record else refused("customer", "customer.itself")


def _unknown_above(change: Mapping[str, Any], world: World) -> Decision | None:
    """The customer and the records that a change is made below."""
    customer = change.get("customer")
    if customer is None:
        return refused("customer", "required")
    if customer in world.places and world.records[customer].type != "customer":
        return refused("customer", "customer.other-type")
    known = world.records.get(change["record"])
    if known is not None and known.customer != customer:
        return refused("customer", "customer.differs")
    if customer not in world.places and (stop := _missing(customer, world, "customer", "customer.unknown")):
        return stop
    for parent in parents_of(change):
        if parent not in world.places and (stop := _missing(parent, world, "set", "parent.unknown")):
            return stop
        if parent in world.places and world.records[parent].customer != customer:
            return refused("set", "parent.other-customer")
    return None


def _missing(name: str, world: World, field: str, code: str) -> Decision | None:
    """It waits for what is not there, unless that was declined, or this very set proposes it."""
    if name in world.proposed_here:
        return None
    return refused(field, "parent-declined") if name in world.declined else waiting(field, code)


def _seat_reasons(change: Mapping[str, Any], world: World, author: Author) -> Decision | None:
    """R5: one seat a change; system fields are nobody's; a record comes and goes by its maintainer's seat.

    What a device was shown of a secret is not a value to be set.
    """
    if author.system:
        return None
    declared, reasons = record_type(change["type"]), []
    nature, specs = declared.nature, declared.specs()
    warranted = world.warrant_for(change) is not None
    whole = change["op"] in WHOLE_RECORD and nature in (Nature.FILE, Nature.FACT, Nature.COMMITMENT)
    if whole and change["seat"] != Seat.MAINTAINER and not warranted:
        reasons.append({"field": "seat", "code": "field.other-seat"})
    own = _fields_of(declared, change["seat"])
    for member in ("set", "add", "put", "take"):
        if member not in change or own.issuperset(change[member]):
            continue
        for name in change[member]:
            if specs[name].klass is FieldClass.SYSTEM:
                reasons.append({"field": name, "code": "field.system"})
            elif specs[name].seat != change["seat"] and not warranted:
                reasons.append({"field": name, "code": "field.other-seat"})
    if secrets_of(change["type"]) and not warranted:
        for name, value in change.get("set", {}).items():
            if is_shortened(change["type"], name, value):
                reasons.append({"field": name, "code": "value.shortened"})
    return Decision(state="refused", why=reasons) if reasons else None


@cache
def _fields_of(declared: type[RecordSchema], seat: str) -> frozenset[str]:
    """The fields that the holder of this seat maintains."""
    specs = declared.specs().items()
    return frozenset(name for name, spec in specs if spec.seat == seat and spec.klass is not FieldClass.SYSTEM)
