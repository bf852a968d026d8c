"""What came back: why in words, corrected and sent again, or given up."""

from __future__ import annotations

from typing import Any

from field_app.presenters import places
from field_app.presenters.correct import CorrectOrderPage, CorrectPage
from field_app.presenters.record import RecordPage
from field_app.presenters.sync import SyncPage
from field_app.presenters.today import TodayPage
from field_app.presenters.views import Fact
from field_app.services import complaints, contacts, customers, orders, reading, returned
from tests.presenters.hand import Hand
from tests.presenters.rounds import SHOPS, Round, now_ms


def refuse(hand: Hand, record: str, field: str, code: str) -> None:
    """Head office refuses all that waits of a record."""
    device = hand.session.device
    for saved in device.outbox.touching([record])[record]:
        why = [{"field": field, "code": code}] if code else []
        verdict = {"id": saved.id, "state": "refused", "changes": [{"n": 1, "why": why}]}
        device.outbox.settle([verdict], now_ms())


def refused_contact(hand: Hand, shop: str) -> str:
    contact = contacts.record(hand.session.device, shop, {"content": "asked for two cases", "channel": "phone"})
    refuse(hand, contact, "content", "text.too-long")
    return contact


def reason_at(page: CorrectPage, name: str) -> str:
    """What stands beneath a field."""
    return next(view.reason for _group, _label, views in page.sections() for view in views if view.name == name)


def waiting(hand: Hand) -> list[dict[str, Any]]:
    """The sets that are to be sent."""
    return [saved.wire for saved in hand.session.device.outbox.in_state("ready") if saved.wire]


def test_today_and_sync_say_why_a_record_came_back(hand: Hand, the_round: Round) -> None:
    refused_contact(hand, the_round.shops[SHOPS[0]])

    for page in (places.place(hand, "today"), SyncPage(hand)):
        hand.restart(page)
        why = [row for row in hand.rows() if isinstance(row, Fact) and row.role == "wrong"]
        assert [(row.label, row.text) for row in why] == [("Why", "Content: This is too long.")]
        assert SHOPS[0] in hand.words()


def test_a_refused_record_is_corrected_in_its_own_form_and_sent_again(hand: Hand, the_round: Round) -> None:
    contact = refused_contact(hand, the_round.shops[SHOPS[0]])
    hand.page.act(f"record:{contact}")
    assert isinstance(hand.page, RecordPage) and "This is too long." in hand.words()
    assert hand.page.big().words == "Correct and send again"

    hand.page.act("correct")
    page = hand.page
    assert isinstance(page, CorrectPage)
    assert page.form.values["content"] == "asked for two cases" and page.form.values["channel"] == "phone"
    assert (page.focus, page.intro()) == ("content", "Content: This is too long.")
    assert reason_at(page, "content") == "This is too long."
    page.put("content", "two cases")
    assert reason_at(page, "content") == ""
    again = CorrectPage(hand, contact)
    again.entered()
    assert again.form.values["content"] == "two cases"  # a killed app loses nothing
    page.act("save")

    assert isinstance(hand.page, RecordPage) and hand.page.big() is None
    (sent,) = waiting(hand)
    assert sent["changes"][0]["set"]["content"] == "two cases" and sent["changes"][0]["record"] == contact
    assert "replaces" in sent
    assert returned.returned(hand.session.device) == []
    hand.restart(places.place(hand, "today"))
    assert "Why" not in hand.words()


def test_a_refused_order_is_corrected_product_by_product(hand: Hand, the_round: Round) -> None:
    velvet, vodka = the_round.products["Black Velvet"], the_round.products["Hawkeye Vodka"]
    lines = [{"product": velvet, "quantity": "12"}, {"product": vodka, "quantity": "6"}]
    order = orders.place(hand.session.device, the_round.shops[SHOPS[1]], lines)
    refuse(hand, order, "lines", "list.too-long")

    hand.open(RecordPage(hand, order))
    hand.page.act("correct")
    assert isinstance(hand.page, CorrectOrderPage)
    assert hand.page.quantities == {velvet: 12, vodka: 6}
    for _tap in range(6):
        hand.page.act(f"-{vodka}")
    hand.page.act("save")

    (sent,) = waiting(hand)
    (line,) = sent["changes"][0]["set"]["lines"]
    assert (line["product_name"], line["amount_minor"]) == ("Black Velvet", 12 * 1049)
    assert sent["changes"][0]["set"]["total_minor"] == 12 * 1049
    assert returned.returned(hand.session.device) == []


def test_of_a_file_only_what_came_back_is_asked_for_again(hand: Hand, the_round: Round) -> None:
    shop = the_round.shops[SHOPS[1]]
    customers.edit(hand.session.device, shop, {"contact_person": "Mr Sun", "second_phone": "515-243-0000"})
    refuse(hand, shop, "second_phone", "field.other-seat")

    hand.restart(places.place(hand, "today"))
    hand.page.act(f"record:{shop}")
    assert isinstance(hand.page, RecordPage)
    assert "Mr Sun" in hand.words() and "What you entered" in hand.words()
    hand.page.act("correct")
    assert set(hand.page.form.specs) == {"contact_person", "second_phone"}
    hand.page.put("second_phone", "515-243-7777")
    hand.page.act("save")

    (sent,) = waiting(hand)
    assert sent["changes"][0]["set"] == {"contact_person": "Mr Sun", "second_phone": "515-243-7777"}


def test_what_was_made_and_then_changed_is_sent_again_as_one(hand: Hand, the_round: Round) -> None:
    device = hand.session.device
    contact = contacts.record(device, the_round.shops[SHOPS[0]], {"content": "first", "channel": "phone"})
    record = reading.shown(device, contact)
    from field_app.services.saving import edits, save

    save(device, record.book, "edit_contact", edits(device, record, {"feedback": "will think about it"}))
    refuse(hand, contact, "content", "text.too-long")

    returned.correct(device, contact, {"content": "second"})

    (sent,) = waiting(hand)
    assert sent["changes"][0]["op"] == "create"
    assert sent["changes"][0]["set"]["feedback"] == "will think about it"
    assert returned.returned(device) == []


def test_what_a_review_returned_is_answered_and_counts_again(online: Hand, the_round: Round) -> None:
    shop, device = the_round.shops[SHOPS[2]], online.session.device
    values = {"complaint_class": "delivery", "description": "Two bottles broken", "received_at": now_ms()}
    complaint = complaints.record(device, shop, values)
    online.session.sync.start()
    the_round.review(complaint, shop, "return", "Which delivery note?")
    online.session.sync.start()

    online.restart(places.place(online, "today"))
    (why,) = [row for row in online.rows() if isinstance(row, Fact) and row.key == f"record:{complaint}"]
    assert (why.label, why.text) == ("Head office writes", "Which delivery note?")
    online.page.act(f"record:{complaint}")
    assert "Discard" not in online.words()  # it counts at head office: there is nothing to give up
    online.page.act("correct")
    assert online.page.intro() == "Which delivery note?"
    online.page.act("save")
    assert online.told[-1] == "Nothing is changed yet."
    online.page.put("description", "Two bottles broken, note 4711")
    online.page.act("save")
    online.session.sync.start()

    found = [one["description"] for one in the_round.received("complaint", shop)]
    assert "Two bottles broken, note 4711" in found
    assert complaint not in [one.id for one in returned.returned(device)]


def test_what_was_refused_is_given_up_after_one_question(hand: Hand, the_round: Round) -> None:
    contact = refused_contact(hand, the_round.shops[SHOPS[0]])
    hand.page.act(f"record:{contact}")

    hand.page.act("discard")
    assert len(returned.returned(hand.session.device)) == 1  # asked, not done
    assert hand._confirm is not None
    hand._confirm()

    assert returned.returned(hand.session.device) == []
    assert isinstance(hand.page, TodayPage) and "Why" not in hand.words()
    assert waiting(hand) == []


def test_a_refusal_without_a_reason_says_whom_to_ask(hand: Hand, the_round: Round) -> None:
    contact = contacts.record(hand.session.device, the_round.shops[SHOPS[0]], {"content": "x", "channel": "phone"})
    refuse(hand, contact, "", "")
    hand.restart(places.place(hand, "today"))
    assert "No reason was given. Please call head office." in hand.words()
