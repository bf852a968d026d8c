"""What is at risk on this phone, and leaving it without losing anything."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from field_app.services.status import sync_status

if TYPE_CHECKING:
    from field_app.device import Device

DAY_MS = 86_400_000
LEASE_WARNING_DAYS = 7
UNSENT_WARNING_DAYS = 2
CLOCK_WARNING_MS = 120_000
ROOM_WARNING_BYTES = 300 * 1024 * 1024
_DRAFTS = "draft:"


@dataclass(frozen=True, slots=True)
class Risk:
    """Something that a person should know before it hurts. Args: code: lease_over, lease, stopped, unsent, clock, room.

    number: days, minutes or megabytes. detail: a problem's name; `slow` or `fast`.
    """

    code: str
    number: int = 0
    detail: str = ""

    @property
    def is_grave(self) -> bool:
        """Whether work stands still, or could be lost."""
        return self.code in ("lease_over", "stopped")


@dataclass(frozen=True, slots=True)
class Unsent:
    """What is on this phone and nowhere else."""

    records: int
    photos: int
    returned: int
    drafts: int

    @property
    def blocks_leaving(self) -> bool:
        """Whether taking the app off this phone would lose work."""
        return bool(self.records or self.photos or self.drafts)


class WouldLoseWork(Exception):
    """There is work on this phone that nobody else has."""


def risks(device: Device) -> list[Risk]:
    """What is at risk, the gravest first."""
    found: list[Risk] = []
    now_ms, get = device.clock_ms(), device.settings.get
    if stopped := get("stopped"):
        found.append(Risk("stopped", detail=str(stopped)))
    left = lease_left_ms(device)
    if left is not None and left <= 0:
        found.append(Risk("lease_over"))
    elif left is not None and left <= LEASE_WARNING_DAYS * DAY_MS:
        found.append(Risk("lease", max(1, left // DAY_MS)))
    since = sync_status(device).waiting_since
    if since is not None and now_ms - since >= UNSENT_WARNING_DAYS * DAY_MS:
        found.append(Risk("unsent", (now_ms - since) // DAY_MS))
    offset = int(get("server_offset_ms", 0) or 0)
    if abs(offset) > CLOCK_WARNING_MS:
        found.append(Risk("clock", abs(offset) // 60_000, "slow" if offset > 0 else "fast"))
    room = shutil.disk_usage(device.folder).free
    if room < ROOM_WARNING_BYTES:
        found.append(Risk("room", room // (1024 * 1024)))
    return found


def lease_left_ms(device: Device) -> int | None:
    """How long the books may still be shown without contact; None if none has a lease or no round was finished yet."""
    ended = device.settings.get("round_ended_at")
    leases = [entry["lease"] for entry in device.scope.values() if entry.get("lease")]
    if ended is None or not leases:
        return None
    return int(min(leases) - device.without_round_ms())


def unsent(device: Device) -> Unsent:
    """What would be lost with this phone."""
    status = sync_status(device)
    drafts = device.database.value(
        "SELECT count(*) FROM setting WHERE name LIKE ? AND value <> 'null'", (_DRAFTS + "%",)
    )
    return Unsent(status.waiting_records, status.waiting_photos, status.returned, int(drafts or 0))


def leave(device: Device) -> None:
    """Take this installation off the phone. Raises: WouldLoseWork, as long as anything is on it that nobody else has."""
    with device.lock:
        if unsent(device).blocks_leaving:
            raise WouldLoseWork
        device.wipe()
