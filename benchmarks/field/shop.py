"""What the measured processes share: a way to no server, a clock that stands in the pocket's day, a frame of the window."""

from __future__ import annotations

import time
from pathlib import Path

from benchmarks.field.pocket import NOW_MS
from field_app.sync.transport import NoNetwork

_STARTED = time.monotonic()


class Cut:
    """A transport without a network."""

    def exchange(self, *_: object) -> object:
        """Nobody is there."""
        raise NoNetwork("measured without a network")

    def close(self) -> None:
        """Nothing to close."""


def clock_ms() -> int:
    """The day of the pocket, going on from its morning."""
    return NOW_MS + int((time.monotonic() - _STARTED) * 1000)


def frame(number: int = 2) -> None:
    """Draw the window."""
    from kivy.base import EventLoop

    for _ in range(number):
        EventLoop.idle()


def resident_mb(line: str = "VmRSS") -> float:
    """Memory of this process that is in use (VmRSS), or was at most (VmHWM), in MB."""
    for row in Path("/proc/self/status").read_text().splitlines():
        if row.startswith(line + ":"):
            return int(row.split()[1]) / 1024
    return 0.0
