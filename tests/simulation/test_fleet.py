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
from roundbook.simulation.plan import Plan
from roundbook.simulation.running import Result, run

ROOT = Path(__file__).parents[2]
FINDINGS = json.loads((Path(__file__).parent / "findings.json").read_text())


def roundbook(*arguments: str) -> tuple[int, dict[str, Any], str]:
    """A command in a process of its own: its exit code, the JSON of its last line, and what it said."""
    done = subprocess.run([sys.executable, "-m", "roundbook", *arguments], capture_output=True, text=True)
    assert done.stdout.strip(), done.stderr
    return done.returncode, json.loads(done.stdout.strip().splitlines()[-1]), done.stderr


def test_a_run_is_one_json_line_and_the_same_on_one_core_and_on_two() -> None:
    asked = ("simulate", "--stack", "pure", "--seed", "40", "--devices", "3", "--days", "2", "--runs", "3")

    code, one, said = roundbook(*asked, "--processes", "1")
    _, two, _ = roundbook(*asked, "--processes", "2")

    assert (code, one["violations"], one["runs"]) == (0, 0, 3), said
    assert {"device_days", "changes", "faults", "state_hash", "device_days_per_minute"} <= one.keys()
    assert (one["state_hash"], one["faults"]) == (two["state_hash"], two["faults"])


@pytest.mark.parametrize("finding", FINDINGS, ids=lambda one: str(one["found"])[:40])
def test_what_the_fleet_once_found_has_a_test_and_where_one_can_be_made_a_break(finding: dict[str, str]) -> None:
    path, _, name = finding["test"].partition("::")

    assert f"def {name}(" in (ROOT / path).read_text()
    assert finding["break"] is None or finding["break"] in BREAKS


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
    code, found, _ = roundbook(
        "mutants", "forget-the-purge", "skip-the-seen-rule", "set-instead-of-add", "propose-late-facts"
    )

    assert (code, found["breaks"], found["found"]) == (0, 4, 4)
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


def test_a_soak_of_seeds_far_away_leaves_those_between_to_be_run(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.md"
    add_to(ledger, "pure", 1, Result(device_days=10, runs=7), 60)
    add_to(ledger, "pure", 900_001, Result(device_days=10, runs=4), 60)

    assert next_seed(ledger, "pure") == 8
    assert next_seed(ledger, "pure", least=900_001) == 900_005
