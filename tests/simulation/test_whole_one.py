"""Half of the device-days on the whole stack of a test run; `make reliability` and `make soak` go on."""

from __future__ import annotations

import pytest

from tests.simulation.fleets import device_days


@pytest.mark.timeout(1800)
def test_250_device_days_on_the_whole_stack_end_without_a_violation() -> None:
    found = device_days("whole", 1, 250)

    assert found.faults["photo_lost"], "photos have files on the whole stack"
