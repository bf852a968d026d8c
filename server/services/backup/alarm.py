"""What is red about the backup, for every page of those who may see it: looked at twice a minute, not at each of their clicks."""

from __future__ import annotations

from flask import current_app

from server.services import clock
from server.services.backup.status import WRONG, Concern, status

GOOD_FOR_MS = 30_000
_SEEN = "roundbook.backup.red"


def red() -> tuple[Concern, ...]:
    """What is late, failed or wrong now; empty if nothing is."""
    now = clock.now_ms()
    seen = current_app.extensions.get(_SEEN)
    if seen is None or not 0 <= now - seen[0] < GOOD_FOR_MS:
        seen = (now, tuple(concern for concern in status().concerns if concern.level == WRONG))
        current_app.extensions[_SEEN] = seen
    found: tuple[Concern, ...] = seen[1]
    return found


def look_again() -> None:
    """Something was done about it: the next page looks anew."""
    current_app.extensions.pop(_SEEN, None)
