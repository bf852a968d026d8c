"""A set that waits for long, or whose device brings nothing more, is shown to a person: corrected, taken over or discarded (R9)."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa

from server.services import enrolment, leaving, push, waiting
from server.services.quarantine import put_aside, settling
from server.services.reading import read_log
from server.services.users import User, by_id
from server.storage.database import reading, writing
from server.storage.tables import change_set, record
from server.storage.typed import typed_table
from tests.console.browser import Person, shown
from tests.head_office import HeadOffice
from tests.rules.conftest import Enrolled
from tests.seats.phone import VISIT, Phone
from tests.wire.stranger import uuid7

DAY_MS = 24 * 3600 * 1000


@pytest.fixture
def chen(office: HeadOffice) -> Person:
    return Person(office.app, "chen")


def a_visit_that_waits(office: HeadOffice, li: Phone, customer: str = "") -> tuple[str, str, str]:
    """A visit of a customer whom nobody made. Returns: its set, itself, the customer."""
    north, visit, customer = office.books["north"], uuid7(), customer or uuid7()
    made = li.save(north, li.change("create", "visit", visit, customer, north, set={**VISIT, "checked_in_at": 5}))
    li.sync()
    assert li.verdict(made)["state"] == "waiting"
    return made, visit, customer


def days_pass(office: HeadOffice, set_id: str) -> None:
    """It came four days ago."""
    came = change_set.c.received_at - 4 * DAY_MS
    with office.app.app_context(), writing() as connection:
        connection.execute(sa.update(change_set).where(change_set.c.id == set_id).values(received_at=came))


def in_quarantine(person: Person) -> list[str]:
    return re.findall(r'href="/quarantine/([0-9a-f-]{36})"', person.page("/?show=quarantine"))


def stored(office: HeadOffice, record_id: str) -> Any:
    with office.app.app_context(), reading() as connection:
        return connection.execute(sa.select(record).where(record.c.id == record_id)).mappings().first()


def told(office: HeadOffice, set_id: str) -> tuple[str, bool]:
    """State of a set, and whether its body is kept."""
    with office.app.app_context(), reading() as connection:
        row = connection.execute(sa.select(change_set).where(change_set.c.id == set_id)).mappings().one()
    return row["state"], row["body"] is not None


def arrives(office: HeadOffice, customer: str) -> None:
    create = {"op": "create", "type": "customer", "record": customer, "customer": customer}
    office.write("north", {**create, "set": {"store_name": "At last"}})


def test_what_has_waited_for_three_days_is_shown_with_what_it_waits_for_and_not_before(
    office: HeadOffice, enrolled: Enrolled, chen: Person
) -> None:
    made, _, _ = a_visit_that_waits(office, enrolled("li"))

    assert made not in in_quarantine(chen) and chen.get(f"/quarantine/{made}").status_code == 404
    days_pass(office, made)

    assert made in in_quarantine(chen)
    page = shown(chen.page(f"/quarantine/{made}"))
    assert "Waits for Customer: never came to head office" in page and "Visit" in page
    assert Person(office.app, "wang").get(f"/quarantine/{made}").status_code == 404  # of another book


@pytest.mark.parametrize("gone", ["retired", "lost", "dismissed"])
def test_what_waits_of_a_device_that_brings_nothing_more_is_shown_at_once(
    office: HeadOffice, enrolled: Enrolled, chen: Person, gone: str
) -> None:
    login = f"{gone}-{uuid7()[-6:]}"
    office.user(login)
    book = office.book(login, maintainer=login, supervisor="chen")
    phone, visit = enrolled(login), uuid7()
    made = phone.save(book, phone.change("create", "visit", visit, uuid7(), book, set={**VISIT, "checked_in_at": 5}))
    phone.sync()

    with office.app.app_context():
        if gone == "dismissed":
            leaving.dismiss(office.users[login], office.users["chen"])
        else:
            enrolment.revoke(phone.device, gone, "test")

    assert made in in_quarantine(chen)


def test_a_waiting_set_that_is_discarded_is_final_for_its_device_and_is_not_carried_out_later(
    office: HeadOffice, enrolled: Enrolled, chen: Person
) -> None:
    li = enrolled("li")
    made, visit, customer = a_visit_that_waits(office, li)
    days_pass(office, made)

    chen.post(f"/quarantine/{made}/discard", {"reason": "There is no such shop."})
    arrives(office, customer)
    li.sync()

    assert li.verdict(made)["state"] == "refused"
    assert li.verdict(made)["changes"] == [{"n": 0, "state": "refused", "why": [{"field": "set", "code": "discarded"}]}]
    assert stored(office, visit) is None and told(office, made) == ("refused", True)
    assert "There is no such shop." in shown(chen.page(f"/quarantine/{made}")) and made not in in_quarantine(chen)


def test_a_waiting_set_is_taken_over_for_another_customer_and_not_carried_out_a_second_time(
    office: HeadOffice, enrolled: Enrolled, chen: Person
) -> None:
    li, code = enrolled("li"), uuid7()[-8:]
    shop = office.customer("north", "The shop that was meant", customer_code=code)
    made, visit, customer = a_visit_that_waits(office, li)
    days_pass(office, made)

    assert chen.post(f"/quarantine/{made}/adopt", {"1-customer": "no such code"}).status_code == 422
    chen.post(f"/quarantine/{made}/adopt", {"1-customer": ""})
    assert told(office, made) == ("waiting", True) and made in in_quarantine(
        chen
    )  # it would only wait under another name
    chen.post(f"/quarantine/{made}/adopt", {"1-customer": code})
    arrives(office, customer)
    li.sync()

    assert stored(office, visit)["customer"] == shop and stored(office, visit)["rev"] == 1
    assert li.verdict(made)["changes"][0]["why"] == [{"field": "set", "code": "taken-over"}]
    assert "Taken over" in shown(chen.page(f"/quarantine/{made}"))


def test_a_waiting_set_is_taken_over_without_the_link_to_what_never_came(
    office: HeadOffice, enrolled: Enrolled, chen: Person
) -> None:
    li, north = enrolled("li"), office.books["north"]
    shop, order = office.customer("north", "Corner Shop"), uuid7()
    lines = [{"product": uuid7(), "quantity": "2", "unit_price_minor": 100}]
    values = {"ordered_at": 5, "lines": lines, "visit": uuid7()}
    made = li.save(north, li.change("create", "order", order, shop, north, set=values))
    li.sync()
    assert li.verdict(made)["state"] == "waiting"
    days_pass(office, made)

    assert "Waits for Visit: never came" in shown(chen.page(f"/quarantine/{made}"))
    chen.post(f"/quarantine/{made}/adopt", {"1-visit": "left-out"})

    assert told(office, made)[0] == "refused"
    (proposal,) = proposals_of(office, order)
    assert '"visit"' not in proposal  # an order commits the company: who maintains the customer decides it


def proposals_of(office: HeadOffice, of: str) -> list[str]:
    table = typed_table("proposal")
    with office.app.app_context(), reading() as connection:
        return list(connection.scalars(sa.select(table.c.change).where(table.c.of == of)))


def test_what_it_waits_for_is_named_where_it_lies_put_aside_itself(
    office: HeadOffice, enrolled: Enrolled, chen: Person
) -> None:
    li, north, customer = enrolled("li"), office.books["north"], uuid7()
    values = {"store_name": "New Shop", "visit_cycle_days": -3}
    refused = li.save(north, li.change("create", "customer", customer, customer, north, set=values))
    made, visit, _ = a_visit_that_waits(office, li, customer)
    days_pass(office, made)

    assert f'href="/quarantine/{refused}"' in chen.page(f"/quarantine/{made}")
    chen.post(f"/quarantine/{refused}/adopt", {"1-visit_cycle_days": "3"})
    page = chen.page(f"/quarantine/{made}")

    assert "proposed, and not decided yet" in page and 'href="/inbox/' in page


def test_what_came_after_all_while_somebody_looked_is_not_done_twice(office: HeadOffice, enrolled: Enrolled) -> None:
    li = enrolled("li")
    made, visit, customer = a_visit_that_waits(office, li)
    days_pass(office, made)
    with office.app.app_context():
        reader, scope = by_id(office.users["chen"]), [office.books["north"]]
        assert isinstance(reader, User)
        found = put_aside.load(scope, made, reader.id, everything=False)
        assert found is not None
        arrives(office, customer)
        li.sync()
        assert li.verdict(made)["state"] == "applied"

        assert settling.adopt(reader, scope, found, {}).word in ("decided", "wrong")
        assert not settling.discard(reader, found, "too late")

    assert told(office, made)[0] == "applied" and stored(office, visit)["rev"] == 1


def test_two_who_take_the_same_over_make_one_record_of_it(office: HeadOffice, enrolled: Enrolled) -> None:
    """Both looked at it before either decided; what edits would otherwise be done twice."""
    li, north = enrolled("li"), office.books["north"]
    shop = office.customer("north", "Two look at it")
    made = li.save(
        north, li.change("edit", "customer", shop, shop, north, set={"visit_cycle_days": -3}, base="1-0c1d2e3f4a5b")
    )
    li.sync()
    with office.app.app_context():
        reader, scope = by_id(office.users["chen"]), [north]
        assert isinstance(reader, User)
        looked = [put_aside.load(scope, made, reader.id, everything=False) for _ in range(2)]
        words = [settling.adopt(reader, scope, found, {1: {"visit_cycle_days": 3}}).word for found in looked if found]

    assert words == ["proposed", "decided"] and len(proposals_of(office, shop)) == 1


def test_a_set_of_the_office_that_waits_for_long_is_shown_as_well(office: HeadOffice, chen: Person) -> None:
    with office.app.app_context():
        about = {
            "op": "create",
            "type": "visit",
            "record": uuid7(),
            "customer": uuid7(),
            "seat": "maintainer",
            "term": 1,
        }
        verdict = push.office_push(
            office.users["li"], office.books["north"], "work", [{**about, "set": {**VISIT, "checked_in_at": 5}}]
        )
    assert verdict["state"] == "waiting" and verdict["id"] not in in_quarantine(chen)

    days_pass(office, verdict["id"])

    assert verdict["id"] in in_quarantine(chen)


def test_what_a_dismissed_person_s_device_noted_of_a_reading_is_put_into_the_read_log_under_his_name(
    office: HeadOffice, enrolled: Enrolled
) -> None:
    login, head = f"reader-{uuid7()[-6:]}", f"head-{uuid7()[-6:]}"
    office.user(login)
    office.user(head, "department_manager")
    office.book(login, maintainer=login, supervisor="chen")
    shop, phone = office.customer("south", "Looked at"), enrolled(login)
    desk = next(book for book, entry in phone.scope.items() if entry["kind"] == "desk")
    opened = phone.clock_ms() - 60_000
    change = {"op": "create", "type": "reading", "record": uuid7(), "customer": None, "seat": "maintainer", "term": 0}
    values = {"of": shop, "grant": uuid7(), "opened_at": opened}
    made = phone.save(desk, {**change, "set": values}, made=f"{opened}-0")
    with office.app.app_context():
        leaving.dismiss(office.users[login], office.users["chen"])
    phone.sync()
    assert phone.verdict(made)["changes"][0]["why"] == [{"field": "set", "code": "quarantined"}]

    person = Person(office.app, head)
    assert made in in_quarantine(person) and "Put it into the read log" in shown(person.page(f"/quarantine/{made}"))
    for _ in range(2):  # twice: the second finds it settled
        person.post(f"/quarantine/{made}/adopt")

    with office.app.app_context():
        lines = [line for line in read_log.lines([office.books["south"]], user_id=office.users[login]) if line.read_at]
        assert read_log.first_broken() is None
    (line,) = lines
    assert (line.customer_id, line.mark, line.device) == (shop, read_log.NO_GRANT, "a phone")
    assert abs((line.read_at or 0) - opened) < 10_000  # by its clock, as the server last knew it
    assert made not in in_quarantine(person)


def test_nobody_puts_his_own_reading_into_the_log_or_takes_it_over(office: HeadOffice, enrolled: Enrolled) -> None:
    head = f"own-{uuid7()[-6:]}"
    office.user(head, "department_manager")
    phone = enrolled(head)
    desk = next(book for book, entry in phone.scope.items() if entry["kind"] == "desk")
    change = {"op": "create", "type": "reading", "record": uuid7(), "customer": None, "seat": "maintainer", "term": 0}
    made = phone.save(desk, {**change, "set": {"of": uuid7(), "grant": uuid7()}})  # without its instant: refused
    phone.sync()
    person = Person(office.app, head)

    assert made in in_quarantine(person) and "/adopt" not in person.page(f"/quarantine/{made}")
    person.post(f"/quarantine/{made}/adopt", {"1-opened_at": "2026-11-02T08:00"})

    assert made in in_quarantine(person)
    other = Person(office.app, office_head(office))
    assert other.post(f"/quarantine/{made}/adopt", {"1-opened_at": ""}).status_code == 422
    other.post(f"/quarantine/{made}/adopt", {"1-opened_at": "2026-11-02T08:00"})
    assert made not in in_quarantine(other)


def office_head(office: HeadOffice) -> str:
    login = f"other-{uuid7()[-6:]}"
    office.user(login, "department_manager")
    return login


def test_the_waiting_sets_of_gone_devices_are_still_tried_by_themselves(office: HeadOffice, enrolled: Enrolled) -> None:
    li = enrolled("li")
    made, visit, customer = a_visit_that_waits(office, li)
    with office.app.app_context():
        enrolment.revoke(li.device, "retired", "test")
        arrives(office, customer)
        waiting.retry_office()

    assert told(office, made)[0] == "applied" and stored(office, visit) is not None
