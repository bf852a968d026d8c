"""One seed on SQLite and on PostgreSQL: the same verdicts, the same logs, the same phones (T11). More: ROUNDBOOK_ENGINE_SEEDS=40."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from roundbook.simulation.plan import Plan
from roundbook.simulation.running import run
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
