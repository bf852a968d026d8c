"""A callback that was agreed: the form of the next contact knows it, until it was made."""

from __future__ import annotations

from datetime import time, timedelta

from field_app.presenters.record_form import ContactPage
from field_app.services import contacts
from tests.presenters.hand import Hand
from tests.presenters.rounds import DAY_MS, SHOPS, Round, now_ms


def test_a_callback_is_offered_by_one_tap_for_the_hour_that_is_usual(hand: Hand, the_round: Round) -> None:
    hand.open(ContactPage(hand, the_round.shops[SHOPS[1]]))
    page, session = hand.page, hand.session
    tomorrow = session.today() + timedelta(days=1)

    assert page.quick("callback_at")[0] == (session.at(tomorrow, time(10, 0)), "tomorrow")
    assert page.quick("content") == ()


def test_the_next_contact_is_the_callback_and_says_what_was_agreed(hand: Hand, the_round: Round) -> None:
    device, shop = hand.session.device, the_round.shops[SHOPS[1]]
    agreed = {"content": "asked for a price", "contacted_at": now_ms() - 7 * DAY_MS, "channel": "phone"}
    contacts.record(device, shop, {**agreed, "callback_at": now_ms() - 1000, "callback_content": "tell the price"})

    hand.open(ContactPage(hand, shop))

    assert hand.page.form.values["purpose"] == "callback"
    assert "tell the price" in hand.page.intro() and "Callback agreed for" in hand.page.intro()
    hand.page.put("content", "told him: 12.50")
    hand.page.act("save")
    hand.open(ContactPage(hand, shop))
    assert hand.page.form.values["purpose"] == "contact" and hand.page.intro() == ""


def test_a_callback_of_next_week_is_not_due(hand: Hand, the_round: Round) -> None:
    device, shop = hand.session.device, the_round.shops[SHOPS[2]]
    contacts.record(device, shop, {"content": "later", "channel": "phone", "callback_at": now_ms() + 5 * DAY_MS})

    assert contacts.due_callback(device, shop) is None
