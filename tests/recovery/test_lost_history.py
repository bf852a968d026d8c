"""A server that lost history gets back from the devices what it had acknowledged (P6, R36-R39; scenarios 3 and 4)."""

from __future__ import annotations

import logging
from typing import Any

import pytest
import sqlalchemy as sa

from field_app.device import Device
from field_app.services import customers, orders, photos, reading, visits
from server.services import enrolment, epochs, hand_overs, leaving, parts, restoring, users
from server.storage import tables
from server.storage.database import reading as server_reading
from tests.device.builders import jpeg, sync
from tests.head_office import HeadOffice
from tests.recovery.conftest import Fleet
from tests.recovery.copies import Copies
from tests.specification.pocket import Desk
from tests.wire.stranger import Stranger, uuid7

on_both_engines = pytest.mark.parametrize("office", ["sqlite", "postgresql"], indirect=True)


def the_epochs(office: HeadOffice) -> list[dict[str, Any]]:
    with office.app.app_context(), server_reading() as connection:
        query = sa.select(tables.epoch).order_by(tables.epoch.c.number)
        return [dict(row) for row in connection.execute(query).mappings()]


def records(office: HeadOffice) -> dict[str, tuple[str, str]]:
    """Record -> its type and fields, of all rounds."""
    with office.app.app_context(), server_reading() as connection:
        kinds = {row.id: row.kind for row in connection.execute(sa.select(tables.book.c.id, tables.book.c.kind))}
        rows = connection.execute(sa.select(tables.record))
        return {row.id: (row.type, row.fields) for row in rows if kinds[row.book_id] == "round"}


def set_states(office: HeadOffice) -> dict[str, str]:
    with office.app.app_context(), server_reading() as connection:
        query = sa.select(tables.change_set.c.id, tables.change_set.c.state)
        return {row.id: row.state for row in connection.execute(query)}


def work(device: Device, shop: str, number: int) -> None:
    """A visit with a photo, an order, and a contact's name."""
    visit = visits.check_in(device, shop)
    photos.attach(device, visit, jpeg(number, side=60), "display")
    visits.check_out(device, visit, {"person": f"Ann {number}", "situation": "full"})
    orders.place(device, shop, [{"product": reading.products(device)[0].id, "quantity": str(number)}])
    customers.edit(device, shop, {"contact_person": f"Ann {number}"})


def stranger(office: HeadOffice, login: str = "li") -> Stranger:
    found = Stranger(office.invitation(login))
    assert found.enrol().status == 200
    found.sync()
    return found


def a_visit(device: Stranger, customer: str) -> str:
    book = device.held()
    values = {"state": "open", "checked_in_at": device.clock_ms()}
    return device.save(book, device.change("create", "visit", uuid7(), customer, book, set=values))


def verify(office: HeadOffice) -> None:
    with office.app.app_context():
        for book in office.books.values():
            Desk(office).verify(book)


@on_both_engines
def test_what_was_acknowledged_after_the_backup_comes_back_from_the_devices(
    office: HeadOffice, fleet: Fleet, copies: Copies, caplog: pytest.LogCaptureFixture
) -> None:
    office.product("A1", "Black Velvet", 1299)
    shop, other = office.customer("north", "Corner Shop"), office.customer("south", "Far Shop")
    li, wang = fleet.enrol("li"), fleet.enrol("wang")
    work(li, shop, 1)
    sync(li)
    copies.take()
    for number in (2, 3):
        work(li, shop, number)
        work(wang, other, number)
    sync(li), sync(wang)
    acknowledged, before = set_states(office), records(office)

    copies.put_back()
    work(wang, other, 4)
    with caplog.at_level(logging.ERROR, "roundbook.alarm"):
        sync(wang), sync(li), sync(wang)

    after, states = records(office), set_states(office)
    assert set(before) <= set(after)
    assert {record: after[record] for record in before if before[record] != after[record] and record != other} == {}
    assert acknowledged.items() <= states.items()
    assert len(the_epochs(office)) == 2 and "history was lost" in the_epochs(office)[1]["reason"]
    assert [record.levelname for record in caplog.records if record.name == "roundbook.alarm"] == ["ERROR"]
    assert li.settings.get("epoch") == wang.settings.get("epoch") == the_epochs(office)[1]["id"]
    assert reading.shown(li, shop).fields["contact_person"] == "Ann 3"
    assert reading.shown(wang, other).fields["contact_person"] == "Ann 4"
    assert li.outbox.unsettled_ids() == [] and li.photos.unsent_count() == 0
    verify(office)


def test_photos_that_the_restored_database_does_not_know_are_sent_again(
    office: HeadOffice, fleet: Fleet, copies: Copies
) -> None:
    shop = office.customer("north", "Corner Shop")
    li = fleet.enrol("li")
    copies.take()
    visit = visits.check_in(li, shop)
    photos.attach(li, visit, jpeg(7, side=60), "display")
    sync(li)

    copies.put_back()
    report = sync(li)

    assert report.photos_sent == 1
    with office.app.app_context(), server_reading() as connection:
        assert connection.scalars(sa.select(tables.blob.c.state)).all() == ["stored"]


def test_positions_taken_again_by_others_are_noticed_by_the_chain(
    office: HeadOffice, fleet: Fleet, copies: Copies
) -> None:
    shop = office.customer("north", "Corner Shop")
    li = fleet.enrol("li")
    copies.take()
    (mine,) = customers.edit(li, shop, {"contact_person": "Ann"})
    sync(li)

    copies.put_back()
    for name in ("One", "Two", "Three"):
        office.customer("north", name)
    sync(li)

    assert set_states(office)[mine] in ("applied", "merged")
    assert reading.shown(li, shop).fields["contact_person"] == "Ann"
    assert {row.name for row in reading.find_customers(li)} == {"Corner Shop", "One", "Two", "Three"}
    verify(office)


def test_a_device_that_holds_nothing_that_was_lost_learns_of_the_new_life_and_sends_what_it_keeps(
    office: HeadOffice, fleet: Fleet, copies: Copies
) -> None:
    shop, other = office.customer("north", "Corner Shop"), office.customer("south", "Far Shop")
    li, wang = fleet.enrol("li"), fleet.enrol("wang")
    customers.edit(wang, other, {"contact_person": "Bob"})
    sync(wang)
    copies.take()
    customers.edit(li, shop, {"contact_person": "Ann"})
    sync(li)
    copies.put_back()
    sync(li)

    report = sync(wang)

    assert report.error is None and report.sent == 1
    assert len(the_epochs(office)) == 2
    verify(office)


def test_a_planned_restore_costs_no_device_what_lies_before_the_fork(
    office: HeadOffice, fleet: Fleet, copies: Copies
) -> None:
    shop = office.customer("north", "Corner Shop")
    li = fleet.enrol("li")
    customers.edit(li, shop, {"contact_person": "Ann"})
    sync(li)
    copies.take()
    (later,) = customers.edit(li, shop, {"contact_person": "Bob"})
    sync(li)
    held = li.books.cursors()

    copies.put_back()
    with office.app.app_context():
        epochs.begin_epoch("restored from the copy of noon")
    report = sync(li)

    assert report.sent == 1 and set_states(office)[later] in ("applied", "merged")
    assert reading.shown(li, shop).fields["contact_person"] == "Bob"
    reference = next(book for book, entry in li.scope.items() if entry["kind"] == "reference")
    assert li.books.cursors()[reference] == held[reference], "a cursor of the old life counts up to the fork"
    assert len(the_epochs(office)) == 2


def test_what_a_backup_of_the_old_life_contained_is_not_safe_beyond_the_fork(
    office: HeadOffice, fleet: Fleet, copies: Copies
) -> None:
    shop = office.customer("north", "Corner Shop")
    li = fleet.enrol("li")
    copies.take()
    customers.edit(li, shop, {"contact_person": "Ann"})
    sync(li)
    li.settings.set("safe", {office.books["north"]: 900})

    copies.put_back()
    sync(li)

    assert li.journal.count() == 1, "it stands in the new history, and in no backup of it"


def test_a_term_that_the_restored_server_does_not_know_is_judged_by_who_holds_the_seat_today(
    office: HeadOffice, fleet: Fleet, copies: Copies
) -> None:
    shop = office.customer("north", "Corner Shop")
    wang = fleet.enrol("wang")
    copies.take()
    with office.app.app_context():
        hand_overs.hand_over(office.books["north"], "maintainer", office.users["wang"], users.SYSTEM)
    sync(wang)
    visit = visits.check_in(wang, shop)
    sync(wang)

    copies.put_back()
    with office.app.app_context():  # a term that the control journal knows is given again
        for key in parts.objects().keys("control/seat"):
            parts.objects().delete(key)
    sync(wang)

    (proposal,) = [fields for kind, fields in records(office).values() if kind == "proposal"]
    assert visit in proposal and '"proposer":"' + office.users["wang"] in proposal
    with office.app.app_context(), server_reading() as connection:
        where = (tables.seat.c.book_id == office.books["north"], tables.seat.c.seat == "maintainer")
        assert connection.scalar(sa.select(tables.seat.c.user_id).where(*where)) == office.users["li"]


def test_a_hand_over_that_the_restored_server_forgot_stands_again_when_a_device_proves_the_loss(
    office: HeadOffice, fleet: Fleet, copies: Copies
) -> None:
    shop = office.customer("north", "Corner Shop")
    wang = fleet.enrol("wang")
    copies.take()
    with office.app.app_context():
        hand_overs.hand_over(office.books["north"], "maintainer", office.users["wang"], users.SYSTEM)
    sync(wang)
    visit = visits.check_in(wang, shop)
    sync(wang)

    copies.put_back()
    sync(wang)

    assert records(office)[visit][0] == "visit"
    with office.app.app_context(), server_reading() as connection:
        where = (tables.seat.c.book_id == office.books["north"], tables.seat.c.seat == "maintainer")
        assert connection.scalar(sa.select(tables.seat.c.user_id).where(*where)) == office.users["wang"]


def test_work_in_a_book_that_has_left_the_device_comes_back_sealed(
    office: HeadOffice, fleet: Fleet, copies: Copies
) -> None:
    shop = office.customer("north", "Corner Shop")
    li = fleet.enrol("li")
    copies.take()
    visit = visits.check_in(li, shop)
    sync(li)
    with office.app.app_context():
        hand_overs.hand_over(office.books["north"], "maintainer", None, users.SYSTEM)
    sync(li)
    assert office.books["north"] not in li.books.held() and li.outbox.in_state("settled")[0].wire is None

    copies.put_back()
    office.customer("south", "Somebody works")
    with office.app.app_context():
        epochs.begin_epoch("restored", {})
    report = sync(li)

    assert (report.sent, report.applied) == (1, 1)
    assert visit in records(office)
    assert visit in {row.id for row in reading.recent(li, "visit", 5)}, "the book is his again in the restored history"


def test_a_sealed_set_that_nobody_here_can_open_is_refused_and_holds_up_nothing(office: HeadOffice) -> None:
    shop = office.customer("north", "Corner Shop")
    device = stranger(office)
    made = a_visit(device, shop)
    (good,) = device.outbox
    device.last_seq += 3
    bad = [{"seq": 11, "sealed": "A" * 80}, {"seq": 12, "sealed": "not base64!"}, {"seq": 13}]

    answer = device.round_trip(sets=[good, *bad], last_seq=13)

    why = {v["seq"]: v["changes"][0].get("why", [{}])[0].get("code") for v in answer.json["verdicts"]}
    assert device.verdict(made)["state"] == "applied"
    assert [why[seq] for seq in (11, 12, 13)] == ["sealed.unreadable"] * 3


@on_both_engines
def test_terms_and_revocations_stand_after_a_restore(office: HeadOffice, fleet: Fleet, copies: Copies) -> None:
    shop = office.customer("north", "Corner Shop")
    li, wang, tablet = fleet.enrol("li"), fleet.enrol("wang"), fleet.enrol("li")
    north = office.books["north"]
    office.user("zhao", "leader"), office.user("qian", "leader")
    copies.take()
    with office.app.app_context():
        hand_overs.hand_over(north, "maintainer", office.users["wang"], users.SYSTEM)
        hand_overs.hand_over(north, "maintainer", office.users["li"], users.SYSTEM)
        hand_overs.hand_over(north, "maintainer", office.users["wang"], users.SYSTEM)
        hand_overs.vacate(north, "supervisor", users.SYSTEM)
        enrolment.revoke(tablet.identity.device_id, "lost", users.SYSTEM)
        leaving.dismiss(office.users["chen"], users.SYSTEM)
        users.change_user(office.users["zhao"], name="Zhao", roles=["leader"], language="en", active=False)
        users.change_user(office.users["qian"], name="Qian", roles=["leader"], language="en", active=False)
        users.change_user(office.users["qian"], name="Qian", roles=["leader"], language="en", active=True)
    sync(wang)
    customers.edit(wang, shop, {"contact_person": "Ann"})
    sync(wang)

    copies.put_back()
    with office.app.app_context():
        done = restoring.after_restore("restored from the copy of noon")
        again = restoring.after_restore("restored once more")
    sync(wang), sync(li)

    assert (done.devices, done.users, done.hand_overs, done.impossible) == (1, 2, 4, 0)
    assert (again.devices, again.users, again.hand_overs) == (0, 0, 0)
    with office.app.app_context():
        active = {user.login for user in users.all_users() if user.active}
    assert {"chen", "zhao"} & active == set() and "qian" in active
    with office.app.app_context(), server_reading() as connection:
        seats = connection.execute(sa.select(tables.seat).where(tables.seat.c.book_id == north)).mappings()
        found = {row["seat"]: (row["user_id"], row["term"]) for row in seats}
        state = connection.scalar(
            sa.select(tables.device.c.state).where(tables.device.c.id == tablet.identity.device_id)
        )
    assert found["maintainer"] == (office.users["wang"], 4) and found["supervisor"] == (None, 2)
    assert state == "lost"
    assert reading.shown(wang, shop).fields["contact_person"] == "Ann"
    assert [kind for kind, _ in records(office).values()].count("proposal") == 0, (
        "under its old term it is his own work"
    )
    verify(office)


def test_a_hand_over_that_cannot_be_done_again_is_told_and_holds_up_nothing(
    office: HeadOffice, fleet: Fleet, copies: Copies
) -> None:
    copies.take()
    office.user("zhao")
    with office.app.app_context():
        hand_overs.hand_over(office.books["north"], "maintainer", office.users["zhao"], users.SYSTEM)
        hand_overs.hand_over(office.books["south"], "maintainer", office.users["li"], users.SYSTEM)

    copies.put_back()
    with office.app.app_context():
        done = restoring.after_restore("restored")

    assert (done.hand_overs, done.impossible) == (1, 1)
