"""Wrong tries of the passphrase are slowed, over restarts too."""

from __future__ import annotations

from pathlib import Path

import pytest

from field_app.presenters import places
from field_app.presenters.today import TodayPage
from field_app.presenters.tries import TRIES_FILE, WAITS_S, Tries, wait_after
from tests.device.builders import PASSPHRASE
from tests.presenters.hand import Hand
from tests.presenters.rounds import Round, now_ms


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = now_ms()

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def locked(the_round: Round, home: Path, clock: Clock) -> Hand:
    """The app as it begins on a locked device; `home` is made on the first call."""
    session = the_round._session(home) if home.exists() else the_round.session(home, is_open=False)
    session.clock_ms = clock
    hand = Hand(session)
    hand.restart(places.locked_page(hand))
    return hand


def attempt(hand: Hand, passphrase: str) -> None:
    hand.page.put(passphrase)
    hand.page.act("unlock")


def test_three_wrong_tries_are_free_then_one_waits_also_after_a_restart(
    the_round: Round, tmp_path: Path, clock: Clock
) -> None:
    hand = locked(the_round, tmp_path / "field", clock)
    for _wrong in range(2):
        attempt(hand, "not this one")
        assert hand.page.big().enabled
    attempt(hand, "not this one")
    assert (hand.page.big().enabled, hand.page.big().words) == (False, "Try again in 0:05")

    hand = locked(the_round, tmp_path / "field", clock)  # as after a restart of the app
    attempt(hand, PASSPHRASE)
    assert hand.session.is_locked  # it was not even tried
    clock.now += 3_500
    assert hand.page.big().words == "Try again in 0:02"
    clock.now += 1_500
    assert hand.page.big().words == "Unlock"
    attempt(hand, "not this one")
    assert hand.page.big().words == "Try again in 0:15"

    clock.now += 15_000
    attempt(hand, PASSPHRASE)
    assert isinstance(hand.page, TodayPage)
    assert not list(tmp_path.rglob(TRIES_FILE))
    hand.session.lock()


def test_the_waits_grow_to_a_quarter_of_an_hour_and_no_further() -> None:
    assert [wait_after(wrong) for wrong in range(9)] == [0, 0, 0, 5, 15, 60, 300, 900, 900]
    assert list(WAITS_S) == sorted(WAITS_S)


def test_to_end_the_app_while_it_opens_saves_no_try(tmp_path: Path) -> None:
    for _started in range(3):
        Tries(tmp_path).begin(1_000)  # and nothing after it: killed

    assert Tries(tmp_path).wait_ms(1_000) == 5_000


def test_a_clock_that_was_set_back_begins_the_wait_anew_and_ends_it(tmp_path: Path) -> None:
    for _wrong in range(4):
        Tries(tmp_path).begin(1_000_000)

    assert Tries(tmp_path).wait_ms(400_000) == 15_000
    assert Tries(tmp_path).wait_ms(410_000) == 5_000
    assert Tries(tmp_path).wait_ms(415_000) == 0


def test_what_says_nothing_about_the_passphrase_is_no_wrong_try(the_round: Round, tmp_path: Path, clock: Clock) -> None:
    hand = locked(the_round, tmp_path / "field", clock)
    (key_file,) = (tmp_path / "field").glob("*/identity.json")
    key_file.write_text("{}")

    for _again in range(5):
        attempt(hand, PASSPHRASE)

    assert "key file" in hand.page.failed
    assert hand.page.big().enabled


def test_a_damaged_file_of_tries_keeps_nobody_out(tmp_path: Path) -> None:
    for content in ("", "[]", '{"wrong": "many", "at": 1}', '{"wrong": null, "at": null}'):
        (tmp_path / TRIES_FILE).write_text(content)
        assert Tries(tmp_path).wait_ms(1) == 0
