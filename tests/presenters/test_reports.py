"""The weekly sales reports in the field: corrected and submitted without a network, returned, signed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from field_app.presenters import places
from field_app.presenters.more import MorePage
from field_app.presenters.record import RecordPage
from field_app.presenters.reports import ReportLinePage, ReportsPage, WeekPage
from field_app.presenters.views import Fact, Row
from field_app.services import reading, weekly_reports
from field_app.sync.client import sync_once
from server.services import clock, users
from server.services.reporting import drafting, weekly
from tests.presenters.hand import Hand
from tests.presenters.rounds import SHOPS, Round, a_round

MONDAY = drafting.monday_of(date.today()) - timedelta(days=7)
WEEK = MONDAY.isoformat()
LONG_AGO = 30  # days: before the weeks that are drafted, whatever day it is


@pytest.fixture(scope="module")
def the_round(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Round]:
    """An office of its own, in which two shops ordered in the week that is over."""
    with a_round(tmp_path_factory.mktemp("reports"), LONG_AGO) as made:
        at = int(datetime(MONDAY.year, MONDAY.month, MONDAY.day, 12, tzinfo=UTC).timestamp() * 1000)
        for shop, quantity in ((SHOPS[3], "12"), (SHOPS[4], "30")):
            lines = [{"product_name": "Black Velvet", "quantity": quantity, "amount_minor": int(quantity) * 1049}]
            values = {"ordered_at": at, "lines": lines, "total_minor": lines[0]["amount_minor"]}
            made.write({"op": "create", "type": "order", "record": clock.new_id(), "customer": made.shops[shop], "set": values})  # fmt: skip
        with made.office.app.app_context():
            drafting.draft(date.today())
        yield made


@pytest.fixture
def phone(online: Hand) -> Hand:
    """A phone that holds the drafts, without a network, on the page of the reports."""
    cut(online, True)
    online.open(ReportsPage(online))
    return online


def cut(hand: Hand, is_cut: bool) -> None:
    hand.session.line.is_cut = is_cut  # type: ignore[attr-defined]


def sync(hand: Hand) -> None:
    cut(hand, False)
    assert sync_once(hand.session.device, hand.session.transport()).error is None
    cut(hand, True)


def at_office(the_round: Round) -> weekly.Report:
    book = the_round.office.books["north"]
    with the_round.office.app.app_context():
        report = weekly.find([book], book, WEEK)
    assert report is not None
    return report


def decide(the_round: Round, outcome: str, comment: str = "") -> None:
    report = at_office(the_round)
    with the_round.office.app.app_context():
        chen = users.by_id(the_round.office.users["chen"])
        assert chen is not None and weekly.decide(chen, report, outcome, comment)


def rows(hand: Hand) -> dict[str, Row]:
    """Title -> row of the page in view."""
    return {row.title: row for row in hand.rows() if isinstance(row, Row) and row.key}


def the_week(hand: Hand) -> WeekPage:
    """Open the week from the list of the weeks."""
    hand.restart(ReportsPage(hand))
    (row,) = [row for row in hand.rows() if isinstance(row, Row) and row.key.endswith(WEEK)]
    hand.page.act(row.key)
    page: WeekPage = hand.page
    return page


def marks(hand: Hand) -> set[str]:
    """The states of all customers of the week in view."""
    return {row.mark.word for row in rows(hand).values() if row.mark}


def the_sum(hand: Hand, the_round: Round, more_minor: int = 0) -> str:
    """What head office counts for the week, and what was corrected here."""
    return hand.session.money(at_office(the_round).totals["amount_minor"] + more_minor)


def facts(hand: Hand) -> dict[str, Any]:
    return {item.label: item.text for item in hand.rows() if isinstance(item, Fact)}


def test_a_draft_that_waits_stands_on_today_until_it_is_submitted(phone: Hand, the_round: Round) -> None:
    phone.restart(places.place(phone, "today"))
    (row,) = [row for row in phone.rows() if isinstance(row, Row) and row.key == "reports"]
    assert row.title == "Weekly sales report" and row.detail.startswith("1 week to submit · ")

    phone.page.act("reports")
    assert isinstance(phone.page, WeekPage) and phone.page.week_on == WEEK
    phone.page.act("submit")
    assert phone._confirm is not None
    phone._confirm()
    phone.restart(places.place(phone, "today"))
    assert [row for row in phone.rows() if getattr(row, "key", "") == "reports"] == []


def test_a_week_is_corrected_submitted_offline_returned_corrected_again_and_signed(
    phone: Hand, the_round: Round
) -> None:
    the_week(phone)
    assert (rows(phone)[SHOPS[3]].figure, rows(phone)[SHOPS[4]].figure) == ("125.88", "314.70")
    assert facts(phone)["Sum"].startswith(f"Amount {the_sum(phone, the_round)}")
    assert marks(phone) == {"draft"}

    phone.page.act(rows(phone)[SHOPS[3]].key)
    assert isinstance(phone.page, ReportLinePage) and phone.page.form.view("before_minor").mode == "read"
    phone.page.put("amount_minor", "100")
    phone.page.put("remark", "two cases came back")
    phone.page.act("keep")
    assert isinstance(phone.page, WeekPage) and rows(phone)[SHOPS[3]].figure == "100.00"
    assert facts(phone)["Sum"].startswith(f"Amount {the_sum(phone, the_round, -2588)}")
    assert "two cases came back" in rows(phone)[SHOPS[3]].detail

    phone.page.act("submit")
    assert phone.page.big() is not None, "it asks first"
    assert phone._confirm is not None
    phone._confirm()
    assert marks(phone) == {"on phone"}
    assert phone.page.big() is None and at_office(the_round).state == "draft"

    sync(phone)
    assert at_office(the_round).state == "submitted"
    assert "two cases came back" in [line.fields.get("remark") for line in at_office(the_round).lines]
    the_week(phone)
    assert marks(phone) == {"submitted"}
    phone.page.act(rows(phone)[SHOPS[3]].key)
    assert isinstance(phone.page, RecordPage), "what is submitted is read, not typed over"

    decide(the_round, "return", "Which cases?")
    sync(phone)
    phone.restart(places.place(phone, "today"))
    why = [row for row in phone.rows() if isinstance(row, Fact) and row.text == "Which cases?"]
    assert len(why) == 1, "a week that came back is said once, not once for each customer"
    phone.page.act(why[0].key)
    assert isinstance(phone.page, WeekPage) and facts(phone)["Head office writes"] == "Which cases?"
    phone.page.act(rows(phone)[SHOPS[3]].key)
    assert "Which cases?" in phone.page.intro()
    phone.page.put("remark", "two cases of Black Velvet came back")
    phone.page.act("submit")
    assert [rows(phone)[shop].mark.word for shop in SHOPS[3:]] == ["on phone", "returned"]
    phone.page.act("submit")
    phone._confirm()
    sync(phone)
    assert at_office(the_round).state == "submitted"

    decide(the_round, "accept")
    sync(phone)
    the_week(phone)
    assert "Received and signed by" in facts(phone) and phone.page.big() is None
    assert marks(phone) == {"signed"}


def test_more_says_how_many_weeks_wait_and_what_was_typed_survives_a_killed_app(
    tmp_path: Path, the_round: Round
) -> None:
    at = int((datetime(MONDAY.year, MONDAY.month, MONDAY.day, 12, tzinfo=UTC) - timedelta(days=7)).timestamp() * 1000)
    the_round.write({"op": "create", "type": "visit", "record": clock.new_id(), "customer": the_round.shops[SHOPS[2]],
                     "set": {"checked_in_at": at, "state": "done"}})  # fmt: skip
    with the_round.office.app.app_context():
        drafting.draft(date.today())
    hand = Hand(the_round.own_session(tmp_path / "other"))
    cut(hand, True)
    waiting = sum(week.is_open for week in weekly_reports.weeks(hand.session.device))
    hand.restart(MorePage(hand))
    assert waiting and f"{waiting} week" in rows(hand)["Weekly sales reports"].detail
    hand.page.act("reports")
    week = next(one for one in hand.page.weeks if one.is_open)
    hand.page.act(f"week:{week.book}:{week.week_on}")
    hand.page.act(f"line:{week.lines[0].id}")
    hand.page.act("keep")
    assert hand.told[-1] == "Nothing is changed yet." and isinstance(hand.page, ReportLinePage)

    hand.page.put("visits", "many")
    assert hand.page.form.view("visits").reason
    hand.page.act("submit")
    assert isinstance(hand.page, ReportLinePage), "what cannot be read is not submitted"
    hand.page.put("visits", "3")
    again = ReportLinePage(hand, week.lines[0].id)
    again.entered()
    assert again.form.values["visits"] == 3
    again.act("submit")
    fields = reading.shown(hand.session.device, week.lines[0].id).fields
    assert fields["visits"] == 3 and fields["submitted_at"]
    hand.session.lock()


def test_what_the_server_refused_says_why_and_is_submitted_again_with_its_corrections(
    hand: Hand, the_round: Round
) -> None:
    device = hand.session.device
    week = the_week_of(hand, the_round)
    first = week.lines[0]
    weekly_reports.correct(device, first.id, {"remark": "short"})
    weekly_reports.submit(device, week)
    for saved in device.outbox.touching([first.id])[first.id]:
        assert saved.wire is not None
        why = [{"field": "remark", "code": "text.too-long"}]
        changes = [{"n": one["n"], "why": why if one["record"] == first.id else []} for one in saved.wire["changes"]]
        device.outbox.settle([{"id": saved.id, "state": "refused", "changes": changes}], clock.now_ms())
    assert the_week_of(hand, the_round).is_open

    hand.open(ReportLinePage(hand, first.id))
    assert "This is too long." in hand.page.intro() and hand.page.form.values["remark"] == "short"
    weekly_reports.submit(device, the_week_of(hand, the_round))

    (now,) = [one for one in weekly_reports.weeks(device) if one.week_on == week.week_on]
    assert not now.is_open
    assert next(line for line in now.lines if line.id == first.id).fields["remark"] == "short"


def the_week_of(hand: Hand, the_round: Round) -> weekly_reports.Week:
    """A draft on this device, taken over as if a sync had brought it."""
    device, book = hand.session.device, the_round.office.books["north"]
    if not weekly_reports.weeks(device):
        store = device.books.store(book)
        wires = [
            {
                "id": f"018f0000-0000-7000-8000-0000000f000{n}", "type": "weekly_report", "customer": the_round.shops[SHOPS[n]],
                "rev": 1, "ver": "1-0123456789ab", "pos": 99 + n, "removed": False, "by": None, "at": device.clock_ms(),
                "fields": {"week_on": WEEK, "orders": 1, "quantity": "12", "amount_minor": 12588, "visits": 1},
            }
            for n in range(2)
        ]  # fmt: skip
        store.take_over(records=wires, gone=(), cursor=store.cursor, anew=False)
    (week,) = [one for one in weekly_reports.weeks(device) if one.week_on == WEEK]
    return week
