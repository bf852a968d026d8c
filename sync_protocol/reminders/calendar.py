"""Days that come back: every solar year, every lunar year, and the solar terms.

A lunar month has 29 or 30 days and some lunar years have a month twice. What was born on the 30th is kept on the last day of
a short month; what was born in a leap month is kept in the leap month where the year has it, else in the month of its number.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

from borax.calendars.lunardate import LCalendars, LunarDate, TermUtils

from sync_protocol.reminders.rules import LUNAR, SOLAR, TERM

FIRST_LUNAR_DAY, LAST_LUNAR_YEAR = date(1900, 1, 31), 2100


def in_year(year: int, month: int, day: int) -> date:
    """That day of a solar year; the last one of the month, if it is shorter (29 February)."""
    for least in range(day, 27, -1):
        try:
            return date(year, month, least)
        except ValueError:
            continue
    return date(year, month, min(day, 27))


@lru_cache(maxsize=65536)
def lunar_parts(day: date) -> tuple[int, int, bool] | None:
    """Month, day and whether it is the leap month, of a solar day; None before 31 January 1900 or after the lunar year 2100."""
    if day < FIRST_LUNAR_DAY or day.year > LAST_LUNAR_YEAR:
        return None
    found = LunarDate.from_solar_date(day.year, day.month, day.day)
    return found.month, found.day, bool(found.leap)


@lru_cache(maxsize=65536)
def on_lunar_day(lunar_year: int, month: int, day: int, leap: bool = False) -> date | None:
    """The solar day of a day in a lunar year, by the rules of this module; None outside 1900 to 2100."""
    if not (1900 <= lunar_year <= LAST_LUNAR_YEAR and 1 <= month <= 12 and 1 <= day <= 30):
        return None
    in_leap = int(leap and LCalendars.leap_month(lunar_year) == month)
    last = LCalendars.ndays(lunar_year, month, in_leap)
    found: date = LunarDate(lunar_year, month, min(day, last), in_leap).to_solar_date()
    return found


@lru_cache(maxsize=1024)
def term_day(year: int, name: str) -> date | None:
    """The day of a solar term in a year; None if the term or the year is unknown."""
    if not 1900 <= year <= LAST_LUNAR_YEAR:
        return None
    try:
        found: date = TermUtils.nth_term_day(year, term_name=name)
    except (ValueError, KeyError, IndexError):
        return None
    return found


def next_yearly(
    calendar: str, month: int, day: int, today: date, *, term: str = "", after_days: int = 0
) -> date | None:
    """The first such day that is not more than `after_days` past. None if the calendar does not reach that far."""
    earliest = today - timedelta(days=after_days)
    years = range(earliest.year - 1, earliest.year + 3)
    if calendar == LUNAR:
        days = [on_lunar_day(year, month, day) for year in years]
    elif calendar == TERM:
        days = [term_day(year, term) for year in years]
    elif calendar == SOLAR and 1 <= month <= 12 and 1 <= day <= 31:
        days = [in_year(year, month, day) for year in years]
    else:
        days = []
    return min((found for found in days if found is not None and found >= earliest), default=None)


@lru_cache(maxsize=65536)
def next_birthday(born: date, calendar: str, today: date) -> date | None:
    """The next birthday, today's included. `born`: the solar day of birth; `calendar`: by which it is kept.

    None, if it is kept by the lunar calendar and that is not known for the year.
    """
    if calendar != LUNAR:
        return next(
            kept for year in (today.year, today.year + 1) if (kept := in_year(year, born.month, born.day)) >= today
        )
    parts = lunar_parts(born)
    if parts is None:
        return None
    month, day, leap = parts
    found = [on_lunar_day(year, month, day, leap) for year in range(today.year - 1, today.year + 2)]
    return min((kept for kept in found if kept is not None and kept >= today), default=None)
