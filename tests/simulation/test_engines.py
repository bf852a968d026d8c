"""One seed on SQLite and on PostgreSQL: the same verdicts, the same logs, the same phones (T11). More: ROUNDBOOK_ENGINE_SEEDS=40."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from roundbook.simulation.checkers import check_everything
from roundbook.simulation.disks import OnDisk, stores_are
from roundbook.simulation.events import Events
from roundbook.simulation.fleet import Fleet
from roundbook.simulation.plan import Plan
from roundbook.simulation.running import run, stop_faults
from roundbook.simulation.tally import tallies
from tests.postgres import serving_postgres

FIRST_SEED = 301
SEEDS = int(os.environ.get("ROUNDBOOK_ENGINE_SEEDS", "3"))


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with serving_postgres() as server:
        yield server.database("fleet")


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + SEEDS))
def test_the_same_seed_comes_to_the_same_state_on_sqlite_and_on_postgresql(seed: int, database: str) -> None:
    embedded = run(Plan("whole", seed, 3, 3))

    served = run(Plan("whole", seed, 3, 3, database))

    assert embedded.violations == served.violations == []
    assert embedded.state_hash == served.state_hash
    assert embedded.faults == served.faults


@pytest.mark.timeout(600)
def test_postgresql_put_back_to_a_copy_under_a_live_fleet_gets_back_all_that_it_had_acknowledged(database: str) -> None:
    with tallies(), stores_are(OnDisk):
        fleet = Fleet(Plan("whole", 3, 2, 1, database))
        try:
            fleet.set_up()
            events, phone = Events(fleet), fleet.phones[0]
            events.back_up()
            for _ in range(4):
                fleet.act(phone)
            fleet.sync(phone)
            acknowledged = list(phone.saved)
            assert acknowledged and phone.device.outbox.in_state("ready") == []
            lost = fleet.office.snapshot().sets

            events.due = fleet.now
            events.restore_when_due()
            assert not set(acknowledged) & fleet.office.snapshot().sets.keys()
            stop_faults(fleet, events)
            check_everything(fleet)

            assert fleet.watcher.violations == []
            assert set(acknowledged) <= fleet.office.snapshot().sets.keys() & lost.keys()
        finally:
            fleet.close()
