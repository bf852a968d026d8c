"""When something falls due that comes again and again. Pure: the time is an argument, in ms since 1970 UTC."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo


class Period(Protocol):
    """A rule that cuts time into periods; each begins at the instant at which its job falls due."""

    def latest(self, now_ms: int) -> int:
        """When the period began in which this instant lies."""

    def after(self, due_ms: int) -> int:
        """When the first period begins that begins later than this instant."""


@dataclasses.dataclass(frozen=True)
class Every:
    """Each so many seconds, counted from 1970."""

    seconds: int

    def latest(self, now_ms: int) -> int:
        """When the period began in which this instant lies."""
        step_ms = self.seconds * 1000
        return now_ms // step_ms * step_ms

    def after(self, due_ms: int) -> int:
        """When the first period begins that begins later than this instant."""
        return self.latest(due_ms) + self.seconds * 1000


@dataclasses.dataclass(frozen=True)
class AtLocalTime:
    """Each day, or each week on one day (0 = Monday), or each month on one (1 to 28), at a time on the clocks of a place.

    There is one per day whatever the clocks do: a time that a change to summer time leaves out comes as much later as
    the clocks went forward, one that comes twice counts the first time.
    """

    hour: int
    minute: int
    zone: str
    weekday: int | None = None
    day_of_month: int | None = None

    def latest(self, now_ms: int) -> int:
        """When the period began in which this instant lies."""
        day = self._day_of(now_ms) + timedelta(days=1)
        while self._instant(day) > now_ms or not self._is_a_day(day):
            day -= timedelta(days=1)
        return self._instant(day)

    def after(self, due_ms: int) -> int:
        """When the first period begins that begins later than this instant."""
        day = self._day_of(due_ms) - timedelta(days=1)
        while self._instant(day) <= due_ms or not self._is_a_day(day):
            day += timedelta(days=1)
        return self._instant(day)

    def _day_of(self, instant_ms: int) -> date:
        return datetime.fromtimestamp(instant_ms / 1000, ZoneInfo(self.zone)).date()

    def _is_a_day(self, day: date) -> bool:
        return self.weekday in (None, day.weekday()) and self.day_of_month in (None, day.day)

    def _instant(self, day: date) -> int:
        local = datetime.combine(day, time(self.hour, self.minute), ZoneInfo(self.zone))
        return int(local.astimezone(UTC).timestamp()) * 1000
