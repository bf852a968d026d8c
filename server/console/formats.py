"""How values read in the three languages: instants, days, money, numbers, by locale and the company's currency and time zone.

Dates read day, month in words, year, so that no one takes a month for a day; the clock has 24 hours.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from itertools import groupby
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, format_timedelta
from babel.numbers import format_currency, format_decimal, get_currency_precision

from server.console.company import company
from server.console.language import language
from server.services.reading.masked import masked
from server.services.timeline import Event

DAY_MS = 86_400_000
_DATES = {"en": Locale("en", "GB"), "zh_Hans": Locale.parse("zh_Hans"), "zh_Hant": Locale.parse("zh_Hant")}
_NUMBERS = {"en": Locale("en"), "zh_Hans": Locale.parse("zh_Hans"), "zh_Hant": Locale.parse("zh_Hant")}


def time_zone() -> ZoneInfo | timezone:
    """The company's time zone."""
    return ZoneInfo(company().time_zone)


def local(at: int) -> datetime:
    """An instant in ms as local time of the company."""
    return (datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=at)).astimezone(time_zone())


def start_of(day: str) -> int | None:
    """The instant in ms at which a day (YYYY-MM-DD) begins for the company; None if it is not a day."""
    try:
        begins = datetime.combine(date.fromisoformat(day), datetime.min.time(), tzinfo=time_zone())
    except ValueError:
        return None
    return int(begins.timestamp() * 1000)


def instant(at: int | None) -> str:
    """Day and minute: 20 Nov 2026, 09:41."""
    between = ", " if language() == "en" else " "
    return between.join(part for part in (day_of(at), minute_of(at)) if part)


def day_of(at: int | None) -> str:
    """The day of an instant: 20 Nov 2026."""
    return _skeleton("yMMMd", at)


def day_iso(at: int | None) -> str:
    """The company's day of an instant, as inputs take it: 2026-11-20."""
    return "" if at is None else local(at).date().isoformat()


def minute_of(at: int | None) -> str:
    """The time of day of an instant: 09:41."""
    return _skeleton("Hm", at)


def weekday_of(at: int) -> str:
    """The day of an instant with its weekday: Fri, 20 Nov 2026."""
    return _skeleton("yMMMEd", at)


def _skeleton(skeleton: str, at: int | None) -> str:
    if at is None:
        return ""
    return format_skeleton(skeleton, local(at), tzinfo=time_zone(), locale=_DATES[language()])


def day(value: str | None) -> str:
    """A calendar day: 20 Nov 2026. What is no day is shown as it stands."""
    try:
        return format_date(
            date.fromisoformat(value or ""), "d MMM y" if language() == "en" else "long", _DATES[language()]
        )
    except ValueError:
        return value or ""


def iso(at: int | None) -> str:
    """An instant for machines, in an attribute: 2026-11-20T09:41:07Z."""
    return "" if at is None else datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def ago(at: int | None, now: int) -> str:
    """How long ago an instant was, in words: 3 hours ago."""
    if at is None:
        return ""
    return format_timedelta(timedelta(milliseconds=at - now), add_direction=True, locale=_NUMBERS[language()])


def span(duration_ms: int) -> str:
    """How long something took, in words: 25 minutes."""
    return format_timedelta(timedelta(milliseconds=duration_ms), threshold=1.2, locale=_NUMBERS[language()])


def money(minor: int | None, *, with_sign: bool = True) -> str:
    """An amount of the company's currency: $1,284.00, or 1,284.00 in a column that names the currency."""
    if minor is None:
        return ""
    currency = company().currency
    amount = Decimal(minor).scaleb(-get_currency_precision(currency))
    pattern = None if with_sign else "#,##0.00"
    return format_currency(amount, currency, pattern, locale=_NUMBERS[language()])


def whole_money(minor: int) -> str:
    """An amount without currency and hundredths, where there is little room: 1,284."""
    whole = Decimal(minor).scaleb(-get_currency_precision(company().currency)).to_integral_value()
    return format_decimal(whole, locale=_NUMBERS[language()])


def number(value: str | int | Decimal | None) -> str:
    """A number with its thousands apart and all its decimals: 1,284.125. What is no number is shown as it stands."""
    if value is None:
        return ""
    try:
        return format_decimal(Decimal(value), locale=_NUMBERS[language()], decimal_quantization=False)
    except InvalidOperation:
        return str(value)


def size(count: int | None) -> str:
    """Bytes in the unit that reads best: 212 kB."""
    if count is None:
        return ""
    amount, unit = (Decimal(count) / 1_000_000, "MB") if count >= 1_000_000 else (Decimal(count) / 1000, "kB")
    return f"{format_decimal(round(amount, 1 if amount < 10 else 0), locale=_NUMBERS[language()])} {unit}"


def groupby_day(events: Iterable[Event]) -> list[tuple[str, list[Event]]]:
    """Events under the day they happened on, in the order they come in."""
    return [(day, list(of_day)) for day, of_day in groupby(events, key=lambda event: weekday_of(event.at))]


_BROWSERS = (("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def browser(agent: str) -> str:
    """A browser as its owner would name it: Firefox · Windows. What names none is shown as it stands."""
    found = [next((name for mark, name in known if mark in agent), "") for known in (_BROWSERS, _SYSTEMS)]
    return " · ".join(filter(None, found)) or agent[:40] or "–"


FILTERS = {
    "browser": browser,
    "masked": masked,
    "groupby_day": groupby_day,
    "instant": instant,
    "day_of": day_of,
    "day_iso": day_iso,
    "minute_of": minute_of,
    "weekday_of": weekday_of,
    "day": day,
    "iso": iso,
    "ago": ago,
    "span": span,
    "money": money,
    "number": number,
    "size": size,
}
