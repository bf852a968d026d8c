"""When to sync next: soon after something was saved, seldom while nothing happens, later and later while it fails."""

from __future__ import annotations

from collections.abc import Callable

FIRST_DELAY_S = 5.0
LONGEST_DELAY_S = 15 * 60.0
QUIET_INTERVAL_S = 5 * 60.0


class Schedule:
    """Tells the delay before the next sync; whoever owns a clock waits. No thread in here (R32).

    Args: chance: a number in [0, 1), for the jitter that keeps a fleet from calling in step.
    """

    def __init__(self, chance: Callable[[], float]) -> None:
        self._chance = chance
        self._failures = 0

    def succeeded(self) -> float:
        """A sync went through. Returns the seconds until the next one, if nothing is saved before."""
        self._failures = 0
        return QUIET_INTERVAL_S * (0.9 + 0.2 * self._chance())

    def failed(self, retry_after_s: int | None = None) -> float:
        """A sync failed. Returns the seconds until the next try: doubled each time, between half and all of it by chance."""
        longest = min(LONGEST_DELAY_S, FIRST_DELAY_S * 2.0 ** min(self._failures, 20))
        self._failures += 1
        return max(longest * (0.5 + 0.5 * self._chance()), float(retry_after_s or 0))

    def network_changed(self) -> float:
        """Another network: whatever failed before says nothing about this one."""
        self._failures = 0
        return 0.0
