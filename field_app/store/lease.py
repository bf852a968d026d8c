"""For how long books have been shown without a finished round, whatever the phone's clock says meanwhile (R31).

A clock that is set back would keep a book open for ever. So what passes between two looks at the clock is counted, and stays counted
when the clock goes back; the instants in signed answers count as well. A long step ahead is not counted: a clock that was ten
years ahead and is put right locks nobody out. While it stands there, the clock itself says that the lease is over.
"""

from __future__ import annotations

from dataclasses import dataclass

DAY_MS = 24 * 3600 * 1000
STEP_MOST_MS = 7 * DAY_MS
KEPT_EVERY_MS = 60_000
LEASE_WATCH = "lease_watch"


@dataclass(frozen=True, slots=True)
class Watch:
    """What was counted since a round ended. `seen_ms`: the clock at the last look. `counted_ms`: what has passed at least.

    `server_ms`: the server's clock when the round ended, as far as this device knew it; 0: unknown.
    """

    seen_ms: int
    counted_ms: int
    server_ms: int

    def looked(self, now_ms: int) -> Watch:
        """After a look at the clock."""
        step = now_ms - self.seen_ms
        more = step if 0 < step <= STEP_MOST_MS else 0
        return Watch(now_ms, self.counted_ms + more, self.server_ms) if step else self

    def heard(self, server_ms: int) -> Watch:
        """After a signed answer. Args: server_ms: the server's clock in it."""
        passed = server_ms - self.server_ms if self.server_ms else 0
        return Watch(self.seen_ms, max(self.counted_ms, passed), self.server_ms)

    def passed_ms(self, ended_ms: int, now_ms: int) -> int:
        """What has passed since the round ended: by the clock, or as it was counted, whichever is more. Args: ended_ms: the clock then."""
        return max(0, now_ms - ended_ms, self.looked(now_ms).counted_ms)

    def is_worth_keeping(self, kept: Watch | None) -> bool:
        """Whether a minute and more would be forgotten with this, or the clock went back."""
        if kept is None or kept.server_ms != self.server_ms:
            return True
        return self.counted_ms - kept.counted_ms >= KEPT_EVERY_MS or abs(self.seen_ms - kept.seen_ms) >= KEPT_EVERY_MS


def to_json(watch: Watch) -> list[int]:
    """As it is kept among the settings."""
    return [watch.seen_ms, watch.counted_ms, watch.server_ms]


def from_json(kept: list[int] | None) -> Watch | None:
    """What was kept; None: nothing, by a release before this one."""
    return None if kept is None else Watch(*kept)
