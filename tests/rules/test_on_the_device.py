"""Rules that hold inside a device, with the real store and a real head office."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from field_app.device import Device
from field_app.services import contacts, customers, orders, reading, visits
from field_app.sync.transport import HttpTransport
from tests.device.builders import PASSPHRASE, Clock, sync
from tests.head_office import HeadOffice

ROOT = Path(__file__).parents[2]


@pytest.fixture
def device(office: HeadOffice, tmp_path: Path) -> Device:
    transport = HttpTransport(office.url)
    clock = Clock(int(time.time() * 1000))
    made = Device.enrol(tmp_path, office.invitation("chen"), PASSPHRASE, transport, clock_ms=clock, name="a phone")
    transport.close()
    sync(made)
    return made


def sets_of(device: Device) -> list[dict[str, object]]:
    return [one.wire for one in device.outbox.in_state("ready") if one.wire]


def test_r4_a_device_makes_sets_of_one_book_each(office: HeadOffice, device: Device) -> None:
    product = office.product("R4", "Something", 100)
    shops = {office.books[name]: office.customer(name, f"Of the {name}") for name in ("north", "south")}
    sync(device)

    for number, shop in enumerate(shops.values()):
        visit = visits.check_in(device, shop)
        orders.place(device, shop, [{"product": product, "quantity": "1"}])
        contacts.record(device, shop, {"content": f"call {number}"})
        customers.edit(device, shop, {"contact_person": f"Ann {number}"})
        visits.check_out(device, visit, {"situation": "open"})

    made = sets_of(device)
    assert len(made) >= 8
    for wire in made:
        names = {change["customer"] for change in wire["changes"]}  # type: ignore[attr-defined]
        assert names == {shops[str(wire["book"])]}


def test_r34_a_devices_folder_is_kept_out_of_the_systems_backups_and_its_key_is_never_bare(device: Device) -> None:
    tag = device.folder / "CACHEDIR.TAG"

    assert tag.read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55")
    key = device.keyring._data_key
    files = [path for path in device.folder.rglob("*") if path.is_file()]
    assert len(files) > 3
    for path in files:
        content = path.read_bytes()
        assert key not in content and key.hex().encode() not in content, path
    spec = ROOT / "buildozer.spec"
    assert not spec.exists() or "android.allow_backup = False" in spec.read_text(encoding="utf-8")


def test_r50_what_the_app_does_not_know_is_stored_and_shown_raw(office: HeadOffice, device: Device) -> None:
    shop = office.customer("north", "Of The Future")
    sync(device)
    store = device.books.store(office.books["north"])
    known = store.record(shop)
    assert known is not None
    body = {
        "id": shop, "type": "customer", "customer": shop, "book": store.book, "rev": 2, "ver": "2-0123456789ab", "pos": 9,
        "removed": False, "by": device.identity.user_id, "at": 1,
        "fields": {**known.fields, "hologram": "three deep", "business_status": "teleported"},
    }  # fmt: skip
    unheard = {**body, "id": shop[:-4] + "ffff", "type": "telepathy", "fields": {"thought": "hm"}}

    store.take_over(records=[body, unheard], gone=[], cursor="9.0.0", anew=False)
    shown = reading.shown(device, shop)

    assert shown.fields["hologram"] == "three deep" and shown.fields["business_status"] == "teleported"
    raw = store.record(shop[:-4] + "ffff")
    assert raw is not None and raw.fields == {"thought": "hm"}


def test_r30_a_device_that_has_drifted_says_so_and_repairs_itself_without_losing_its_outbox(
    office: HeadOffice, device: Device
) -> None:
    shop, lost = office.customer("north", "Stays"), office.customer("north", "Lost By The Disk")
    sync(device)
    book = device.books.store(office.books["north"])
    book.take_over(records=[], gone=[lost], cursor=book.cursor or "", anew=False)  # nobody told it to
    unsent = contacts.record(device, shop, {"content": "made while it was wrong"})
    assert book.record(lost) is None

    before = device.outbox.last_seq
    office.customer("north", "News")
    report = sync(device)

    assert office.books["north"] in report.reloaded
    repaired = device.books.store(office.books["north"]).record(lost)
    assert repaired is not None and repaired.fields["store_name"] == "Lost By The Disk"
    assert device.outbox.last_seq == before and device.outbox.in_state("ready") == []
    assert reading.shown(device, unsent).fields["content"] == "made while it was wrong"
    assert sync(device).reloaded == []
