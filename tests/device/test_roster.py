"""The roster says of every customer what the records say, whatever was saved, changed or taken away since."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from benchmarks.field import pocket
from benchmarks.field.pocket import BOOK, DAY_MS, NOW_MS
from field_app.device import Device
from field_app.services import contacts, customers, due, finding, reading, roster, route, visits
from field_app.services import round as rounds
from sync_protocol.reminders import history_of, reminders_for
from sync_protocol.reminders.history import HISTORY_TYPES

TODAY = date(2026, 11, 22)
MANY = 150


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A phone with customers and half a year of history; tests open it one after the other."""
    folder = tmp_path_factory.mktemp("pocket")
    return pocket.make(folder, MANY, 6)


@pytest.fixture
def device(made: Path) -> Iterator[Device]:
    found = Device.unlock(made, pocket.PASSPHRASE, clock_ms=lambda: NOW_MS)
    yield found
    found.close()


def of_all_records(device: Device) -> dict[str, tuple[dict[str, Any], Any]]:
    """Customer -> (file, history), read the long way."""
    found = {}
    for one in reading.find(device, "customer", "", 100_000):
        records = [
            (event.id, event.type, event.fields)
            for type in HISTORY_TYPES
            for event in reading.below(device, one.id, type, 10_000)
        ]
        found[one.id] = (one.fields, history_of(records, roster.zone_of(device)))
    return found


def of_the_roster(device: Device) -> dict[str, tuple[dict[str, Any], Any]]:
    return {one.id: (dict(one.fields), one.history) for one in roster.customers(device).values()}


def shops(device: Device) -> list[str]:
    return [one.id for one in roster.by_title(device).customers]


def test_a_day_s_work_shows_in_the_roster_as_it_shows_in_the_records(device: Device):
    one, two, three, *_ = shops(device)
    before = of_the_roster(device) == of_all_records(device)

    visits.check_out(device, visits.check_in(device, one), {"need_found": "a cooler", "service_given": "list"})
    visits.skip(device, two, "closed")
    contacts.record(device, three, {"channel": "phone", "contacted_at": NOW_MS, "callback_at": NOW_MS + DAY_MS})
    customers.edit(device, two, {"contact_phone": "010 5555 0101"})
    new = customers.create(device, {"store_name": "Zebra Crossing", "visit_cycle_days": 7})

    assert before
    assert of_the_roster(device) == of_all_records(device)
    assert new in roster.customers(device)
    assert [found.id for found in finding.query(device, "55550101")] == [two]


def test_what_head_office_changed_takes_and_gives_is_in_the_roster_after_the_round(device: Device):
    gone, changed, *_ = shops(device)
    store = device.books.store(BOOK)
    record = store.record(changed)
    assert record is not None
    wire = {
        "id": changed, "type": "customer", "customer": changed, "rev": 2, "ver": "2-0123456789ab", "pos": 9, "removed": False,
        "fields": {**record.fields, "store_name": "Aardvark Stores"}, "by": pocket.USER, "at": NOW_MS,
    }  # fmt: skip

    store.take_over(records=[wire], gone=[gone], cursor="9.x", anew=False)

    assert gone not in roster.customers(device)
    assert finding.query(device, "aardvark")[0].id == changed
    assert of_the_roster(device) == of_all_records(device)


def test_the_reminders_of_the_phone_are_those_of_the_rules_over_all_records(device: Device):
    rules = roster.rules(device)

    found = {customer.id: reminders for customer, reminders in due.due(device, TODAY).items()}

    assert found == {
        customer: [
            one for one in reminders_for(customer, fields, history, rules, TODAY) if one.audience == "maintainer"
        ]
        for customer, (fields, history) in of_all_records(device).items()
    }
    assert sum(map(len, found.values())) > MANY / 4


def test_a_rule_changed_at_head_office_changes_what_is_due(device: Device):
    def contacts_due() -> int:
        return sum(one.kind == "contact" for found in due.due(device, TODAY).values() for one in found)

    before = contacts_due()
    rule = {
        "id": "018f0000-0000-7000-8000-00000000aaaa", "type": "reminder_rule", "customer": None, "rev": 1, "ver": "1-0123456789ab",
        "pos": 2, "removed": False, "fields": {"rule_key": "contact-open", "active": False}, "by": pocket.USER, "at": NOW_MS,
    }  # fmt: skip
    device.books.store(pocket.REFERENCE).take_over(records=[rule], gone=(), cursor="2.x", anew=False)

    assert 0 <= contacts_due() < before


def test_search_finds_what_the_store_finds_in_the_same_order_of_titles(device: Device):
    texts = ["福", "fx", "sun", "1381", "market", "c0001", "main street", "超市 1", "9", "l", "zz"]

    for text in texts:
        slow = {row.id for row in reading.find_customers(device, text, 10_000)}
        quick = finding.query(device, text)

        assert {one.id for one in quick} == slow, text
        beginning = [one.title.startswith(text) for one in quick]
        assert beginning == sorted(beginning, reverse=True), "titles that begin with it come first"


def test_a_query_is_a_matter_of_milliseconds_and_an_unchanged_today_of_none(device: Device):
    rounds.today(device, NOW_MS)

    began = time.perf_counter()
    for _ in range(20):
        finding.query(device, "fx")
        due.due(device, TODAY)
    each_ms = (time.perf_counter() - began) * 1000 / 20

    assert each_ms < 50


def test_overdue_visits_come_first_and_each_group_goes_to_the_nearest_next(device: Device):
    planned = [one for one in rounds.today(device, NOW_MS).visits if one.state == "planned"]

    late = [one.is_overdue for one in planned]
    assert late == sorted(late, reverse=True) and any(late)
    way = route.ordered([[("0", "3"), ("0", "1"), ("0", "2")], [None, ("0", "0")]], lambda one: one, ("0", "0"))
    assert way == [("0", "1"), ("0", "2"), ("0", "3"), ("0", "0"), None]


def test_closing_the_device_forgets_what_was_at_hand(made: Path):
    device = Device.unlock(made, pocket.PASSPHRASE, clock_ms=lambda: NOW_MS)
    roster.customers(device)

    device.close()

    assert device.memory == {}
