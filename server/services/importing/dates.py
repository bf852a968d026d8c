"""Days and times as people write them; whether day or month comes first is decided by the whole column."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from enum import StrEnum

from server.services.importing.cells import Cell
from server.services.importing.messages import Refused

_NUMBERS = re.compile(r"(\d{1,4})\s*([./\-])\s*(\d{1,2})\s*\2\s*(\d{1,4})\.?")
_COMPACT = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)")
_CHINESE = re.compile(r"(民国|民國)?\s*(\d{2,4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*[日号號]?")
_NAMED = re.compile(
    r"(?:(\d{1,2})(?:st|nd|rd|th)?\.?[\s\-/]+)?([A-Za-zÀ-ÿ]{3,10})\.?[\s\-/]+(?:(\d{1,2})(?:st|nd|rd|th)?,?\s+)?(\d{2,4})"
)
_CLOCK = re.compile(
    r"[T\s]+(\d{1,2})[:.时時](\d{2})(?:[:.分](\d{2})秒?(?:[.,]\d+)?)?分?\s*([AaPp]\.?[Mm]\.?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?\s*$"
)
_WEEKDAY = re.compile(r"^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+", re.IGNORECASE)
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar janvier enero", "feb february februar février fevrier febrero", "mar march märz maerz mär mars marzo",
            "apr april avril abril avr", "may mai mayo", "jun june juni juin junio", "jul july juli juillet julio",
            "aug august août aout agosto", "sep sept september septembre septiembre", "oct october oktober okt octobre octubre",
            "nov november novembre noviembre", "dec december dezember dez décembre diciembre dic",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_BETWEEN = re.compile(r"\s*(?:至|到|起至|[~～—–]+|\s-+\s|\bto\b|\buntil\b|\bbis\b)\s*")
_EXCEL_EPOCH = date(1899, 12, 30)
_EXCEL_DAYS = range(10_000, 80_000)  # 1927 to 2119


def split_range(cell: Cell) -> tuple[str, str] | None:
    """The first and the last day of «2021-03-01 to 2026-02-28», as they are written; None if it is no range."""
    if not isinstance(cell, str) or len(cell) > 80:
        return None
    parts = [part.strip(" 自从從起止") for part in _BETWEEN.split(cell.strip()) if part.strip()]
    is_range = len(parts) == 2 and all(re.search(r"\d", part) for part in parts[:1])
    return (parts[0], parts[1]) if is_range else None


class DateOrder(StrEnum):
    """Which number of 03/04/2015 is the month."""

    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"
    UNDECIDED = "?"


@dataclass(frozen=True, slots=True)
class Moment:
    """A day, and the time of day if the file gives one. Args: zone: if the file gives one."""

    day: date
    clock: time | None = None
    zone: tzinfo | None = None

    def instant(self, zone: tzinfo) -> int:
        """Milliseconds since 1970 UTC. A day without a time counts as its noon, so that no zone makes it another day."""
        moment = datetime.combine(self.day, self.clock or time(12), self.zone or zone)
        return int(moment.timestamp() * 1000)


def find_date_order(cells: Iterable[Cell]) -> tuple[DateOrder, bool]:
    """What the column says about its order of day and month.

    Returns: the order that most of its telling values have, and whether there was anything to tell: True also where no value
        leaves a choice.
    """
    day_first = month_first = open_values = 0
    for cell in cells:
        found = _NUMBERS.match(cell.strip()) if isinstance(cell, str) else None
        if not found or len(found[1]) > 2:
            continue
        first, second = int(found[1]), int(found[3])
        if found[2] == "." or (first > 12 >= second):
            day_first += 1
        elif second > 12 >= first:
            month_first += 1
        elif first != second:
            open_values += 1
    if day_first or month_first:
        return (DateOrder.DAY_FIRST if day_first >= month_first else DateOrder.MONTH_FIRST), True
    return DateOrder.UNDECIDED, not open_values


def parse_moment(cell: Cell, order: DateOrder) -> Moment:
    """A cell as a day, with its time where it has one. Raises: Refused `date.unreadable`, `date.order`, `date.none`."""
    if isinstance(cell, datetime):
        return Moment(cell.date(), cell.time() if cell.time() != time(0) else None)
    if isinstance(cell, date):
        return Moment(cell)
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return _from_number(cell)
    text = _WEEKDAY.sub("", str(cell).strip())
    clock, zone = None, None
    if found := _CLOCK.search(text):
        clock, zone, text = *_clock(found, cell), text[: found.start()].strip()
    return Moment(_day(text, order), clock if clock != time(0) or zone else None, zone)


def _from_number(cell: float) -> Moment:
    if not 0 < cell < 10**8:
        raise Refused("date.unreadable", value=str(cell)[:40])
    if int(cell) in _EXCEL_DAYS:
        return Moment(_EXCEL_EPOCH + timedelta(days=int(cell)))
    if found := _COMPACT.fullmatch(str(int(cell))):
        return Moment(_date(int(found[1]), int(found[2]), int(found[3]), str(int(cell))))
    raise Refused("date.unreadable", value=str(cell))


def _clock(found: re.Match[str], cell: Cell) -> tuple[time, tzinfo | None]:
    hour, half = int(found[1]), (found[4] or "").lower().replace(".", "")
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    zone: tzinfo | None = None
    if found[5]:
        digits = found[5].replace(":", "")
        offset = timedelta(0) if digits in ("Z", "UTC") else timedelta(hours=int(digits[1:3]), minutes=int(digits[3:]))
        zone = UTC if not offset else timezone(-offset if digits[0] == "-" else offset)
    try:
        return time(hour, int(found[2]), int(found[3] or 0)), zone
    except ValueError as error:
        raise Refused("date.unreadable", value=str(cell)) from error


def _day(text: str, order: DateOrder) -> date:
    if found := _NUMBERS.fullmatch(text):
        first, middle, last = int(found[1]), int(found[3]), int(found[4])
        if len(found[1]) == 4:
            return _date(first, middle, last, text)
        if len(found[1]) == 3:  # Taiwan's own count of years
            return _date(first + 1911, middle, last, text)
        return _ordered(first, middle, _century(last, len(found[4])), order, text)
    if found := _COMPACT.fullmatch(text):
        return _date(int(found[1]), int(found[2]), int(found[3]), text)
    if found := _CHINESE.fullmatch(text):
        year = int(found[2]) + 1911 if found[1] else _century(int(found[2]), len(found[2]))
        return _date(year, int(found[3]), int(found[4]), text)
    if (found := _NAMED.fullmatch(text)) and (found[1] or found[3]) and found[2].lower() in _MONTHS:
        return _date(_century(int(found[4]), len(found[4])), _MONTHS[found[2].lower()], int(found[1] or found[3]), text)
    if re.fullmatch(r"\d{5}(\.\d+)?", text):
        return _from_number(float(text)).day
    raise Refused("date.unreadable", value=text)


def _ordered(first: int, second: int, year: int, order: DateOrder, text: str) -> date:
    if order is DateOrder.MONTH_FIRST:
        month, day = first, second
    else:
        month, day = second, first
    if month > 12 >= day and order is not DateOrder.UNDECIDED:
        raise Refused("date.order", value=text, order=order.value)
    return _date(year, month, day, text)


def _century(year: int, digits: int) -> int:
    if digits > 2:
        return year
    return 2000 + year if year < 70 else 1900 + year


def _date(year: int, month: int, day: int, text: str) -> date:
    if not 1900 <= year <= 2200:
        raise Refused("date.none", value=text)
    try:
        return date(year, month, day)
    except ValueError as error:
        raise Refused("date.none", value=text) from error
