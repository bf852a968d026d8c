"""What the app has in hand: the folder of its devices, the one that is unlocked, what the person prefers."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from field_app.presenters import words

if TYPE_CHECKING:
    from field_app.device import Device
    from field_app.presenters.syncing import Sync
    from field_app.sync.transport import Transport

PREFERENCES = "preferences.json"
FIX_MS = 10 * 60_000  # how long a position counts


@dataclass(frozen=True)
class Preferences:
    """What a person chose for this app. Not secret, and needed before the unlocking."""

    language: str = ""
    look: str = "light"
    text_size: str = "normal"


class Session:
    """One run of the app.

    Args: home: the folder with one folder per device. clock_ms: the device's clock. transport: makes the way to a server.
    """

    sync: Sync  # set by who makes the window
    renew: Callable[[], None] | None = None  # ends the process that held the key; None where that cannot be done

    def __init__(self, home: Path, clock_ms: Callable[[], int], transport: Callable[[str], Transport]) -> None:
        self.home = home
        self.clock_ms = clock_ms
        self._transport = transport
        self._device: Device | None = None
        self._fix: tuple[int, dict[str, Any]] | None = None
        self.preferences = _read(home / PREFERENCES)

    @property
    def device(self) -> Device:
        """The unlocked device."""
        assert self._device is not None, "the app is locked"
        return self._device

    @property
    def is_locked(self) -> bool:
        """Whether no device is unlocked."""
        return self._device is None

    @property
    def is_wiped(self) -> bool:
        """Whether head office had the unlocked device destroy what it held."""
        return self._device is not None and self._device.is_wiped

    def hold(self, device: Device) -> None:
        """Take an unlocked device in hand; what may be read no longer is destroyed first."""
        from field_app.services import granted  # no page is ready before the passphrase

        granted.drop_ended(device)
        self._device = device

    def lock(self) -> None:
        """Close the device and forget it."""
        device, self._device = self._device, None
        if device is not None and not device.is_wiped:
            device.close()

    def located(self, latitude: float, longitude: float, accuracy_m: float | None = None) -> None:
        """The receiver found where the phone is."""
        place = {"latitude": latitude, "longitude": longitude, "accuracy_m": accuracy_m}
        self._fix = (self.clock_ms(), {name: value for name, value in place.items() if value is not None})

    def whereabouts(self) -> dict[str, Any] | None:
        """Where the phone was found lately: latitude, longitude, accuracy_m; None if it is not known. Nobody waits for it."""
        if self._fix is None or not 0 <= self.clock_ms() - self._fix[0] <= FIX_MS:
            return None
        return dict(self._fix[1])

    def transport(self, server_url: str = "") -> Transport:
        """The way to the server of the device, or to another one while enrolling."""
        return self._transport(server_url or str(self.device.identity.server_url))

    def prefer(self, **choices: str) -> None:
        """Keep a choice."""
        self.preferences = replace(self.preferences, **choices)
        self.home.mkdir(parents=True, exist_ok=True)
        beside = self.home / (PREFERENCES + ".new")
        beside.write_text(json.dumps(asdict(self.preferences)), encoding="utf-8")
        os.replace(beside, self.home / PREFERENCES)

    @property
    def time_zone(self) -> str:
        """The company's time zone."""
        return str(self.device.identity.time_zone or "UTC")

    @property
    def currency(self) -> str:
        """The company's currency."""
        return str(self.device.identity.currency or "USD")

    def local(self, at_ms: int) -> datetime:
        """An instant on the company's clock."""
        return words.local(at_ms, self.time_zone)

    def at(self, day: date, clock: time) -> int:
        """The instant of a day and a time on the company's clock."""
        return int(datetime.combine(day, clock, self.local(0).tzinfo).timestamp() * 1000)

    def today(self) -> date:
        """The day it is now for the company."""
        return self.local(self.clock_ms()).date()

    def money(self, minor: int | None) -> str:
        """A sum in the company's currency."""
        return words.money(minor, self.currency)

    def moment(self, at_ms: int) -> str:
        """When something was: the time today, else day and time."""
        return words.moment(self.local(at_ms), self.today())


def _read(path: Path) -> Preferences:
    try:
        kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Preferences()
    known = {name: str(kept[name]) for name in Preferences.__dataclass_fields__ if name in kept}
    return Preferences(**known)
