"""The device's clock never goes back on a device, and the server corrects it (R22)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_protocol.clock import CORRECTION_MARKED_MS, corrected, parse, tick

TIMES = st.integers(0, 2**47)


def test_a_first_tick_is_the_devices_clock() -> None:
    """§2 `made`."""
    assert tick(None, 1000) == "1000-0"


def test_a_clock_that_goes_on_starts_the_counter_anew_and_one_that_does_not_counts() -> None:
    assert tick("1000-7", 1001) == "1001-0"
    assert tick("1000-7", 1000) == "1000-8"
    assert tick("1000-7", 3) == "1000-8"


@given(st.lists(TIMES, min_size=2, max_size=20))
def test_ticks_never_go_back_whatever_the_clock_does(times: list[int]) -> None:
    """R22, scenario 20: changed in mid-day."""
    last, made = None, []
    for now in times:
        last = tick(last, now)
        made.append(parse(last))

    assert made == sorted(set(made))


@pytest.mark.parametrize(
    "text", ["", "5", "-", "5-", "-5", "5-x", "x-5", "5.0-1", " 5-1", "٥-1", "1-٢", "5-1-2", "9" * 30 + "-" + "9" * 30]
)
def test_what_is_not_of_the_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"made\.format"):
        parse(text)


def test_a_right_clock_is_taken_as_it_is() -> None:
    assert corrected("1000-3", skew_ms=0, received_ms=9000, seen_ms=0) == (1000, False)


def test_a_clock_that_is_ahead_is_put_right_by_its_skew() -> None:
    """R22: skew = sent − receipt."""
    assert corrected("61000-0", skew_ms=60_000, received_ms=9000, seen_ms=0) == (1000, False)


def test_a_clock_of_2099_wins_nothing() -> None:
    """R22, scenario 20: never later than its receipt."""
    assert corrected("4070908800000-0", skew_ms=0, received_ms=9000, seen_ms=0) == (9000, True)


def test_a_clock_of_1970_loses_nothing_against_what_its_author_had_seen() -> None:
    """R22, scenario 20."""
    assert corrected("0-0", skew_ms=0, received_ms=10**9, seen_ms=5000)[0] == 5000


@pytest.mark.parametrize(("by", "marked"), [(CORRECTION_MARKED_MS, False), (CORRECTION_MARKED_MS + 1, True)])
def test_a_correction_of_more_than_ten_minutes_is_marked(by: int, marked: bool) -> None:
    """R22, §16."""
    assert corrected(f"{10**9}-0", skew_ms=by, received_ms=10**9, seen_ms=0) == (10**9 - by, marked)
    assert corrected(f"{10**9}-0", skew_ms=-by, received_ms=10**10, seen_ms=0) == (10**9 + by, marked)


@given(TIMES, st.integers(-(2**45), 2**45), TIMES, TIMES)
def test_a_stamp_is_never_after_receipt_unless_what_was_seen_is_and_never_before_what_was_seen(
    claimed: int, skew_ms: int, received_ms: int, seen_ms: int
) -> None:
    """R22: max(seen, min(made − skew, received))."""
    time, _ = corrected(f"{claimed}-0", skew_ms=skew_ms, received_ms=received_ms, seen_ms=seen_ms)

    assert seen_ms <= time <= max(received_ms, seen_ms)
    assert time in (seen_ms, received_ms, claimed - skew_ms)
