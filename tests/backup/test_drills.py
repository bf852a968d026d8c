"""A few of what `make drill` does in full: restores on and across both engines, and a fleet ahead of the archive (T16)."""

from __future__ import annotations

from pathlib import Path

import pytest

from field_app.store.journal import Journal
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


def test_the_drill_counts_a_change_that_was_acknowledged_and_is_truly_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer_again, devices = Journal.offer_again, list[Journal]()

    def forgetful(self: Journal, forks: dict[str, int]) -> int:
        if not devices:
            newest = self._database.value("SELECT max(seq) FROM change_set WHERE state = 'settled'")
            self._database.run("DELETE FROM change_set WHERE seq = ?", (newest,))
        devices.append(self)
        return offer_again(self, forks)

    monkeypatch.setattr(Journal, "offer_again", forgetful)

    result = fleet.run(tmp_path, 2)

    assert (result.lost, result.doubled) == (1, 0)
