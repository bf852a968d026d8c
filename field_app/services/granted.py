"""Granted lookups: frozen copies of files outside one's books, each until an instant, then gone from this device by itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from field_app.services import reading, status
from field_app.store.books import Confirmed
from field_app.store.overlay import Shown

if TYPE_CHECKING:
    from field_app.device import Device

TYPE = "grant"
_MOST = 500


@dataclass(frozen=True, slots=True)
class Granted:
    """A copy that may be read now. Args: fields: what was granted, as it was then. until: ms."""

    id: str
    name: str
    fields: Mapping[str, Any]
    until: int
    reason: str
    granted_by: str


def granted(device: Device) -> list[Granted]:
    """The copies that have not ended, by name; of the others the content is destroyed first."""
    drop_ended(device)
    found = [_opened(one) for one in reading.recent(device, TYPE, _MOST) if one.fields.get("file")]
    return sorted(found, key=lambda one: one.name.casefold())


def granted_file(device: Device, record: str) -> Granted | None:
    """One copy; None: it has ended, or there is no such one."""
    return next((one for one in granted(device) if one.id == record), None)


def drop_ended(device: Device) -> int:
    """Destroy the content of copies whose time has passed, without asking a server. Returns: of how many.

    What stays is the id and the version, by which the next sync compares both sides. A clock that was set back does not bring
    a copy's time back: the last contact with the server counts, too.
    """
    with device.lock:
        now = max(device.clock_ms(), status.sync_status(device).last_sync_at or 0)
        held = device.books.held()
        desks = [book for book, entry in device.scope.items() if entry["kind"] == "desk" and book in held]
        dropped = 0
        for store in map(device.books.store, desks):  # whether or not their lease has passed, and they are shown
            ended = [one for one in store.recent(TYPE, _MOST, 0) if one.fields and _until(one) <= now]
            for one in ended:
                store.drop_content(one.id)
            dropped += len(ended)
    return dropped


def _until(one: Shown | Confirmed) -> int:
    return int(one.fields.get("until") or 0)


def _opened(one: Shown) -> Granted:
    fields = one.fields
    return Granted(
        one.id,
        str(fields.get("customer_name") or ""),
        json.loads(fields["file"]),
        _until(one),
        str(fields.get("reason") or ""),
        str(fields.get("granted_by") or ""),
    )
