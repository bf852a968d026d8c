"""Granted lookups: frozen copies of files outside one's books, each until an instant, then gone from this device by itself.

Whoever opens a copy leaves a reading in the outbox before he sees anything: it goes to the read log of the server like all other work.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from field_app.services import reading, saving, status
from field_app.store.books import Confirmed
from field_app.store.overlay import Shown

if TYPE_CHECKING:
    from field_app.device import Device

TYPE = "grant"
NOTED = "reading"
ONE_VIEW_MS = 60_000  # what is opened again so soon after it was noted is the same view
_MOST = 500
_LAST = "granted_noted"  # setting: copy -> when a view of it was noted last


@dataclass(frozen=True, slots=True)
class Granted:
    """A copy that may be read now. Args: customer: whose file it is. fields: what was granted, as it was then. until: ms."""

    id: str
    book: str
    customer: str
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


def open_file(device: Device, record: str) -> Granted | None:
    """One copy, for somebody who is about to read it: that he does is on the disk first. None: it has ended, or there is no such one.

    Raises: Refused, OSError: then it was not noted, and must not be shown.
    """
    with device.lock:
        found = granted_file(device, record)
        if found is not None:
            _note(device, found)
        return found


def _note(device: Device, copy: Granted) -> None:
    """Save a reading, unless one of this copy was saved within the last minute."""
    now, last = device.clock_ms(), dict[str, int](device.settings.get(_LAST, {}))
    if 0 <= now - last.get(copy.id, now - ONE_VIEW_MS) < ONE_VIEW_MS:
        return
    values = {"of": copy.customer, "grant": copy.id, "opened_at": now}
    changes = saving.creation(device, copy.book, NOTED, device.new_id(), None, values)
    recent = {name: at for name, at in last.items() if 0 <= now - at < ONE_VIEW_MS}

    def remember(_set_id: str, _seq: int) -> None:
        device.settings.set(_LAST, {**recent, copy.id: now})

    saving.save(device, copy.book, "granted.read", changes, also=remember)


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
        one.book,
        str(fields.get("of") or ""),
        str(fields.get("customer_name") or ""),
        json.loads(fields["file"]),
        _until(one),
        str(fields.get("reason") or ""),
        str(fields.get("granted_by") or ""),
    )
