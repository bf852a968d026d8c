"""Values of this user's that lost against somebody else's edit: base, mine and theirs, and the way to let mine count after all."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from field_app.services import customers, reading
from field_app.services.saving import edits, save
from sync_protocol.records import knows, record_type

if TYPE_CHECKING:
    from field_app.device import Device
    from field_app.store.overlay import Shown

_SEEN = "conflicts_seen"
_SEEN_KEPT, _LOOKED_THROUGH = 500, 500


@dataclass(frozen=True, slots=True)
class Clash:
    """Two edits of one field that had not seen each other. Args: record: as it is now, None if it is gone. mine_counts: whether
    this user's value won. theirs_by: a user's id.
    """

    id: str
    record: Shown | None
    type: str
    field: str
    base: Any
    mine: Any
    theirs: Any
    theirs_by: str
    mine_counts: bool
    rule: str
    at: int

    @property
    def now(self) -> Any:
        """What stands in the field now."""
        return self.record.fields.get(self.field) if self.record else None


def open_clashes(device: Device) -> list[Clash]:
    """Those in which this user's value lost, does not stand there now, and about which he has not decided; newest first."""
    me, seen = device.identity.user_id, set(device.settings.get(_SEEN, []))
    found = []
    for one in reading.recent(device, "conflict", _LOOKED_THROUGH):
        if one.id in seen or one.fields.get("lost_by") != me:
            continue
        clash = _clash(device, one)
        if clash.record is not None and not clash.record.removed and clash.now != clash.mine:
            found.append(clash)
    return found


def clash(device: Device, conflict_id: str) -> Clash:
    """One conflict. Raises: KeyError, if it is not here."""
    return _clash(device, reading.shown(device, conflict_id))


def _clash(device: Device, one: Shown) -> Clash:
    fields = one.fields
    kept, lost, was = (_value(fields.get(name)) for name in ("kept", "lost", "was"))
    mine_counts = fields.get("kept_by") == device.identity.user_id and fields.get("lost_by") != device.identity.user_id
    record = next(iter(reading.shown_all(device, [str(fields.get("of"))])), None)
    return Clash(
        id=one.id, record=record, type=str(fields.get("of_type") or "customer"), field=str(fields.get("field") or ""),
        base=was, mine=kept if mine_counts else lost, theirs=lost if mine_counts else kept,
        theirs_by=str(fields.get("lost_by" if mine_counts else "kept_by") or ""), mine_counts=mine_counts,
        rule=str(fields.get("rule") or ""), at=one.moment,
    )  # fmt: skip


def take_mine(device: Device, conflict_id: str) -> None:
    """Set the field to this user's value again: an ordinary edit on what stands there now. Raises: KeyError, Refused."""
    found = clash(device, conflict_id)
    if found.record is None:
        raise KeyError(conflict_id)
    if found.type == "customer":
        customers.edit(device, found.record.id, {found.field: found.mine})
    elif changes := edits(device, found.record, {found.field: found.mine}):
        save(device, found.record.book, f"edit_{found.type}"[:60], changes)
    leave(device, conflict_id)


def leave(device: Device, conflict_id: str) -> None:
    """The user has looked at it and lets theirs count."""
    seen = [one for one in device.settings.get(_SEEN, []) if one != conflict_id]
    device.settings.set(_SEEN, [*seen, conflict_id][-_SEEN_KEPT:])


def can_be_taken(found: Clash) -> bool:
    """Whether there is a field to set: a removal that lost against an edit has none."""
    return found.record is not None and knows(found.type) and found.field in record_type(found.type).specs()


def _value(text: Any) -> Any:
    """A value as a conflict keeps it: JSON in a text."""
    try:
        return json.loads(text) if isinstance(text, str) else text
    except ValueError:
        return text
