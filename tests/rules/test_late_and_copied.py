"""R40: a request that the network delivers late, or once more, is refused and alarms nobody; a copy of the device does."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from server.services import clock
from server.services.recovery import alarms
from server.storage.database import reading
from server.storage.tables import change_set
from tests.head_office import HeadOffice
from tests.rules.conftest import Enrolled
from tests.seats.phone import Phone
from tests.wire.stranger import Answer

HOUR_MS = 3_600_000
SKEWS = pytest.mark.parametrize("skew_ms", [0, 2 * HOUR_MS, -2 * HOUR_MS], ids=["right", "fast", "slow"])


@pytest.fixture
def hours(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Hours that have passed, for everybody: the last element."""
    passed, real = [0], clock.now_ms
    monkeypatch.setattr(clock, "now_ms", lambda: real() + passed[-1] * HOUR_MS)
    return passed


@pytest.fixture
def li(enrolled: Enrolled, hours: list[int]) -> Callable[[int], Phone]:
    """A phone of Li whose clock is wrong by so much."""

    def make(skew_ms: int) -> Phone:
        found = enrolled("li")
        found.clock_ms = lambda: clock.now_ms() + skew_ms
        found.sync()
        return found

    return make


def delivered(phone: Phone, request: dict[str, Any]) -> Answer:
    """These very bytes under this very signature, whenever that is."""
    before, phone.clock_ms = phone.clock_ms, lambda: request["sent"]
    try:
        return phone.call("POST", "/sync/1", json.dumps(request).encode(), Content_Type="application/json")
    finally:
        phone.clock_ms = before


def visits(office: HeadOffice, phone: Phone, shop: str) -> None:
    """Two sets that simply apply: they are written together."""
    for _ in range(2):
        phone.save(office.books["north"], phone.visit(shop, office.books["north"])[1])


def work(office: HeadOffice, phone: Phone, shop: str) -> str:
    north = office.books["north"]
    return phone.save(north, phone.change("edit", "customer", shop, shop, north, set={"contact_person": "Ann"}))


def alarmed(office: HeadOffice, phone: Phone) -> bool:
    with office.app.app_context():
        return phone.device in [alarm.subject for alarm in alarms.alarms() if alarm.kind == alarms.COPIED]


def sets_of(office: HeadOffice, phone: Phone) -> int:
    with office.app.app_context(), reading() as connection:
        of = sa.select(sa.func.count()).where(change_set.c.device_id == phone.device)
        return int(connection.scalar(of) or 0)


@SKEWS
def test_a_request_that_comes_once_more_hours_later_alarms_nobody(
    office: HeadOffice, li: Callable[[int], Phone], hours: list[int], skew_ms: int
) -> None:
    phone, shop = li(skew_ms), office.customer("north", "Corner Shop")
    phone.sync()
    work(office, phone, shop)
    old, nothing_to_do = phone.request(), phone.request(sets=[])
    assert delivered(phone, old).status == 200
    for _ in range(3):
        hours.append(hours[-1] + 2)
        work(office, phone, shop)
        phone.sync()
    before = sets_of(office, phone)

    for late in (old, nothing_to_do):
        assert delivered(phone, late).problem == "device-forked"

    assert not alarmed(office, phone) and sets_of(office, phone) == before
    assert phone.sync().status == 200  # whoever is not copied goes on


@SKEWS
def test_a_request_that_another_overtook_alarms_nobody(
    office: HeadOffice, li: Callable[[int], Phone], hours: list[int], skew_ms: int
) -> None:
    phone, shop = li(skew_ms), office.customer("north", "Corner Shop")
    phone.sync()
    overtaken = phone.request()
    hours.append(hours[-1] + 1)
    visits(office, phone, shop)
    phone.sync()

    assert delivered(phone, overtaken).problem == "device-forked"

    assert not alarmed(office, phone)


def test_one_that_was_overtaken_by_a_request_without_sets_alarms_nobody(
    office: HeadOffice, li: Callable[[int], Phone], hours: list[int]
) -> None:
    phone = li(0)
    overtaken = phone.request()
    hours.append(hours[-1] + 1)
    work(office, phone, office.customer("north", "Corner Shop"))
    assert phone.round_trip(sets=[]).status == 200  # its number was told, the set is still to come

    assert delivered(phone, overtaken).problem == "device-forked"

    assert not alarmed(office, phone)


@SKEWS
def test_a_copy_that_comes_after_the_other_went_on_is_an_alarm(
    office: HeadOffice, li: Callable[[int], Phone], hours: list[int], skew_ms: int
) -> None:
    phone, shop = li(skew_ms), office.customer("north", "Corner Shop")
    phone.sync()
    twin = copy.copy(phone)
    visits(office, phone, shop)
    phone.sync()
    hours.append(hours[-1] + 1)

    assert twin.round_trip().problem == "device-forked"

    assert alarmed(office, phone)


def test_a_copy_is_an_alarm_also_while_the_other_has_been_here_since(
    office: HeadOffice, li: Callable[[int], Phone], hours: list[int]
) -> None:
    phone, shop = li(0), office.customer("north", "Corner Shop")
    phone.sync()
    twin = copy.copy(phone)
    work(office, phone, shop)
    phone.sync()
    hours.append(hours[-1] + 1)
    of_the_copy = twin.request()
    hours.append(hours[-1] + 1)
    phone.sync()  # the newest that was seen is later than what the copy signed

    assert delivered(twin, of_the_copy).problem == "device-forked"

    assert alarmed(office, phone)


def test_a_copy_that_uses_a_number_for_work_of_its_own_is_an_alarm(
    office: HeadOffice, li: Callable[[int], Phone]
) -> None:
    phone, shop = li(0), office.customer("north", "Corner Shop")
    phone.sync()
    twin = copy.copy(phone)
    twin.outbox = []
    work(office, phone, shop)
    phone.sync()
    work(office, twin, shop)

    assert twin.round_trip().problem == "device-forked"

    assert alarmed(office, phone)
