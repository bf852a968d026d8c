"""A few of what `make drill` does in full: restores on and across both engines, and a fleet ahead of the archive (T16)."""

from __future__ import annotations

from pathlib import Path

from tests.drill import fleet, restores
from tests.postgres import Postgres


def test_restores_that_were_broken_off_end_equal_on_and_across_engines(tmp_path: Path, postgres: Postgres) -> None:
    result = restores.run(tmp_path, postgres, 3, seed=1)

    assert result.differences == [] and result.equal == result.drills == 3
    assert result.broken_off >= 2


def test_devices_ahead_of_the_archive_rejoin_and_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    result = fleet.run(tmp_path, 4)

    assert (result.lost, result.doubled) == (0, 0)
    assert result.acknowledged == 36 and result.after_the_segment == 12
