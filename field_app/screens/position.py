"""Where the phone is, through plyer. It runs while the app is in view; a desktop has no receiver, and nothing waits for one."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from kivy.utils import platform

log = logging.getLogger(__name__)
EVERY_MS, EVERY_M = 5_000, 5


class Position:
    """Asks the receiver, and tells `found` with latitude, longitude and accuracy in metres."""

    def __init__(self, found: Callable[[float, float, float | None], None]) -> None:
        self._found = found
        self._gps: Any = None

    def start(self) -> None:
        """Begin to listen, if there is a receiver and the person allows it. Never raises, never waits."""
        if platform not in ("android", "ios") or self._gps is not None:
            return
        from plyer import gps

        try:
            _ask_permission()
            gps.configure(on_location=self._located)
            gps.start(minTime=EVERY_MS, minDistance=EVERY_M)
        except Exception as error:  # a phone without a receiver, or one who said no: the visit goes on without a place
            log.info("no position: %s", type(error).__name__)
            return
        self._gps = gps

    def stop(self) -> None:
        """Let the receiver rest."""
        if self._gps is not None:
            self._gps.stop()
            self._gps = None

    def _located(self, **fix: Any) -> None:
        latitude, longitude = fix.get("lat"), fix.get("lon")
        if isinstance(latitude, float | int) and isinstance(longitude, float | int):
            accuracy = fix.get("accuracy")
            self._found(float(latitude), float(longitude), float(accuracy) if accuracy else None)


def _ask_permission() -> None:
    if platform == "android":
        from android.permissions import Permission, request_permissions

        request_permissions([Permission.ACCESS_FINE_LOCATION, Permission.ACCESS_COARSE_LOCATION])
