"""The fleet in a box: its own promises, and a first dose of what `make reliability` does at length (docs/simulation.md)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from roundbook.commands.simulate import replay
from roundbook.simulation.breaks import BREAKS
from roundbook.simulation.campaign import add_to, next_seed, shape_of
from roundbook.simulation.faults import PALETTE
from roundbook.simulation.plan import Plan
from roundbook.simulation.running import Result, run

SEEDS = sorted((Path(__file__).parent / "seeds").glob("*.json"))
PURE_DEVICE_DAYS, WHOLE_DEVICE_DAYS = 1000, 40


def roundbook(*arguments: str) -> tuple[int, dict[str, Any], str]:
    """A command in a process of its own: its exit code, the JSON of its last line, and what it said."""
    done = subprocess.run([sys.executable, "-m", "roundbook", *arguments], capture_output=True, text=True)
    assert done.stdout.strip(), done.stderr
    return done.returncode, json.loads(done.stdout.strip().splitlines()[-1]), done.stderr


@pytest.mark.timeout(600)
def test_device_days_in_memory_end_without_a_violation() -> None:
    code, found, said = roundbook("simulate", "--stack", "pure", "--seed", "1", "--at-least", str(PURE_DEVICE_DAYS))

    assert (code, found["violations"]) == (0, 0), said
    assert found["device_days"] >= PURE_DEVICE_DAYS
    assert found["changes"] >= 24 * found["device_days"]
    assert set(PALETTE) == set(found["faults"]), "a fault that never changed anything tests nothing"


@pytest.mark.timeout(600)
def test_device_days_on_the_whole_stack_end_without_a_violation() -> None:
    code, found, said = roundbook("simulate", "--stack", "whole", "--seed", "1", "--at-least", str(WHOLE_DEVICE_DAYS))

    assert (code, found["violations"]) == (0, 0), said
    assert found["device_days"] >= WHOLE_DEVICE_DAYS


@pytest.mark.parametrize("kept", SEEDS, ids=lambda path: path.stem)
def test_a_seed_that_once_found_something_finds_nothing(kept: Path) -> None:
    plan = json.loads(kept.read_text())

    found = run(Plan(plan["stack"], plan["seed"], plan["devices"], plan["days"]))

    assert found.violations == []


@pytest.mark.parametrize("stack", ["pure", "whole"])
def test_the_same_seed_comes_to_the_same_state(stack: str) -> None:
    plan = Plan(stack, 77, 3, 2)

    one, other = run(plan), run(plan)

    assert one.state_hash == other.state_hash
    assert one.faults == other.faults
    assert run(Plan(stack, 78, 3, 2)).state_hash != one.state_hash


def test_a_fleet_without_faults_has_none() -> None:
    found = run(Plan("pure", 5, 4, 3, faults=False))

    assert found.violations == []
    assert (
        found.device_days + found.uncounted["without a round"] == 12
    )  # who lent his only round has nothing to work on
    assert set(found.uncounted) <= {"without a round"}
    assert set(found.faults) <= {"hand_over", "moved", "stand_in_returned"}


@pytest.mark.timeout(600)
def test_a_break_is_found_and_its_replay_is_printed() -> None:
    code, found, _ = roundbook("mutants", "forget-the-purge", "skip-the-seen-rule", "set-instead-of-add")

    assert (code, found["breaks"], found["found"]) == (0, 3, 3)
    assert replay(Plan("pure", 9, 5, 8)) == "roundbook simulate --stack pure --seed 9 --devices 5 --days 8 --runs 1"


def test_there_are_at_least_fifteen_breaks_and_each_says_what_it_breaks() -> None:
    assert len(BREAKS) >= 15
    assert all(one.what for one in BREAKS.values())


def test_fleets_have_2_to_200_devices_and_1_to_90_days() -> None:
    shapes = [shape_of("pure", seed) for seed in range(500)]

    assert {2 <= devices <= 200 and 1 <= days <= 90 for devices, days in shapes} == {True}
    assert max(devices for devices, _ in shapes) > 150
    assert max(days for _, days in shapes) > 60


def test_a_soak_goes_on_from_the_last_unused_seed(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.md"
    ledger.write_text("| when | stack | seeds |\n|---|---|---|\n")
    assert next_seed(ledger, "pure") == 1

    add_to(ledger, "pure", 1, Result(device_days=10, runs=7), 60)
    add_to(ledger, "whole", 1, Result(device_days=10, runs=2), 60)

    assert next_seed(ledger, "pure") == 8
    assert next_seed(ledger, "whole") == 3
