"""Day and time by taps: a callback that was promised."""

from __future__ import annotations

from datetime import timedelta

from field_app.presenters.record_form import ContactPage
from tests.presenters.rounds import SHOPS, Round
from tests.window.conftest import Start


def test_a_callback_is_set_by_one_tap_and_moved_by_calendar_and_clock(start: Start, the_round: Round) -> None:
    hands = start(size=(360, 640))
    hands.app.restart(ContactPage(hands.app, the_round.shops[SHOPS[0]]))
    page, session = hands.page, hands.app.session
    hands.bring(hands.app.screen.fields["callback_at"])

    hands.tap("callback_at:quick:1")
    week = session.today() + timedelta(days=7)
    assert page.form.view("callback_at").typed == f"{week.isoformat()} 10:00"
    assert hands.field("callback_at").text == f"{week.isoformat()} 10:00"

    hands.tap("callback_at:clock")
    assert hands.faults() == []
    hands.tap("hour:16")
    hands.tap("minute:45")
    assert page.form.view("callback_at").typed == f"{week.isoformat()} 16:45"

    hands.tap("callback_at:calendar")
    other = week.replace(day=15)
    hands.tap(other.isoformat())
    assert page.form.view("callback_at").typed == f"{other.isoformat()} 16:45"
    assert hands.faults() == []
    hands.write("callback_at", "2026-12-01 09:07")
    hands.press(9)
    hands.field("callback_at").focus = False
    hands.frames()
    assert page.form.view("callback_at").typed == "2026-12-01 09:07"
