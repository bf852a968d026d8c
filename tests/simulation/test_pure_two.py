"""A quarter of the device-days in memory of a test run; `make reliability` and `make soak` go on."""

from __future__ import annotations

import pytest

from roundbook.simulation.faults import PALETTE
from tests.simulation.fleets import device_days


@pytest.mark.timeout(1800)
def test_2500_device_days_in_memory_end_without_a_violation_and_meet_every_fault() -> None:
    found = device_days("pure", 10001, 2500)

    assert set(PALETTE) == set(found.faults), "a fault that never changed anything tests nothing"
