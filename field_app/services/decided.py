"""What head office decided about this user's work: proposals answered, records reviewed, and what became of late work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from field_app.services import reading
from field_app.store.overlay import Shown

if TYPE_CHECKING:
    from field_app.device import Device

_LOOKED_THROUGH = 300


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision. Args: outcome: accepted, declined, return, accept, take_up, close, or a verdict's state. comment: what was
    written with it. of: the record that it is about, None if it is not on this phone. at: ms. by: a user's id.
    """

    id: str
    kind: str
    outcome: str
    comment: str
    of: Shown | None
    at: int
    by: str


def decided(device: Device, most: int = 30) -> list[Decided]:
    """Decisions about what this user did, newest first."""
    me = device.identity.user_id
    with device.lock:
        found: list[tuple[Shown, str]] = []
        for one in reading.recent(device, "proposal", _LOOKED_THROUGH):
            if one.fields.get("proposer") == me and one.fields.get("state") in ("accepted", "declined"):
                found.append((one, str(one.fields["state"])))
        found += [(one, str(one.fields.get("outcome"))) for one in reading.recent(device, "review", _LOOKED_THROUGH)]
        found += [(one, str(one.fields.get("outcome"))) for one in reading.recent(device, "notice", _LOOKED_THROUGH)]
        about = {one.id: one for one in reading.shown_all(device, {str(one.fields.get("of")) for one, _ in found})}
    rows = []
    for one, outcome in found:
        of = about.get(str(one.fields.get("of")))
        if one.type == "review" and (of is None or of.by != me):
            continue
        by = str(one.fields.get("decided_by") or one.fields.get("by") or one.by or "")
        comment = str(one.fields.get("comment") or one.fields.get("text") or "")
        at = one.fields.get("decided_at") if one.type == "proposal" else one.moment
        rows.append(Decided(one.id, one.type, outcome, comment, of, int(at or one.moment), by))
    return sorted(rows, key=lambda one: one.at, reverse=True)[:most]
