"""The screen on which an account manager writes a text message, without a window."""

from __future__ import annotations

import pytest

from field_app.presenters.customer import CustomerPage
from field_app.presenters.message import MessagePage
from field_app.services import reading
from field_app.sync.client import sync_once
from server.services import books, clock
from tests.presenters.hand import Hand as PlainHand
from tests.presenters.rounds import a_round

SHOP = "Sun Grocery"


class Hand(PlainHand):
    """Remembers what it was asked."""

    asked = ""

    def confirm(self, question, detail, yes, then):
        self.asked = detail
        super().confirm(question, detail, yes, then)


@pytest.fixture(scope="module")
def the_round(tmp_path_factory):
    with a_round(tmp_path_factory.mktemp("round")) as made:
        shop = made.shops[SHOP]
        made.office.write(
            "north",
            {"op": "edit", "type": "customer", "record": shop, "customer": shop, "set": {"contact_phone": "515 555 0188", "contact_person": "Mrs Wang"}},
        )  # fmt: skip
        with made.office.app.app_context():
            values = {
                "template_name": "Thanks",
                "content": "Thank you, {person}!",
                "purpose": "general",
                "active": True,
            }
            template = {
                "op": "create",
                "type": "message_template",
                "record": clock.new_id(),
                "customer": None,
                "set": values,
            }
            made.office.write(books.reference_book(), template)
        yield made


@pytest.fixture
def hand(the_round, tmp_path):
    session = the_round.own_session(tmp_path / "phone")
    sync_once(session.device, session.line)
    return Hand(session)


def test_a_message_is_written_from_the_customers_page_asked_about_once_and_saved(the_round, hand):
    hand.open(CustomerPage(hand, the_round.shops[SHOP]))
    hand.page.act("more")
    hand.answer("message")
    page = hand.page
    assert isinstance(page, MessagePage)
    ((text, word),) = page.quick("content")
    assert (text, word) == ("Thank you, Mrs Wang!", "Thanks")
    page.set("content", text)

    page.act("save")
    assert "515 555 0188" in hand.asked
    hand._confirm()

    (message,) = reading.below(hand.session.device, the_round.shops[SHOP], "message")
    assert (message.fields["content"], message.fields["person_phone"]) == (text, "515 555 0188")
    assert hand.told


def test_an_empty_message_is_not_asked_about_but_shown_what_is_missing(the_round, hand):
    hand.open(MessagePage(hand, the_round.shops[SHOP]))

    hand.page.act("save")

    assert hand.page.form.view("content").reason
    assert hand.asked == ""
