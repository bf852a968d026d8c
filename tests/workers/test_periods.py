"""When something falls due that comes again and again: on any clock, one period after the other, none twice."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from workers.periods import AtLocalTime, Every
from workers.schedule import due_between

HOUR = 3600 * 1000
DAY = 24 * HOUR
FIRST, LAST = 1_500_000_000_000, 2_500_000_000_000  # 2017 to 2049, past the end of 32-bit seconds
ZONES = ["UTC", "Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo"]

instants = some.integers(FIRST, LAST)
periods = some.one_of(
    some.builds(Every, seconds=some.integers(1, 40 * 24 * 3600)),
    some.builds(
        AtLocalTime,
        hour=some.integers(0, 23),
        minute=some.integers(0, 59),
        zone=some.sampled_from(ZONES),
        weekday=some.none() | some.integers(0, 6),
    ),
)


@given(periods, instants)
def test_each_instant_lies_in_exactly_one_period(period, now):
    begin = period.latest(now)
    end = period.after(begin)

    assert begin <= now < end
    assert period.latest(begin) == begin
    assert period.latest(end - 1) == begin
    assert period.after(now) == end


@given(some.sampled_from(ZONES), some.integers(0, 23), some.integers(0, 59), instants)
def test_a_day_has_one_run_whatever_its_clocks_do(zone, hour, minute, now):
    due = due_between(AtLocalTime(hour, minute, zone), now, now + 400 * DAY)

    days = [datetime.fromtimestamp(instant / 1000, ZoneInfo(zone)).date() for instant in due]
    assert len(days) == len(set(days))
    assert (days[-1] - days[0]).days == len(days) - 1


@pytest.mark.parametrize(
    ("hour", "expected"),
    [
        (2, "2026-03-29T03:30:00+02:00"),  # 02:30 is left out
        (3, "2026-03-29T03:30:00+02:00"),
    ],
)
def test_a_time_that_summer_time_leaves_out_comes_an_hour_later(hour, expected):
    period = AtLocalTime(hour, 30, "Europe/Berlin")
    evening = int(datetime(2026, 3, 29, 20, tzinfo=ZoneInfo("Europe/Berlin")).timestamp() * 1000)

    assert local(period.latest(evening), "Europe/Berlin") == expected


def test_a_time_that_comes_twice_counts_the_first_time():
    period = AtLocalTime(2, 30, "Europe/Berlin")
    evening = int(datetime(2026, 10, 25, 20, tzinfo=ZoneInfo("Europe/Berlin")).timestamp() * 1000)

    assert local(period.latest(evening), "Europe/Berlin") == "2026-10-25T02:30:00+02:00"


def test_a_weekly_job_falls_due_on_its_day_over_a_leap_day():
    period = AtLocalTime(2, 0, "Asia/Shanghai", weekday=6)
    start = int(datetime(2028, 2, 20, tzinfo=ZoneInfo("Asia/Shanghai")).timestamp() * 1000)

    due = [local(instant, "Asia/Shanghai") for instant in due_between(period, start, start + 15 * DAY)]

    assert due == ["2028-02-20T02:00:00+08:00", "2028-02-27T02:00:00+08:00", "2028-03-05T02:00:00+08:00"]


def local(instant, zone):
    return datetime.fromtimestamp(instant / 1000, ZoneInfo(zone)).isoformat()
