"""A server whose database was put back notices by itself, tells devices to wait, and says so to people (R36)."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from server.services import clock, enrolment, parts, restoring, users
from server.services.recovery import alarms, witness
from sync_protocol.problems import Problem
from tests.head_office import HeadOffice
from tests.recovery.copies import Copies
from tests.recovery.test_lost_history import on_both_engines
from tests.wire.stranger import Stranger


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    real, ahead = clock.now_ms, [0]
    monkeypatch.setattr(clock, "now_ms", lambda: real() + ahead[0])

    def forward(ms: int) -> None:
        ahead[0] += ms

    return forward


def enrolled(office: HeadOffice, login: str = "li") -> Stranger:
    device = Stranger(office.invitation(login))
    assert device.enrol().status == 200
    device.sync()
    return device


def kinds(office: HeadOffice) -> list[str]:
    with office.app.app_context():
        return [alarm.kind for alarm in alarms.alarms()]


@on_both_engines
def test_r36_a_database_that_is_behind_its_witness_serves_nobody_until_a_new_life_begins(
    office: HeadOffice, copies: Copies, later: Callable[[int], None], caplog: pytest.LogCaptureFixture
) -> None:
    li = enrolled(office)
    newcomer = Stranger(office.invitation("wang"))
    copies.take()
    office.customer("north", "Corner Shop")
    with office.app.app_context():
        assert witness.write() is not None
    assert li.sync().status == 200

    copies.put_back()
    later(witness.CHECKED_FOR_MS)
    with caplog.at_level(logging.ERROR, "roundbook.alarm"):
        answers = [li.round_trip(), newcomer.enrol()]
        with office.app.app_context():
            noted = witness.write()

    assert [(a.status, a.problem) for a in answers] == [(503, "behind")] * 2
    assert answers[0].signed and noted is None
    assert kinds(office) == [alarms.BEHIND]
    assert [r.message for r in caplog.records if "behind" in r.message]

    with office.app.app_context():
        restoring.after_restore("backup of yesterday")

    assert kinds(office) == []
    assert newcomer.enrol().status == 200
    assert li.round_trip().problem == "epoch-changed"


def test_r36_a_standby_that_is_not_behind_serves_at_once(office: HeadOffice, later: Callable[[int], None]) -> None:
    li = enrolled(office)
    with office.app.app_context():
        witness.write()
    office.customer("north", "Since Then")
    later(witness.CHECKED_FOR_MS)

    assert li.sync().status == 200
    assert kinds(office) == []


def test_r36_a_backup_that_is_put_back_twice_can_be_served_twice(office: HeadOffice, copies: Copies) -> None:
    copies.take()
    with office.app.app_context():
        restoring.after_restore("the first time")
    office.customer("north", "Served")
    with office.app.app_context():
        first = witness.write()

    copies.put_back()
    with office.app.app_context():
        witness.look_again()
        with pytest.raises(Problem, match="behind"):
            witness.refuse_if_behind()
        restoring.after_restore("the second time")
        witness.refuse_if_behind()
        second = witness.stored()

    assert first is not None and second is not None
    assert second.number > first.number


def test_r36_a_witness_that_cannot_be_read_is_written_anew(office: HeadOffice) -> None:
    with office.app.app_context():
        parts.objects().put(witness.KEY, [b"not a note"])
        assert witness.stored() is None
        witness.refuse_if_behind()
        assert witness.write() == witness.stored()


@on_both_engines
def test_r36_history_that_a_device_proves_lost_is_an_alarm_and_revocations_hold_all_the_same(
    office: HeadOffice, copies: Copies
) -> None:
    li, stolen = enrolled(office), enrolled(office, "wang")
    copies.take()
    office.customer("north", "Corner Shop")
    li.sync()
    with office.app.app_context():
        enrolment.revoke(stolen.device, "lost", users.SYSTEM)
    assert stolen.round_trip().problem == "device-lost"

    copies.put_back()
    assert li.round_trip().problem == "epoch-changed"

    assert kinds(office) == [alarms.HISTORY_LOST]
    assert stolen.round_trip().problem == "device-lost"
    with office.app.app_context():
        assert alarms.acknowledge(alarms.HISTORY_LOST, "", office.users["chen"])
    assert kinds(office) == []


def test_r40_a_copied_device_is_an_alarm_that_names_it_once(office: HeadOffice) -> None:
    li = enrolled(office)
    north, shop = office.books["north"], office.customer("north", "Corner Shop")
    li.sync()
    for name in ("one", "two"):
        li.save(north, li.change("edit", "customer", shop, shop, north, set={"contact_person": name}))
        li.sync()

    for _ in range(2):
        assert li.round_trip(last_seq=1).problem == "device-forked"

    with office.app.app_context():
        found = alarms.alarms()
        assert [(a.kind, a.subject) for a in found] == [(alarms.COPIED, li.device)]
        assert found[0].about.startswith("Li")
        assert alarms.acknowledge(alarms.COPIED, li.device, office.users["chen"])
        assert not alarms.acknowledge(alarms.COPIED, li.device, office.users["chen"])
        assert alarms.alarms() == []
