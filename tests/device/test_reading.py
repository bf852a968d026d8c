"""What a person finds and sees: by part of a word, by telephone, by pinyin; his own work laid over the rest."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from field_app.device import Device
from field_app.services import contacts, customers, reading, visits
from field_app.services import round as rounds
from field_app.store.books import Confirmed
from field_app.store.outbox import SavedSet
from field_app.store.overlay import shown
from field_app.sync.client import sync_once
from sync_protocol.fields import decimal
from sync_protocol.records.base import register
from sync_protocol.records.contact_record import ContactRecord
from tests.device.builders import PASSPHRASE, Clock
from tests.device.scripted import HOLD, NORTH, ScriptedServer, a_record, enrolled, now_ms, record_id

DAY_MS = 24 * 3600 * 1000
SHOPS: list[dict[str, Any]] = [
    {
        "store_name": "Corner Shop",
        "contact_phone": "(515) 555-0101",
        "address": "1 Elm Street",
        "customer_code": "A-17",
    },
    {"store_name": "Corner Café", "contact_phone": "515 555 0202", "address": "9 Oak Street"},
    {"store_name": "福星便利店", "contact_person": "单老板", "contact_phone": "+86 138 0013 8000"},
    {"store_name": "重庆超市", "customer_code": "100%_A"},
    {"store_name": "The Bottle", "legal_representative": "Corner Ann"},
]


@pytest.fixture
def device(tmp_path: Path) -> Iterator[Device]:
    server = ScriptedServer()
    records = [a_record(n, pos=n, **values) for n, values in enumerate(SHOPS, 1)]
    server.answer = lambda request: {
        "scope": {NORTH: HOLD},
        "scope_tag": "1",
        "records": records,
        "cursors": {NORTH: "9.0.0"},
    }
    found = enrolled(tmp_path, server)
    assert sync_once(found, server).error is None
    yield found
    found.close()


def names(device: Device, text: str) -> list[str]:
    return [row.name for row in reading.find_customers(device, text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("corner", ["Corner Café", "Corner Shop", "The Bottle"]),
        ("CORN elm", ["Corner Shop"]),
        ("co", ["Corner Café", "Corner Shop", "The Bottle"]),
        ("é", ["Corner Café"]),
        ("5550101", ["Corner Shop"]),
        ("515-555-0202", ["Corner Café"]),
        ("13800138000", ["福星便利店"]),
        ("福星", ["福星便利店"]),
        ("便利店", ["福星便利店"]),
        ("fxbld", ["福星便利店"]),
        ("fuxing", ["福星便利店"]),
        ("chongqing", ["重庆超市"]),
        ("cq", ["重庆超市"]),
        ("%_", ["重庆超市"]),
        ("a-17", ["Corner Shop"]),
        ('"corner" OR', []),
        ("nobody", []),
        ("", ["Corner Café", "Corner Shop", "The Bottle", "福星便利店", "重庆超市"]),
    ],
)
def test_customers_are_found_as_people_type(device: Device, text: str, found: list[str]) -> None:
    assert names(device, text) == found


def test_a_name_edited_on_the_phone_is_found_by_the_new_name_and_not_by_the_old(device: Device) -> None:
    customers.edit(device, record_id(5), {"store_name": "The Flask"})

    assert names(device, "flask") == ["The Flask"]
    assert names(device, "bottle") == []


def test_what_lies_below_a_customer_is_listed_newest_first_with_unsent_work(device: Device) -> None:
    visit = visits.check_in(device, record_id(1), at=now_ms() - DAY_MS)
    visits.check_out(device, visit, {"person": "Ann"})
    call = contacts.record(device, record_id(1), {"content": "later"})

    assert [one.id for one in reading.below(device, record_id(1))] == [call, visit]
    assert [one.id for one in reading.below(device, record_id(1), "visit")] == [visit]
    assert reading.below(device, record_id(2)) == []
    assert reading.recent(device, "visit", 10)[0].fields["person"] == "Ann"
    assert reading.find_customers(device, "corner shop")[0].last_visit_at == reading.shown(device, visit).moment
    assert reading.counts(device) == {"customer": 5, "visit": 1, "contact_record": 1}


def test_the_distance_is_shown_where_both_places_are_known(device: Device) -> None:
    customers.edit(device, record_id(1), {"latitude": "41.5868", "longitude": "-93.6250"})

    rows = reading.find_customers(device, "corner", near=("41.5868", "-93.6370"))

    assert {row.name: row.distance_m for row in rows} == {
        "Corner Café": None,
        "Corner Shop": pytest.approx(998, abs=5),
        "The Bottle": None,
    }


def test_today_has_what_is_open_planned_done_and_skipped(device: Device) -> None:
    now = 1_795_348_800_000  # a Sunday noon, UTC
    device.clock_ms = Clock(now)
    for number, values in {
        1: {"visit_batch": "sunday"},
        2: {"visit_cycle_days": 7},
        3: {"visit_batch": "monday"},
        4: {"order_batch": "sunday"},
    }.items():
        customers.edit(device, record_id(number), values)
    visits.check_out(device, visits.check_in(device, record_id(2), at=now - 10 * DAY_MS), {}, at=now - 10 * DAY_MS)
    before = rounds.today(device, now)

    visits.check_out(device, visits.check_in(device, record_id(1), at=now), {}, at=now)
    visits.skip(device, record_id(3), "closed")
    visits.check_in(device, record_id(5), at=now)
    after = rounds.today(device, now)

    assert [(one.name, one.state, one.reminders[0].why, one.reminders[0].days) for one in before.visits] == [
        ("Corner Café", "planned", "visit.cycle", -3),
        ("Corner Shop", "planned", "visit.batch", 0),
    ]
    assert [(one.name, one.state) for one in after.visits] == [
        ("The Bottle", "open"),
        ("Corner Café", "planned"),
        ("Corner Shop", "done"),
        ("福星便利店", "skipped"),
    ]
    assert ("重庆超市", ["contact.never", "order.batch"]) in [
        (one.name, [reminder.why for reminder in one.reminders]) for one in after.due
    ]


def test_a_sum_shows_the_confirmed_value_and_every_unanswered_delta_once() -> None:
    confirmed = Confirmed("r", "tin", None, NORTH, 1, "1-aaaaaaaaaaaa", 1, False, {"stock": "10"}, None, 5, 5)

    def delta(seq: int, amount: str, state: str) -> SavedSet:
        change = {
            "n": 1,
            "op": "edit",
            "type": "tin",
            "record": "r",
            "base": "1-aaaaaaaaaaaa",
            "add": {"stock": amount},
        }
        return SavedSet(
            seq,
            str(seq),
            NORTH,
            "edit",
            seq,
            state,
            1,
            {"author": "u", "changes": [change]},
            None,
            None,
            False,
            None,
            None,
        )

    seen = shown("r", confirmed, [delta(1, "3", "waiting"), delta(2, "4.5", "ready"), delta(3, "100", "settled")])

    assert seen is not None and seen.fields == {"stock": "17.5"} and seen.state == "on_phone"


def test_an_edit_whose_base_has_been_passed_is_marked() -> None:
    confirmed = Confirmed("r", "customer", "r", NORTH, 2, "2-bbbbbbbbbbbb", 1, False, {"store_name": "x"}, None, 5, 5)
    change = {"n": 1, "op": "edit", "type": "customer", "record": "r", "base": "1-aaaaaaaaaaaa", "set": {"city": "y"}}
    saved = SavedSet(
        1, "1", NORTH, "edit", 9, "ready", 1, {"author": "u", "changes": [change]}, None, None, False, None, None
    )

    seen = shown("r", confirmed, [saved])

    assert seen is not None and seen.moved_on and seen.fields == {"store_name": "x", "city": "y"}


def test_a_field_declared_searchable_after_an_update_is_found_in_what_is_stored(device: Device, tmp_path: Path) -> None:
    contacts.record(device, record_id(1), {"content": "quarterly talk", "opinions": "wants cigars"})
    assert reading.find(device, "contact_record", "cigars") == []
    assert names(device, "a-17")

    class Updated(ContactRecord):
        opinions = decimal(("Opinions", "意见", "意見"), search=True)

    register(Updated)
    try:
        device.close()
        again = Device.unlock(device.folder, PASSPHRASE, clock_ms=Clock(now_ms()))
        assert len(reading.find(again, "contact_record", "cigars")) == 1
        assert [row.name for row in reading.find_customers(again, "a-17")] == ["Corner Shop"]
        again.close()
    finally:
        register(ContactRecord)


def test_the_device_needs_neither_the_servers_libraries_nor_a_window() -> None:
    code = (
        "import sys, field_app.device, field_app.sync.client, field_app.services.round, field_app.services.photos,"
        " field_app.services.orders, field_app.services.customers, field_app.services.complaints, field_app.services.status\n"
        "print(sorted(m for m in ('sqlalchemy','flask','kivy','kivymd','pypinyin','requests','PIL','server','redis') if m in sys.modules))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parents[2])

    assert done.stdout.strip() == "[]", done.stdout + done.stderr
