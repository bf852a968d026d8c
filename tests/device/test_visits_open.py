"""Which visit is in progress: known at once however many there were, and found on another device of the same user."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from field_app.device import Device
from field_app.services import reading, visits
from field_app.sync.client import sync_once
from tests.device.scripted import HOLD, NORTH, ScriptedServer, a_record, enrolled, record_id


@pytest.fixture
def device(tmp_path: Path) -> Iterator[Device]:
    """A device that holds one customer, and a server that answers nothing more."""
    server = ScriptedServer()
    server.answer = lambda request: {
        "scope": {NORTH: HOLD},
        "scope_tag": "1",
        "records": [a_record(1)],
        "cursors": {NORTH: "1.0.0"},
    }
    found = enrolled(tmp_path, server)
    assert sync_once(found, server).error is None
    yield found
    found.close()


def test_the_open_visit_is_the_one_that_was_begun_until_it_is_ended(device: Device) -> None:
    assert visits.open_visit(device) is None
    first = visits.check_in(device, record_id(1))
    found = visits.open_visit(device)
    assert found is not None and found.id == first

    visits.check_out(device, first, {"need_found": "n", "service_given": "s"})

    assert visits.open_visit(device) is None
    second = visits.check_in(device, record_id(1))
    found = visits.open_visit(device)
    assert found is not None and found.id == second


def test_a_visit_that_a_release_before_this_one_began_is_found(device: Device) -> None:
    begun = visits.check_in(device, record_id(1))
    device.settings.set("open_visit", None)

    found = visits.open_visit(device)

    assert found is not None and found.id == begun


def test_a_visit_whose_set_was_given_up_is_not_open(device: Device) -> None:
    begun = visits.check_in(device, record_id(1))
    (saved,) = device.outbox.touching([begun])[begun]
    device.outbox.settle([{"id": saved.id, "state": "refused", "changes": []}], device.clock_ms())
    device.outbox.discard(saved.id)

    assert visits.open_visit(device) is None


def test_saving_a_visit_does_not_take_longer_with_each_visit_before_it(device: Device) -> None:
    def took(number: int) -> float:
        began = time.process_time()
        for _ in range(number):
            visit = visits.check_in(device, record_id(1))
            visits.check_out(device, visit, {"need_found": "n", "service_given": "s"})
        return time.process_time() - began

    took(5)
    few = took(20)
    took(120)
    many = took(20)

    assert many < few * 3, (few, many)
    assert len(reading.recent(device, "visit", 1000)) == 165
