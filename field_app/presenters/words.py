"""Days, times, sums and distances as people in the language of the app write them. No dependency a phone lacks."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from field_app.language import gettext as _

MINUTE_MS, DAY_MS = 60_000, 86_400_000
EXPONENTS = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "KWD": 3, "BHD": 3, "OMR": 3, "TND": 3, "JOD": 3}


@cache
def zone(name: str) -> ZoneInfo | None:
    """The time zone of that name; None (UTC) if this device does not know it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return None


def local(at_ms: int, time_zone: str) -> datetime:
    """An instant on the clock of the company."""
    return datetime.fromtimestamp(at_ms / 1000, zone(time_zone) or UTC)


def weekday(day: date) -> str:
    """Short name of the day of the week."""
    return (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))[day.weekday()]


def month(day: date) -> str:
    """Short name of the month."""
    return (
        _("Jan"), _("Feb"), _("Mar"), _("Apr"), _("May"), _("Jun"),
        _("Jul"), _("Aug"), _("Sep"), _("Oct"), _("Nov"), _("Dec"),
    )[day.month - 1]  # fmt: skip


def day_words(day: date, today: date) -> str:
    """«today», «yesterday», or the day; with its year if that is another."""
    if day == today:
        return _("today")
    if day == today - timedelta(days=1):
        return _("yesterday")
    if day == today + timedelta(days=1):
        return _("tomorrow")
    return short_day(day, today)


def day_head(day: date, today: date) -> str:
    """The same as the head of a group: with a capital."""
    text = day_words(day, today)
    return text[:1].upper() + text[1:]


def short_day(day: date, today: date | None = None) -> str:
    """«12 Nov», «12 Nov 2025»."""
    pattern = _("{day} {month}") if today is None or day.year == today.year else _("{day} {month} {year}")
    return pattern.format(day=day.day, month=month(day), year=day.year)


def full_day(day: date) -> str:
    """«Wed 25 Nov»."""
    return _("{weekday} {day} {month}").format(weekday=weekday(day), day=day.day, month=month(day))


def week(first: date, today: date | None = None) -> str:
    """«16 Nov – 22 Nov» for the week that begins on a day."""
    return f"{short_day(first, today)} – {short_day(first + timedelta(days=6), today)}"


def month_words(day: date) -> str:
    """«November 2026» for a calendar's head, with the short month name."""
    return _("{month} {year}").format(month=month(day), year=day.year)


def clock(at: datetime) -> str:
    """«09:41»."""
    return at.strftime("%H:%M")


def moment(at: datetime, today: date) -> str:
    """The time if it is today, else day and time."""
    return clock(at) if at.date() == today else f"{short_day(at.date(), today)} {clock(at)}"


def ago(at: date, today: date) -> str:
    """How long ago a day is, as one says it."""
    days = (today - at).days
    if days <= 1:
        return day_words(at, today)
    if days < 60:
        return _("{n} days ago").format(n=days)
    return short_day(at, today)


def duration(ms: int) -> str:
    """«12 min», «1 h 05 min»."""
    minutes = max(0, ms // MINUTE_MS)
    if minutes < 60:
        return _("{n} min").format(n=minutes)
    return _("{h} h {m:02d} min").format(h=minutes // 60, m=minutes % 60)


def distance(metres: int | None) -> str:
    """«350 m», «1.2 km»; nothing if it is not known."""
    if metres is None:
        return ""
    return f"{metres} m" if metres < 1000 else f"{metres / 1000:.1f} km"


def exponent(currency: str) -> int:
    """How many decimals a currency has."""
    return EXPONENTS.get(currency, 2)


def money(minor: int | None, currency: str) -> str:
    """Minor units as «1,284.00»; nothing for None."""
    if minor is None:
        return ""
    digits = exponent(currency)
    return f"{Decimal(minor).scaleb(-digits):,.{digits}f}"


def parse_money(text: str, currency: str) -> int | None:
    """«1,284.5» as minor units; None if it is no sum, or finer than the currency."""
    plain = re.sub(r"[\s,，$¥€£]", "", text)
    try:
        minor = Decimal(plain).scaleb(exponent(currency))
    except InvalidOperation:
        return None
    return int(minor) if minor.is_finite() and minor == minor.to_integral_value() else None


def quantity(text: str | None) -> str:
    """A decimal string without idle zeros: «12.00» is «12»."""
    if not text or "." not in text:
        return text or ""
    return text.rstrip("0").rstrip(".")


def size(size_bytes: int) -> str:
    """«340 kB», «1.2 MB»."""
    if size_bytes < 1_000_000:
        return f"{max(1, round(size_bytes / 1000))} kB" if size_bytes else "0 kB"
    return f"{size_bytes / 1_000_000:.1f} MB"
