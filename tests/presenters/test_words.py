"""How days, times, sums and distances are written in the three languages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from field_app import language
from field_app.presenters import words
from field_app.presenters.page import sync_line

WEDNESDAY = date(2026, 11, 25)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    language.use("en")
    yield
    language.use("en")


@pytest.mark.parametrize(
    ("code", "full", "short", "month"),
    [
        ("en", "Wed 25 Nov", "25 Nov 2025", "Nov 2026"),
        ("zh_Hans", "11月25日 周三", "2025年11月25日", "2026年11月"),
        ("zh_Hant", "11月25日 週三", "2025年11月25日", "2026年11月"),
    ],
)
def test_a_day_is_written_as_the_language_writes_it(code: str, full: str, short: str, month: str) -> None:
    language.use(code)
    assert words.full_day(WEDNESDAY) == full
    assert words.short_day(date(2025, 11, 25), WEDNESDAY) == short
    assert words.month_words(WEDNESDAY) == month


def test_near_days_have_names() -> None:
    names = [words.day_words(date(2026, 11, day), WEDNESDAY) for day in (24, 25, 26, 12)]
    assert names == ["yesterday", "today", "tomorrow", "12 Nov"]
    assert words.day_head(WEDNESDAY, WEDNESDAY) == "Today"
    assert words.ago(date(2026, 11, 15), WEDNESDAY) == "10 days ago"


def test_sums_have_the_decimals_of_their_currency() -> None:
    assert words.money(128_400, "USD") == "1,284.00"
    assert words.money(128_400, "JPY") == "128,400"
    assert words.money(-5, "KWD") == "-0.005"
    assert words.money(None, "USD") == ""
    assert words.parse_money("$1,284.5", "USD") == 128_450
    assert words.parse_money("1284.5", "JPY") is None
    assert words.parse_money("12.345", "USD") is None
    assert words.parse_money("NaN", "USD") is None
    assert words.parse_money("Infinity", "USD") is None


def test_distances_sizes_and_durations_are_short() -> None:
    assert [words.distance(metres) for metres in (None, 350, 1240)] == ["", "350 m", "1.2 km"]
    assert [words.size(n) for n in (0, 400, 340_000, 1_240_000)] == ["0 kB", "1 kB", "340 kB", "1.2 MB"]
    assert words.duration(12 * 60_000) == "12 min"
    assert words.duration(65 * 60_000) == "1 h 05 min"
    assert words.quantity("12.500") == "12.5" and words.quantity("120") == "120"


def line(**members: object) -> tuple[str, str]:
    given = {"records": 0, "photos": 0, "since": "", "last": "09:41", "offline": False, "returned": 0, **members}
    found = sync_line(**given)  # type: ignore[arg-type]
    return found.words, found.role


def test_one_line_tells_the_truth_about_sync() -> None:
    assert line() == ("All sent 09:41", "quiet")
    assert line(offline=True) == ("Offline · all sent 09:41", "quiet")
    assert line(records=7, photos=12, since="08:20", offline=True) == (
        "Offline · 7 records, 12 photos waiting since 08:20",
        "waiting",
    )
    assert line(photos=1) == ("1 photo waiting", "waiting")
    assert line(returned=1) == ("1 returned: tap to see why", "wrong")
    assert line(last="") == ("Not synced yet", "waiting")
    both, role = line(returned=2, records=1, since="08:20")
    assert both.splitlines() == ["2 returned: tap to see why", "1 record waiting since 08:20"] and role == "wrong"
