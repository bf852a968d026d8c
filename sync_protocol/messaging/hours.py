"""Quiet hours: when nobody is to be disturbed, in the time of the place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From one time of day to another, usually over midnight. The same time twice: there are none."""

    begin: time
    end: time
    zone: str

    def holds(self, at_ms: int) -> bool:
        """Whether this instant lies in the quiet hours."""
        now = self._local(at_ms).time()
        if self.begin <= self.end:
            return self.begin <= now < self.end
        return now >= self.begin or now < self.end

    def first_after(self, at_ms: int) -> int:
        """The instant itself, or the end of the quiet hours in which it lies, in ms."""
        return self._next_end(at_ms) if self.holds(at_ms) else at_ms

    def next_morning(self, at_ms: int) -> int:
        """When the quiet hours end that begin next, or hold now, in ms: the first moment of the next day's sending."""
        day = self._local(at_ms).date() + timedelta(days=1)
        return _instant(datetime.combine(day, self.end, ZoneInfo(self.zone)))

    def day_of(self, at_ms: int) -> tuple[int, int]:
        """First instant of the calendar day of this instant, and of the next one, in ms."""
        zone, day = ZoneInfo(self.zone), self._local(at_ms).date()
        return tuple(_instant(datetime.combine(d, time(), zone)) for d in (day, day + timedelta(days=1)))  # type: ignore[return-value]

    def _local(self, at_ms: int) -> datetime:
        return datetime.fromtimestamp(at_ms / 1000, ZoneInfo(self.zone))

    def _next_end(self, at_ms: int) -> int:
        """The first end after this instant; the second of two, where the clocks are set back over it."""
        day = self._local(at_ms).date()
        while True:
            for found in self._ends(day):
                if found > at_ms and not self.holds(found):
                    return found
            day += timedelta(days=1)

    def _ends(self, day: date) -> Sequence[int]:
        """When they may end on this day: once; twice, where the clocks are set back over it; where they are set forward over it, in a minute of that."""
        zone = ZoneInfo(self.zone)
        first, last = sorted(_instant(datetime.combine(day, self.end.replace(fold=fold), zone)) for fold in (0, 1))
        if first != last and self._local(last).time() != self.end:
            return range(first, last + 1, 60_000)
        return (first, last)


def _instant(local: datetime) -> int:
    return int(local.astimezone(UTC).timestamp()) * 1000
