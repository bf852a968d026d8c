"""A day in the field: everything is done offline, then one sync brings it to head office."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import sqlalchemy as sa

from field_app.device import Device
from field_app.services import complaints, contacts, customers, orders, photos, reading, status, visits
from server.storage.database import reading as server_reading
from server.storage.tables import blob, record
from tests.device.builders import jpeg, sync
from tests.head_office import HeadOffice

Enrol = Callable[..., Device]


def server_counts(office: HeadOffice, book: str) -> dict[str, int]:
    with office.app.app_context(), server_reading() as connection:
        query = (
            sa.select(record.c.type, sa.func.count())
            .where(record.c.book_id == office.books[book], record.c.removed.is_(False))
            .group_by(record.c.type)
        )
        return {row[0]: row[1] for row in connection.execute(query)}


def a_day(device: Device, shops: list[str], products: list[str]) -> list[str]:
    """10 visits, 20 counts, 12 photos, 6 orders, 2 contacts, 1 complaint, 3 edits. Returns the photos' ids."""
    taken = []
    for number, shop in enumerate(shops[:10]):
        visit = visits.check_in(device, shop, place={"latitude": 41.5, "longitude": -93.6, "accuracy_m": 8})
        for product in products[:2]:
            visits.count_stock(device, visit, product, str(number + 1), 1299)
        for step in ("shopfront", "display")[: 2 if number < 2 else 1]:
            taken.append(photos.attach(device, visit, jpeg(number * 2 + len(step)), step, "as seen"))
        if number < 6:
            lines = [{"product": product, "quantity": "12"} for product in products]
            orders.place(device, shop, lines, visit_id=visit)
        visits.check_out(device, visit, {"person": "Ann", "situation": "All shelves full", "tasks_done": ["shelf"]})
    for shop in shops[:2]:
        contacts.record(device, shop, {"channel": "phone", "content": "Called about the delivery"})
    complaints.record(device, shops[0], {"description": "Two bottles were broken", "channel": "visit"})
    customers.edit(device, shops[0], {"contact_phone": "515 555 0101"})
    customers.edit(device, shops[1], {"contact_person": "Bob", "business_tags": ["corner", "late"]})
    customers.edit(device, shops[2], {"business_status": "open"})
    return taken


def test_a_day_worked_offline_arrives_whole_at_head_office(office: HeadOffice, enrol: Enrol) -> None:
    shops = [office.customer("north", f"Day Shop {n}", latitude="41.5868", longitude="-93.625") for n in range(12)]
    products = [office.product(f"P{n}", f"Whisky {n}", 1299 + n) for n in range(3)]
    device = enrol("li")
    taken = a_day(device, shops, products)
    waiting = status.sync_status(device)
    offline = reading.counts(device, office.books["north"])

    report = sync(device)

    assert (waiting.waiting_records, waiting.waiting_photos) == (10 + 20 + 6 + 2 + 1 + 3, 12)
    assert report.refused == report.waiting == report.proposed == 0, report
    assert report.photos_sent == 12
    assert reading.counts(device, office.books["north"]) == server_counts(office, "north")
    expected = {
        "visit": 10,
        "stock_count": 20,
        "photo": 12,
        "order": 6,
        "contact_record": 2,
        "complaint": 1,
        "customer": 12,
    }
    assert offline == expected == reading.counts(device, office.books["north"])
    after = status.sync_status(device)
    assert (after.waiting_records, after.waiting_photos, after.offline, after.returned) == (0, 0, False, 0)
    with office.app.app_context(), server_reading() as connection:
        stored = {row.sha256 for row in connection.execute(sa.select(blob).where(blob.c.state == "stored"))}
    assert {hashlib.sha256(photos.read(device, one)).hexdigest() for one in taken} == stored


def test_after_a_sync_what_the_device_shows_is_what_head_office_has_value_by_value(
    office: HeadOffice, enrol: Enrol
) -> None:
    shop = office.customer("north", "Mirror Shop")
    device = enrol("li")
    customers.edit(device, shop, {"contact_person": "Carla", "business_tags": ["bar"]})
    visit = visits.check_in(device, shop)
    visits.check_out(device, visit, {"person": "Carla", "situation": "fine"})
    before = {one: reading.shown(device, one).fields for one in (shop, visit)}

    sync(device)

    for one in (shop, visit):
        seen = reading.shown(device, one)
        assert seen.fields == before[one]
        assert seen.state == "accepted" and seen.rev > 0


def test_a_sync_with_nothing_to_do_is_one_small_request(office: HeadOffice, enrol: Enrol) -> None:
    device = enrol("li")
    sync(device)

    report = sync(device)

    assert report.requests == 1
    assert report.bytes_sent + report.bytes_received <= 800  # three books: the round, the desk, the catalogue
