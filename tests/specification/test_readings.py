"""What a device notes of a granted copy that was read on it: a line of the read log, once, whoever says what (decision 17)."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from server.services import books, clock
from server.services.reading import lookups, on_devices, read_log
from server.storage.database import reading, writing
from server.storage.people_tables import lookup
from tests.head_office import HeadOffice
from tests.specification.pocket import Desk, Pocket, stored

HOUR = 3_600_000


@pytest.fixture
def shop(office: HeadOffice) -> str:
    """A customer of the north."""
    return office.customer("north", "Shop", customer_code="N-1")


@pytest.fixture
def wang(office: HeadOffice, desk: Desk) -> Pocket:
    books.desk(office.users["wang"])
    return desk.pocket("wang")


@pytest.fixture
def granted(office: HeadOffice, wang: Pocket, shop: str) -> str:
    """A lookup of the shop that Wang was granted. Returns: its id."""
    if "zhao" not in office.users:
        office.user("zhao", "department_manager")
    asked = lookups.ask(wang.user, shop, "Same owner opens in my round")
    lookups.grant(asked, office.users["zhao"], set(office.books.values()), days=2, wanted=["basic"])
    return asked


def noted(who: Pocket, customer: str, copy: str, **members: Any) -> dict[str, Any]:
    """A reading, as an app makes it."""
    values = {"of": customer, "grant": copy, "opened_at": clock.now_ms()}
    return who.change("create", "reading", clock.new_id(), None, set=values, term=0, **members)


def lines_about(office: HeadOffice, customer: str) -> list[read_log.Line]:
    scope = set(office.books.values())
    return [one for one in read_log.lines(scope, customer=customer) if one.what == on_devices.WHAT]


def test_a_reading_is_one_line_of_the_log_however_often_it_is_sent(
    office: HeadOffice, desk: Desk, wang: Pocket, shop: str, granted: str
) -> None:
    wire = wang.set(noted(wang, shop, on_devices.copy_id(granted)), book=books.desk(wang.user))

    first = wang.send(wire)
    again = wang.send(wire, seq=wang.seq)

    assert (first["state"], first["at"], again.get("repeat")) == ("applied", {}, True)
    (line,) = lines_about(office, shop)
    assert (line.via, line.mark, line.customer) == (granted, "", "Shop") and line.read_at is not None
    assert read_log.first_broken() is None
    desk.verify(books.desk(wang.user))
    assert [one for one in desk.notices("wang") if "outcome" in one] == [], "nobody is told what he did himself"


def test_many_readings_of_one_request_are_as_many_lines(
    office: HeadOffice, wang: Pocket, shop: str, granted: str
) -> None:
    from server.services import push_together

    copy, home = on_devices.copy_id(granted), books.desk(wang.user)
    sets = [(n, wang.set(noted(wang, shop, copy), book=home)) for n in range(1, 4)]
    (group,) = push_together.groups(wang.sender, sets)

    told = push_together.push_together(wang.sender, group)

    assert [(one["state"], one["at"]) for one in told] == [("applied", {})] * 3
    assert len(lines_about(office, shop)) == 3 and read_log.first_broken() is None


@pytest.mark.parametrize(
    ("values", "mark"),
    [
        ({"until": clock.now_ms() - HOUR, "decided_at": clock.now_ms() - 2 * HOUR}, read_log.AFTER),
        ({"ended_at": clock.now_ms() - HOUR, "decided_at": clock.now_ms() - 2 * HOUR}, read_log.AFTER),
        ({"decided_at": clock.now_ms() + 240 * HOUR}, read_log.BEFORE),
    ],
)
def test_a_reading_outside_the_time_of_its_grant_is_logged_and_marked(
    office: HeadOffice, wang: Pocket, shop: str, granted: str, values: dict[str, int], mark: str
) -> None:
    with writing() as connection:
        connection.execute(sa.update(lookup).where(lookup.c.id == granted).values(**values))

    told = wang.push(noted(wang, shop, on_devices.copy_id(granted)), book=books.desk(wang.user))

    assert told["state"] == "applied"
    assert [line.mark for line in lines_about(office, shop)] == [mark]


def test_a_reading_without_a_grant_is_logged_and_marked(
    office: HeadOffice, desk: Desk, wang: Pocket, shop: str, granted: str
) -> None:
    """Another's grant, one of another customer, and none at all."""
    other, li = office.customer("north", "Other"), desk.pocket("li")
    home = books.desk(li.user)
    copy = on_devices.copy_id(granted)

    told = [
        li.push(noted(li, shop, copy), book=home),
        wang.push(noted(wang, other, copy), book=books.desk(wang.user)),
        wang.push(noted(wang, shop, clock.new_id()), book=books.desk(wang.user)),
    ]

    assert [one["state"] for one in told] == ["applied"] * 3
    assert [line.mark for line in lines_about(office, shop)] == [read_log.NO_GRANT] * 2
    assert [line.mark for line in lines_about(office, other)] == [read_log.NO_GRANT]


@pytest.mark.parametrize("op", ["edit", "remove", "restore"])
def test_what_was_noted_can_be_neither_changed_nor_taken_back(wang: Pocket, shop: str, granted: str, op: str) -> None:
    made, home = noted(wang, shop, on_devices.copy_id(granted)), books.desk(wang.user)
    wang.push(made, book=home)
    before = stored(made["record"])
    values = {"set": {"opened_at": 1}} if op != "remove" else {}

    told = wang.push(wang.change(op, "reading", made["record"], None, term=0, **values), book=home)

    assert told["changes"][0]["why"] == [{"field": "record", "code": "not-holder"}]
    assert stored(made["record"]) == before


def test_nobody_notes_on_the_desk_of_another_or_in_a_round(
    office: HeadOffice, desk: Desk, wang: Pocket, shop: str, granted: str
) -> None:
    copy = on_devices.copy_id(granted)

    elsewhere = wang.push(noted(wang, shop, copy), book=books.desk(office.users["li"]))
    in_a_round = wang.push(noted(wang, shop, copy), book="south")
    below_him = wang.push({**noted(wang, shop, copy), "customer": shop}, book=books.desk(wang.user))

    assert [one["changes"][0]["why"][0]["code"] for one in (elsewhere, in_a_round, below_him)] == [
        "not-holder",
        "book.other-kind",
        "customer.none-here",
    ]
    assert lines_about(office, shop) == []


def test_a_reading_noted_on_a_desk_that_a_restore_took_away_comes_to_the_desk_of_now(
    office: HeadOffice, wang: Pocket, shop: str, granted: str
) -> None:
    made = noted(wang, shop, on_devices.copy_id(granted))

    told = wang.push(made, book=clock.new_id())

    assert told["state"] == "applied" and len(lines_about(office, shop)) == 1
    with reading() as connection:
        assert books.desk_of(connection, wang.user) == stored(made["record"])["book_id"]


def test_a_line_whose_device_or_mark_was_changed_shows(
    office: HeadOffice, wang: Pocket, shop: str, granted: str
) -> None:
    wang.push(noted(wang, shop, clock.new_id()), book=books.desk(wang.user))
    (line,) = lines_about(office, shop)
    table = read_log.read_log
    for spoilt in ({"mark": ""}, {"read_at": 1}, {"device_id": None, "read_at": None, "mark": ""}):
        with writing() as connection:
            whole = dict(connection.execute(sa.select(table).where(table.c.id == line.id)).mappings().one())
            connection.execute(sa.update(table).where(table.c.id == line.id).values(**spoilt))
        assert read_log.first_broken() == line.id
        with writing() as connection:
            connection.execute(sa.update(table).where(table.c.id == line.id).values(**{n: whole[n] for n in spoilt}))
    assert read_log.first_broken() is None
