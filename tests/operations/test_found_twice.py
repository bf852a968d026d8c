"""A customer is found twice (R10), from the phone that made the second one to the one customer who is left (R21)."""

from __future__ import annotations

from field_app.services import contacts, customers, reading
from server.services.doubles import finding, noting
from tests.console.browser import Person, shown
from tests.device.builders import sync
from tests.head_office import HeadOffice
from tests.recovery.conftest import Fleet, copies, fleet
from tests.recovery.conftest import office as office
from tests.recovery.conftest import postgres as postgres
from tests.recovery.test_lost_history import on_both_engines

__all__ = ["copies", "fleet"]
LICENCE = "515100200300"


def test_r10_r21_who_is_found_twice_stands_in_the_inbox_is_merged_there_and_is_one_customer_on_each_phone(
    office: HeadOffice, fleet: Fleet
) -> None:
    first = office.customer("south", "Sun Grocery", licence_number=LICENCE, contact_phone="515-555-0100")
    li, wang = fleet.enrol("li"), fleet.enrol("wang")

    second = customers.create(
        li, {"store_name": "Sun Grocery & Spirits", "licence_number": LICENCE, "contact_person": "Mrs Sun"}
    )
    call = contacts.record(li, second, {"content": "She wants a cooler"})
    sync(li)
    assert reading.shown(li, second).state in ("", "accepted"), "a second file refuses nobody's work"

    with office.app.app_context():
        assert noting.note() == 1
        assert noting.note() == 0, "a note is made once"
    chen = Person(office.app, "chen")
    assert "Sun Grocery &amp; Spirits" in chen.page("/?show=duplicates"), "a note waits in the inbox"
    assert "Sun Grocery &amp; Spirits" in chen.page("/duplicates?by=licence")
    compared = chen.page(f"/duplicates/{first}?with={second}")
    assert "Mrs Sun" in compared
    done = chen.post(
        f"/duplicates/{first}/merge",
        {"with": second, "take": ["contact_person"]},
        page=f"/duplicates/{first}?with={second}",
    )
    assert done.status_code == 303

    page = chen.page(f"/customers/{first}")
    assert "She wants a cooler" in page
    assert "Mrs Sun" in page
    assert "Sun Grocery &amp; Spirits" not in chen.page("/duplicates?by=licence")
    assert "Sun Grocery" not in shown(chen.page("/?show=duplicates")), "the note is settled"
    for device in (li, wang):
        sync(device)
    assert [row.id for row in reading.find_customers(wang, "Sun")] == [first]
    assert reading.shown(wang, first).fields["contact_person"] == "Mrs Sun"
    assert reading.shown(wang, call).customer == first, "what Li wrote is where Wang maintains the customer now"
    assert reading.find_customers(li, "Sun") == [], "he is maintained by Wang, and left Li's phone"


@on_both_engines
def test_r10_two_who_were_told_apart_are_not_noted_again_and_a_chain_with_one_telephone_is_no_flood(
    office: HeadOffice, fleet: Fleet
) -> None:
    one = office.customer("north", "One", contact_phone="515 555 0101")
    two = office.customer("south", "Two", contact_phone="(515) 555-0101")
    with office.app.app_context():
        assert noting.note() == 1
        assert finding.put_apart([*office.books.values()], one, two, office.users["chen"]) == 1
        assert noting.note() == 0

        for n in range(20):
            office.customer("north", f"Chain {n}", contact_phone="515-555-9999")
        office.customer("north", "Nothing to compare")
        made = noting.note()

    assert 3 <= made <= 6
