"""Accepting and declining what waits for a decision (R16).

A set that accepts holds the acceptance, and behind it the ordinary change of the record with the values that the decider saw
and may have corrected. The acceptance gives that change a warrant: for this record and these fields it needs no seat.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sync_protocol.effects import Effects
from sync_protocol.fields import Seat
from sync_protocol.state import Stored, Warrant, World
from sync_protocol.verdicts import Author, Decision, refused

DECISIONS = {"accept": "accepted", "decline": "declined"}
OPS = {
    "create": frozenset({"create", "edit"}),
    "edit": frozenset({"edit", "restore"}),
    "remove": frozenset({"remove"}),
    "restore": frozenset({"restore", "edit"}),
}


def settle(change: Mapping[str, Any], world: World, *, author: Author, set_id: str) -> Decision:
    """Accept or decline a proposal. The first decision wins: a second alike is merged, a contrary one refused."""
    proposal = world.records[change["record"]]
    if not may_decide(proposal, world, author):
        return refused("record", "not-holder")
    decided, state = DECISIONS[change["op"]], proposal.fields["state"]
    if state not in ("open", decided):
        return refused("record", "decided")
    effects = Effects(change, world, author, set_id, proposal.book, author.time)
    if state == decided:
        effects.note("nothing")
        effects.decision.worsen("merged")
    else:
        values = {"state": decided, "decided_by": author.user, "decided_at": author.time, **change.get("set", {})}
        effects.write(change["op"], proposal, {name: value for name, value in values.items() if value is not None})
    of = proposal.fields["of"]
    if change["op"] == "accept":
        world.warrants[of] = (*world.warrants.get(of, ()), warrant(proposal, spent=state == decided))
        world.proposed -= {of}
    return effects.decision


def may_decide(proposal: Stored, world: World, author: Author) -> bool:
    """Whether he holds the seat that decides; while that is vacant the supervisor's; while that is, as an administrator."""
    for seat in (proposal.fields["decider"], Seat.SUPERVISOR.value):
        held = world.seats.get((proposal.book, seat))
        if held is not None and held.user is not None:
            return held.user == author.user
    return "administer" in author.acts


def warrant(proposal: Stored, *, spent: bool) -> Warrant:
    """What the acceptance of this proposal allows."""
    asked = json.loads(proposal.fields["change"])
    fields = frozenset(name for member in ("set", "add", "put", "take") for name in asked.get(member, {}))
    return Warrant(
        ops=OPS[asked["op"]],
        fields=None if asked["op"] == "create" else fields,
        values=asked.get("set", {}),
        book=proposal.book,
        made_by=proposal.fields["proposer"],
        spent=spent,
    )


def accepts_nothing(changes: Sequence[Mapping[str, Any]], index: int, world: World) -> bool:
    """Whether the acceptance at `index` is followed by no change that carries it out: it would be a word without a deed."""
    if changes[index]["op"] != "accept":
        return False
    proposal = world.records.get(changes[index]["record"])
    if proposal is None or proposal.type != "proposal":
        return False
    allowed = warrant(proposal, spent=False)
    behind = (change for change in changes[index + 1 :] if change["record"] == proposal.fields["of"])
    return not any(allowed.allows(change) for change in behind)
