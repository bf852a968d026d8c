"""Locked: what the window shows while nobody may try, and what is left of the key when it locks."""

from __future__ import annotations

from field_app.presenters import tries
from field_app.presenters.today import TodayPage
from tests.device.builders import PASSPHRASE
from tests.window.conftest import Start


def test_after_three_wrong_tries_the_button_counts_down_and_opens_again(start: Start) -> None:
    hands = start(unlocked=False, speaks="zh_Hant", size=(360, 640), text_size="largest")
    session = hands.app.session
    real, ahead = session.clock_ms, [0]
    session.clock_ms = lambda: real() + ahead[0]
    for _wrong in range(2):
        tries.Tries(hands.page.chosen.folder).begin(session.clock_ms())

    hands.write("passphrase", "not this one")
    hands.tap("unlock")
    hands.wait(lambda: "0:0" in hands.words(), "the countdown")
    assert hands.field("passphrase").disabled and hands.faults() == []

    ahead[0] = 6_000
    hands.wait(lambda: not hands.field("passphrase").disabled, "the end of the wait")
    hands.write("passphrase", PASSPHRASE)
    hands.tap("unlock")
    hands.wait(lambda: isinstance(hands.page, TodayPage), "today")
