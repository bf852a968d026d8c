"""Proposals of others about what this user maintains: seen beside what counts now, accepted or declined without a network."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from field_app.services import reading
from field_app.services.saving import refuse, save
from field_app.store.overlay import Shown

if TYPE_CHECKING:
    from field_app.device import Device

_CARRIED = ("op", "type", "record", "customer", "seat", "term", "set", "add", "put", "take")


@dataclass(frozen=True, slots=True)
class Asked:
    """One open proposal. Args: record: what it is about as it is now, None if it is to be created.

    was, now, wanted: field -> value: before the proposer's edit, at present, and as he asks.
    """

    proposal: Shown
    record: Shown | None
    change: dict[str, Any]
    was: dict[str, Any]
    now: dict[str, Any]
    wanted: dict[str, Any]
    proposer: str
    reason: str


def asked(device: Device, proposal_id: str) -> Asked:
    """A proposal with what it would change. Raises: KeyError, if it is not here."""
    proposal = reading.shown(device, proposal_id)
    change: dict[str, Any] = json.loads(str(proposal.fields.get("change") or "{}"))
    record = next(iter(reading.shown_all(device, [str(proposal.fields.get("of"))])), None)
    now = record.fields if record else {}
    wanted = dict(change.get("set", {}))
    for name in {*change.get("put", {}), *change.get("take", {})}:
        gone, new = change.get("take", {}).get(name, []), change.get("put", {}).get(name, [])
        wanted[name] = [one for one in now.get(name) or [] if one not in gone and one not in new] + list(new)
    return Asked(
        proposal, record, change, dict(change.get("was", {})), {name: now.get(name) for name in wanted}, wanted,
        str(proposal.fields.get("proposer") or ""), str(proposal.fields.get("reason") or ""),
    )  # fmt: skip


def accept(device: Device, proposal_id: str) -> str:
    """Accept it, and make the change it asks for, in one set. Returns the set's id. Raises: KeyError, Refused."""
    found = asked(device, proposal_id)
    change = {name: found.change[name] for name in _CARRIED if name in found.change}
    if found.record is not None and found.record.ver is not None:
        change["base"] = found.record.ver
        if change["op"] != "remove":
            change["was"] = {name: found.now[name] for name in change.get("set", {}) if found.now.get(name) is not None}
    return save(device, found.proposal.book, "accept", [_decision(device, found.proposal, "accept", {}), change])


def decline(device: Device, proposal_id: str, comment: str) -> str:
    """Decline it, with the reason. Returns the set's id. Raises: KeyError, Refused."""
    if not comment.strip():
        raise refuse("comment", "required")
    proposal = reading.shown(device, proposal_id)
    return save(device, proposal.book, "return", [_decision(device, proposal, "decline", {"comment": comment.strip()})])


def _decision(device: Device, proposal: Shown, op: str, values: Mapping[str, Any]) -> dict[str, Any]:
    seat = str(proposal.fields.get("decider"))
    change: dict[str, Any] = {"op": op, "type": "proposal", "record": proposal.id, "customer": proposal.customer}
    change |= {"seat": seat, "term": device.seat(proposal.book, seat)[1]}
    if proposal.ver is not None:
        change["base"] = proposal.ver
    return change | ({"set": dict(values)} if values else {})
