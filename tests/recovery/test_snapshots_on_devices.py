"""The first load of a large book on a device: from a stored snapshot, resumed, and never half shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from field_app.device import Device
from field_app.services import customers, reading
from field_app.sync.transport import Response
from server.services import epochs, moves, users
from tests.device.builders import PASSPHRASE, Clock, clear_text_in, sync
from tests.head_office import HeadOffice
from tests.recovery.conftest import Fleet
from tests.recovery.test_snapshots import Watched as Watched
from tests.recovery.test_snapshots import build as build
from tests.recovery.test_snapshots import empty as empty
from tests.recovery.test_snapshots import names as names
from tests.recovery.test_snapshots import office_records as office_records
from tests.recovery.test_snapshots import shops as shops
from tests.recovery.test_snapshots import small as small
from tests.recovery.test_snapshots import stranger as stranger

# On the device


def test_a_device_loads_a_large_book_from_a_file_and_goes_on_with_the_tail(
    office: HeadOffice, empty: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(office)
    office.customer("north", "Behind the snapshot")
    way = Watched(office.url)

    report = way.sync(empty)

    assert report.error is None and len(way.ranges) > 2
    assert names(empty) == sorted([*(f"Shop {n}" for n in range(8)), "Behind the snapshot"])
    assert empty.books.store(office.books["north"]).snapshot is not None
    assert not list(empty.folder.rglob("*.next.db*"))
    store = empty.books.store(office.books["north"])
    assert store.check() == store.check_anew() and store.check()["n"] == 9
    assert [row.name for row in reading.find_customers(empty, "ann 3")] == ["Shop 3"], (
        "it is found as records of pages are"
    )


def test_a_load_that_breaks_goes_on_where_it_was_also_after_a_restart(office: HeadOffice, empty: Device) -> None:
    first, second = Watched(office.url), Watched(office.url)
    first.break_after = 2

    assert first.sync(empty).error == "no-network"
    assert names(empty) == []
    assert not clear_text_in(empty.folder, "Shop 3", b"\x1f\x8b\x08\x00\x00\x00\x00\x00"), (
        "what is half loaded is sealed as well"
    )
    empty.close()
    again = Device.unlock(empty.folder, PASSPHRASE, clock_ms=Clock(empty.clock_ms()))
    assert second.sync(again).error is None

    assert second.ranges[0].startswith("bytes=600-")
    assert len(names(again)) == 8
    again.close()


def test_the_old_view_stays_until_the_round_is_over_and_what_is_in_neither_is_gone(
    office: HeadOffice, fleet: Fleet
) -> None:
    """R28: beside the old one, swapped at the end of the round."""
    made = shops(office)
    device = fleet.enrol("li")
    (edit,) = customers.edit(device, made[1], {"contact_person": "Bob"})
    with office.app.app_context():
        moves.move_customers([made[0]], office.books["south"], users.SYSTEM)
    office.customer("north", "New")
    device.books.drop_cursor(office.books["north"])
    way = Watched(office.url)
    way.break_after = 1
    way.sync(device)
    before = names(device)

    assert Watched(office.url).sync(device).error is None

    assert before == [f"Shop {n}" for n in range(8)]
    assert names(device) == sorted(["New", *(f"Shop {n}" for n in range(1, 8))])
    assert reading.shown(device, made[1]).fields["contact_person"] == "Bob"
    assert device.outbox.unsettled_ids() == [] and edit


def test_a_move_behind_the_snapshot_is_followed(office: HeadOffice, fleet: Fleet) -> None:
    made = shops(office)
    device = fleet.enrol("chen")
    build(office)
    shops(office, 7, "south", "Far")
    for book in device.books.held():
        device.books.drop_cursor(book)
    build(office, "south")
    way = Watched(office.url)
    way.break_after = 40
    moved = made[3]
    with office.app.app_context():
        moves.move_customers([moved], office.books["south"], users.SYSTEM)

    assert way.sync(device).error is None

    assert reading.shown(device, moved).book == office.books["south"]
    assert not device.books.store(office.books["north"]).has(moved)
    assert len(names(device)) == 15


@pytest.mark.parametrize(
    "spoil",
    [
        lambda answer: Response(200, {"content-type": "text/html"}, b"<html>Welcome to the hotel</html>"),
        lambda answer: Response(answer.status, answer.headers, b"x" * len(answer.body)),
        lambda answer: Response(answer.status, answer.headers, answer.body[:-1]),
    ],
    ids=["a login page", "other bytes", "a byte short"],
)
def test_what_is_not_the_file_changes_nothing_and_is_asked_for_again(
    office: HeadOffice, empty: Device, spoil: Any
) -> None:
    bad = Watched(office.url)
    bad.spoil = spoil

    assert bad.sync(empty).error == "no-network"
    assert names(empty) == []

    assert Watched(office.url).sync(empty).error is None
    assert len(names(empty)) == 8


def test_a_snapshot_that_goes_stale_while_it_is_loaded_is_replaced(office: HeadOffice, empty: Device) -> None:
    first = Watched(office.url)
    first.break_after = 2
    first.sync(empty)
    with office.app.app_context():
        moves.move_customers([office_records(office)[0]["id"]], office.books["south"], users.SYSTEM)

    report = Watched(office.url).sync(empty)

    assert report.error is None and len(names(empty)) == 7


@pytest.mark.parametrize("step", ["before the swap", "after the swap"])
def test_a_power_cut_while_the_new_store_takes_its_place_loses_nothing(
    office: HeadOffice, empty: Device, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    from field_app.store.shelf import Shelf
    from field_app.sync import rounds

    def cut(*args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(*((Shelf, "swap", cut) if step == "before the swap" else (rounds, "_settle", cut)))
        with pytest.raises(KeyboardInterrupt):
            Watched(office.url).sync(empty)
    empty.close()

    again = Device.unlock(empty.folder, PASSPHRASE, clock_ms=Clock(empty.clock_ms()))

    assert len(names(again)) == 8 and again.staging.is_empty()
    store = again.books.store(office.books["north"])
    assert store.check() == store.check_anew() and store.check()["n"] == 8
    assert sync(again).error is None
    again.close()


def test_a_new_life_gives_up_what_was_half_loaded(office: HeadOffice, empty: Device, tmp_path: Path) -> None:
    way = Watched(office.url)
    way.break_after = 2
    way.sync(empty)
    with office.app.app_context():
        epochs.begin_epoch("lost", {})

    assert Watched(office.url).sync(empty).error is None
    assert len(names(empty)) == 8
