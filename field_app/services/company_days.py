"""Days on the company's calendar: an instant belongs to the day that it is where the company is."""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def zone(name: str) -> tzinfo:
    """The time zone of that name; UTC if this device does not know it."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def day_of(at_ms: int, time_zone: str) -> date:
    """The company's day of an instant."""
    return datetime.fromtimestamp(at_ms / 1000, zone(time_zone)).date()
