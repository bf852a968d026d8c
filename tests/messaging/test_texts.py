"""Parts, placeholders, numbers and quiet hours: pure rules, the same on device and server."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from server.services.messaging.limits import Limits
from sync_protocol.messaging.hours import QuietHours
from sync_protocol.messaging.parts import parts_of, pieces_of
from sync_protocol.messaging.phones import phone_key
from sync_protocol.messaging.states import FORWARD, behind, is_forward
from sync_protocol.messaging.templates import MissingValue, UnknownPlaceholder, filled
from tests.messaging.conftest import at

RULES = QuietHours(time(21), time(8), "Asia/Shanghai")


@pytest.mark.parametrize(
    ("text", "encoding", "parts", "left"),
    [
        ("a" * 160, "gsm7", 1, 0),
        ("a" * 161, "gsm7", 2, 145),
        ("a" * 306, "gsm7", 2, 0),
        ("€" * 80, "gsm7", 1, 0),
        ("€" * 81, "gsm7", 2, 153 - 2 * 5),
        ("字" * 70, "ucs2", 1, 0),
        ("字" * 71, "ucs2", 2, 63),
        ("😀" * 35, "ucs2", 1, 0),
        ("😀" * 36, "ucs2", 2, 67 - 2 * 3),
        ("", "gsm7", 1, 160),
    ],
)
def test_a_text_takes_as_many_parts_as_the_standard_says(text, encoding, parts, left):
    found = parts_of(text)

    assert (found.encoding, found.parts, found.left) == (encoding, parts, left)


@given(st.text(alphabet=st.sampled_from("a€字😀é~\n"), max_size=400))
def test_pieces_are_the_text_again_and_none_is_too_long(text):
    pieces = pieces_of(text)

    assert "".join(pieces) == text
    assert len(pieces) == parts_of(text).parts
    if parts_of(text).encoding == "ucs2":
        most = 70 if len(pieces) == 1 else 67
        assert all(len(piece.encode("utf-16-be")) // 2 <= most for piece in pieces)


def test_a_placeholder_is_filled_and_a_value_is_no_template():
    assert filled("Dear {person} of {store}", {"person": " {company} ", "store": "Sun"}) == "Dear {company} of Sun"


def test_an_unknown_placeholder_and_an_empty_value_are_named():
    with pytest.raises(UnknownPlaceholder) as unknown:
        filled("{name} {person} {amount}", {"person": "x"})
    with pytest.raises(MissingValue, match="person"):
        filled("Dear {person}", {"person": "  "})

    assert unknown.value.names == ["name", "amount"]


@pytest.mark.parametrize(
    "text", ["138 0013 8000", "+86 13800138000", "0086-138-0013-8000", "86 138 0013 8000", "13800138000 ext 5"]
)
def test_spellings_of_one_number_are_one_number(text):
    assert phone_key(text, "86") == "8613800138000"


def test_what_is_no_number_has_no_key():
    assert [phone_key(text, "86") for text in ("", None, "12", "call me")] == [""] * 4


def test_quiet_hours_lie_over_midnight():
    assert [RULES.holds(at(f"2026-11-25 {clock}")) for clock in ("20:59", "21:00", "23:59")] == [False, True, True]
    assert [RULES.holds(at(f"2026-11-26 {clock}")) for clock in ("00:00", "07:59", "08:00")] == [True, True, False]
    assert RULES.first_after(at("2026-11-25 21:30")) == at("2026-11-26 08:00")
    assert RULES.first_after(at("2026-11-26 03:00")) == at("2026-11-26 08:00")
    assert RULES.first_after(at("2026-11-26 12:00")) == at("2026-11-26 12:00")
    assert not QuietHours(time(9), time(9), "UTC").holds(at("2026-11-26 12:00"))


def test_quiet_hours_end_on_time_when_clocks_change_and_over_a_leap_day():
    berlin = QuietHours(time(21), time(8), "Europe/Berlin")
    hour = 3600_000
    summer_time = 1_774_746_000_000  # 29 March 2026, 02:00 in Berlin, which is 03:00 at once

    assert berlin.first_after(summer_time - hour) == summer_time - hour + 6 * hour
    assert RULES.first_after(at("2028-02-28 22:00")) == at("2028-02-29 08:00")
    assert RULES.next_morning(at("2028-02-29 12:00")) == at("2028-03-01 08:00")


def test_a_state_only_moves_forward():
    assert all(not is_forward(state, state) for state in FORWARD)
    assert behind("delivered") == FORWARD[:-1]
    assert not is_forward("failed", "sent")


NEW_YORK = ZoneInfo("America/New_York")


@example(datetime(2026, 3, 8, tzinfo=NEW_YORK), 0, (0, 0), (2, 30))  # that day has no half past two
@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from([datetime(2026, 3, 8, tzinfo=NEW_YORK), datetime(2026, 11, 1, tzinfo=NEW_YORK)]),
    st.integers(-12 * 60, 36 * 60),
    st.tuples(st.integers(0, 23), st.sampled_from([0, 30])),
    st.tuples(st.integers(0, 23), st.sampled_from([0, 30])),
)
def test_quiet_hours_end_at_the_first_moment_that_is_not_quiet_whatever_the_clocks_do(day, minutes, begin, end):
    hours = QuietHours(time(*begin), time(*end), "America/New_York")
    now = int(day.timestamp() * 1000) + minutes * 60_000

    until = hours.first_after(now)

    assert not hours.holds(until)
    assert all(hours.holds(moment) for moment in range(now, until, 60_000))


def test_quiet_hours_that_end_in_the_hour_that_comes_twice_end_the_second_time_for_who_asks_in_it():
    hours = QuietHours(time(21), time(1, 30), "America/New_York")
    second_ten_past = datetime(2026, 11, 1, 1, 10, tzinfo=NEW_YORK, fold=1)

    until = hours.first_after(int(second_ten_past.timestamp() * 1000))

    assert until == int(datetime(2026, 11, 1, 1, 30, tzinfo=NEW_YORK, fold=1).timestamp() * 1000)


@pytest.mark.parametrize("said", ["STOP", " stop! ", "ＳＴＯＰ", "退订。", "退訂", "「TD」", "t", "ｔ\n"])
def test_a_word_that_means_no_more_is_known_however_it_is_typed(said):
    assert Limits().is_stop(said)


@pytest.mark.parametrize("said", ["", ".", "don't stop", "Tea", "TDS", "退订单吗"])
def test_what_is_not_only_such_a_word_is_a_reply(said):
    assert not Limits().is_stop(said)
