"""The line of truth about sync: what is still on this phone only, and since when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from field_app.device import Device


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """Args: waiting_records, waiting_photos: not with the server yet. waiting_since, last_sync_at: ms. offline: the last try
    found no server. last_error: a problem's name. returned: records that came back.
    """

    waiting_records: int
    waiting_photos: int
    waiting_since: int | None
    last_sync_at: int | None
    offline: bool
    last_error: str | None
    returned: int


def sync_status(device: Device) -> SyncStatus:
    """How things stand between this device and its server."""
    from field_app.services.returned import returned

    with device.lock:
        since = [at for at in (device.outbox.waiting_since()[1], device.photos.oldest_unsent()) if at is not None]
        error = device.settings.get("last_error")
        return SyncStatus(
            waiting_records=device.outbox.unsent_records(),
            waiting_photos=device.photos.unsent_count(),
            waiting_since=min(since, default=None),
            last_sync_at=device.settings.get("last_sync_at"),
            offline=bool(device.settings.get("offline", False)),
            last_error=error["name"] if error else None,
            returned=len(returned(device)),
        )
