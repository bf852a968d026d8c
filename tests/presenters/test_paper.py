"""A visit that only the paper register knew, entered afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest

from field_app.presenters.customer import CustomerPage
from field_app.presenters.paper import PaperVisitPage
from field_app.services import reading, visits
from field_app.services.saving import Refused
from tests.presenters.hand import Hand
from tests.presenters.rounds import SHOPS, Round, now_ms


def paper(hand: Hand, shop: str) -> PaperVisitPage:
    hand.open(CustomerPage(hand, shop))
    hand.page.act("more")
    hand.answer("paper")
    assert isinstance(hand.page, PaperVisitPage)
    return hand.page


def reasons(page: PaperVisitPage) -> dict[str, str]:
    """What stands beneath the day and the times."""
    return {view.name: view.reason for view in page.sections()[0][2] if view.reason}


def test_a_visit_of_last_week_is_entered_from_paper_as_one_set(hand: Hand, the_round: Round) -> None:
    shop, device = the_round.shops[SHOPS[3]], hand.session.device
    page = paper(hand, shop)
    day = hand.session.today() - timedelta(days=7)
    for name, text in {"day": day.isoformat(), "from": "9:30", "until": "1005", "person": "Mr Zhao"}.items():
        assert page.put(name, text) == ""
    page.put("need_found", "A cooler")
    page.act("save")

    assert isinstance(hand.page, CustomerPage)
    (visit,) = reading.below(device, shop, "visit")
    begun, ended = (hand.session.local(visit.fields[name]) for name in ("checked_in_at", "checked_out_at"))
    assert (begun.date(), f"{begun:%H:%M}", f"{ended:%H:%M}") == (day, "09:30", "10:05")  # on the company's clock
    assert {name: visit.fields.get(name) for name in ("purpose", "state", "entered_from_paper", "person")} == {
        "purpose": "paper",
        "state": "done",
        "entered_from_paper": True,
        "person": "Mr Zhao",
    }
    (saved,) = device.outbox.in_state("ready")
    assert saved.action == "record_paper_visit" and saved.wire and len(saved.wire["changes"]) == 1
    again = paper(hand, shop)
    assert again.when == {"day": "", "from": "", "until": ""}  # the draft has served


def test_a_visit_from_paper_needs_its_day_and_its_beginning(hand: Hand, the_round: Round) -> None:
    page = paper(hand, the_round.shops[SHOPS[3]])
    page.act("save")
    assert set(reasons(page)) == {"day", "from"} and page.focus == "day"

    assert page.put("from", "half past nine") == "Please type a time, like 09:30."
    assert page.put("from", "24:10") == "Please type a time, like 09:30."
    assert page.put("day", "last week").startswith("Please type a day")
    page.act("save")
    assert hand.page is page and reading.below(hand.session.device, page.customer, "visit") == []


def test_a_visit_that_is_still_to_come_or_ends_before_it_begins_is_not_taken(hand: Hand, the_round: Round) -> None:
    page = paper(hand, the_round.shops[SHOPS[3]])
    tomorrow, week = (hand.session.today() + timedelta(days=days) for days in (1, -7))
    page.put("day", tomorrow.isoformat())
    page.put("from", "09:30")
    page.act("save")
    assert reasons(page) == {"from": "This is still to come."}

    page.put("day", week.isoformat())  # the time was right, the day was not
    page.put("until", "09:10")
    page.act("save")
    assert reasons(page) == {"until": "This is before the beginning."}
    page.put("until", "09:40")
    page.act("save")
    assert len(reading.below(hand.session.device, page.customer, "visit")) == 1


def test_what_was_begun_from_paper_is_kept(hand: Hand, the_round: Round) -> None:
    page = paper(hand, the_round.shops[SHOPS[3]])
    page.put("day", "2026-03-02")
    page.put("from", "9:30")
    page.put("need_found", "A cooler")

    again = paper(hand, page.customer)

    assert (again.when["day"], again.when["from"]) == ("2026-03-02", "9:30")
    assert again.form.values["need_found"] == "A cooler"


def test_the_service_takes_no_visit_of_a_customer_who_is_not_here(hand: Hand) -> None:
    with pytest.raises(Refused):
        visits.record_paper_visit(hand.session.device, "nobody", {}, checked_in_at=now_ms() - 1)
