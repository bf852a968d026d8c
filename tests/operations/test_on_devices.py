"""What erasing, archiving and merging do to a real device with unsent work of its own (R19-R21)."""

from __future__ import annotations

from datetime import date

from field_app.device import Device
from field_app.services import contacts, photos, reading, visits
from server.services import users
from server.services.operations import archiving, erasure_requests, merging
from tests.device.builders import jpeg, sync
from tests.head_office import HeadOffice
from tests.recovery.conftest import Fleet, copies, fleet
from tests.recovery.conftest import office as office
from tests.recovery.conftest import postgres as postgres

__all__ = ["copies", "fleet"]


def erase(office: HeadOffice, customer: str) -> None:
    asks, agrees = office.user("asks", "administrator"), office.user("agrees", "administrator")
    with office.app.app_context():
        erasure_requests.consent(erasure_requests.ask(customer, asks, "he asked for it"), agrees)


def bodies(device: Device) -> list[bytes]:
    """The sets that can still be read on the device."""
    rows = device.database.rows("SELECT coalesce(body, sealed) FROM change_set")
    return [bytes(row[0]) for row in rows if row[0] is not None]


def bytes_of(device: Device) -> list[str]:
    return [path.name for path in device.folder.glob("photos/*/*") if path.is_file()]


def test_r21_a_devices_own_work_for_the_file_that_went_is_below_the_one_that_stays_on_the_device_too(
    office: HeadOffice, fleet: Fleet
) -> None:
    gone, stays = office.customer("north", "One"), office.customer("north", "Two")
    li = fleet.enrol("li")
    call = contacts.record(li, gone, {"content": "made before the merger"})

    with office.app.app_context():
        merging.merge_customers(gone, stays, users.SYSTEM)
    assert sync(li).error is None

    assert reading.shown(li, call).customer == stays
    assert [one.id for one in reading.below(li, stays) if one.type == "contact_record"] == [call]


def test_r20_an_erased_customer_is_gone_from_the_device_with_photos_and_journal(
    office: HeadOffice, fleet: Fleet
) -> None:
    gone, stays = office.customer("north", "Gone"), office.customer("north", "Stays")
    li = fleet.enrol("li")
    visit = visits.check_in(li, gone)
    photos.attach(li, visit, jpeg(1), "display")
    visits.check_out(li, visit, {"situation": "full"})
    contacts.record(li, stays, {"content": "another customer's"})
    sync(li)
    contacts.record(li, gone, {"content": "not sent yet"})
    assert len(bytes_of(li)) == 1

    erase(office, gone)
    sync(li)
    sync(li)

    assert not [body for body in bodies(li) if gone.encode() in body]
    assert bytes_of(li) == []
    assert len(bodies(li)) == 1, "what concerns others is still kept for them"
    assert reading.below(li, gone) == []


def test_r19_what_was_archived_leaves_the_device_and_its_photos_with_it(office: HeadOffice, fleet: Fleet) -> None:
    shop = office.customer("north", "Old Friend")
    old = {"op": "create", "type": "contact_record", "customer": shop}
    values = {"contacted_at": 1_500_000_000_000, "content": "long ago"}
    office.write("north", {**old, "record": shop[:-4] + "aaaa", "set": values})
    li = fleet.enrol("li")
    assert [one.id for one in reading.below(li, shop)] == [shop[:-4] + "aaaa"]

    with office.app.app_context():
        archiving.archive(date(2020, 1, 1), users.SYSTEM)
    sync(li)

    assert reading.below(li, shop) == []
