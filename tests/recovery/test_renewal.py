"""A device that a restored server has forgotten shows its certificate, unless it was revoked (R41)."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa

from field_app.services import visits
from field_app.sync.client import sync_once
from field_app.sync.transport import HttpTransport
from server.services import control_journal, enrolment, users
from server.storage import tables
from server.storage.database import reading as server_reading
from tests.device.builders import sync
from tests.head_office import HeadOffice
from tests.recovery.conftest import Fleet
from tests.recovery.copies import Copies
from tests.recovery.test_lost_history import on_both_engines, set_states
from tests.wire.stranger import Answer, Stranger


def state_of(office: HeadOffice, device: str) -> str | None:
    with office.app.app_context(), server_reading() as connection:
        found: str | None = connection.scalar(sa.select(tables.device.c.state).where(tables.device.c.id == device))
        return found


def revoke(office: HeadOffice, device: str, state: str) -> None:
    with office.app.app_context():
        assert enrolment.revoke(device, state, users.SYSTEM)


@on_both_engines
def test_a_device_enrolled_after_the_backup_goes_on_as_if_nothing_had_been(
    office: HeadOffice, fleet: Fleet, copies: Copies
) -> None:
    """R41: with its certificate."""
    shop = office.customer("north", "Corner Shop")
    copies.take()
    li = fleet.enrol("li")
    visits.check_in(li, shop)
    sync(li)
    before, device = set_states(office), li.identity.device_id

    copies.put_back()
    visits.skip(li, shop, "closed")
    report = sync(li)

    assert report.error is None and report.sent == 2
    assert before.items() <= set_states(office).items()
    assert li.identity.device_id == device and state_of(office, device) == "active"


@on_both_engines
def test_a_device_reported_lost_after_the_backup_is_not_renewed_and_wipes(
    office: HeadOffice, fleet: Fleet, copies: Copies
) -> None:
    """R41: unless the control journal revoked it."""
    copies.take()
    li = fleet.enrol("li")
    revoke(office, li.identity.device_id, "lost")

    copies.put_back()
    transport = HttpTransport(office.url)
    report = sync_once(li, transport)
    transport.close()

    assert report.error == "device-lost" and li.is_wiped
    assert state_of(office, li.identity.device_id) == "lost", "what a copy of it still sends goes to quarantine"


def test_a_device_retired_after_the_backup_is_renewed_as_retired(
    office: HeadOffice, fleet: Fleet, copies: Copies
) -> None:
    shop = office.customer("north", "Corner Shop")
    copies.take()
    li = fleet.enrol("li")
    made = visits.check_in(li, shop)
    revoke(office, li.identity.device_id, "retired")

    copies.put_back()
    transport = HttpTransport(office.url)
    sync_once(li, transport)
    transport.close()

    assert made and "applied" in set_states(office).values()
    assert state_of(office, li.identity.device_id) == "retired"


def test_what_was_taken_back_is_not_revoked(office: HeadOffice, copies: Copies, fleet: Fleet) -> None:
    copies.take()
    li = fleet.enrol("li")
    revoke(office, li.identity.device_id, "lost")
    revoke(office, li.identity.device_id, "active")

    copies.put_back()

    assert sync(li).error is None


def test_the_journal_is_written_for_devices_that_there_are(office: HeadOffice) -> None:
    with office.app.app_context():
        assert not enrolment.revoke("018f0000-0000-7000-8000-0000000000aa", "lost", users.SYSTEM)
        assert control_journal.entries(control_journal.DEVICE) == []


# On the wire


def renewal(device: Stranger, **changed: Any) -> Answer:
    request = {
        "v": 1,
        "certificate": device.certificate,
        "certificate_signature": device.certificate_signature,
        "app": "stranger 1",
        "schema": 1,
        **changed,
    }
    return device.call("POST", "/renew/1", json.dumps(request).encode(), Content_Type="application/json")


@pytest.fixture
def device(office: HeadOffice) -> Stranger:
    found = Stranger(office.invitation("li"))
    answer = found.enrol().json
    found.certificate, found.certificate_signature = answer["certificate"], answer["certificate_signature"]
    return found


def test_a_known_device_gets_the_same_answer_and_stays_as_it_is(office: HeadOffice, device: Stranger) -> None:
    revoke(office, device.device, "retired")

    answer = renewal(device)

    assert answer.status == 200 and answer.signed
    assert answer.json["certificate"]["sign_key"] == device.certificate["sign_key"]
    assert state_of(office, device.device) == "retired"


@pytest.mark.parametrize("member", ["user", "sign_key", "issued_at"])
def test_a_certificate_that_was_changed_is_refused(office: HeadOffice, device: Stranger, member: str) -> None:
    other = Stranger(office.invitation("wang"))
    theirs = other.enrol().json["certificate"]

    answer = renewal(device, certificate={**device.certificate, member: theirs[member]})

    assert answer.problem == "signature-wrong"


def test_a_certificate_is_of_use_to_the_holder_of_its_key_only(office: HeadOffice, device: Stranger) -> None:
    thief = Stranger(office.invitation("wang"))
    thief.enrol()
    thief.device = device.device
    thief.certificate, thief.certificate_signature = device.certificate, device.certificate_signature

    assert renewal(thief).problem == "signature-wrong"


@pytest.mark.parametrize("changed", [{"certificate": {}}, {"certificate": 7}, {"colour": "red"}, {"schema": "1"}])
def test_a_renewal_of_another_form_is_refused(office: HeadOffice, device: Stranger, changed: dict[str, Any]) -> None:
    assert renewal(device, **changed).problem == "not-the-schema"
