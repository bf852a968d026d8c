"""Many fleets of many shapes: as many device-days as asked for, or as many hours; and the ledger that a soak keeps."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from roundbook.simulation import chance
from roundbook.simulation.faults import palette_of
from roundbook.simulation.plan import Plan
from roundbook.simulation.running import Result, run_many

LEDGER = Path(__file__).parents[2] / "docs" / "soak-ledger.md"
SLICE_S = 20 * 60
PURE_SHARE = 0.75
LARGEST = {"pure": 250, "whole": 60}  # device-days of one run, so that a run ends within minutes

OnResult = Callable[[Plan, Result], None]


def shape_of(stack: str, seed: int) -> tuple[int, int]:
    """Devices and days of a run: mostly a few over a week, now and then many on one day, or two for a season."""
    rng, most = chance.stream("shape", stack, seed), LARGEST[stack]
    kind = rng.random()
    if kind < 0.06:
        return rng.randrange(min(40, most), min(200, most) + 1), 1
    if kind < 0.12:
        return 2, rng.randrange(min(20, most // 2), min(90, most // 2) + 1)
    devices = rng.randrange(3, 13 if stack == "pure" else 8)
    return devices, max(1, min(rng.randrange(5, 17), most // devices))


def plans_from(stack: str, seed: int, database: str | None = None) -> Iterator[Plan]:
    """Plans without end, each with the next seed."""
    for number in itertools.count(seed):
        yield Plan(stack, number, *shape_of(stack, number), database)


def run_until(plans: Iterator[Plan], processes: int, enough: Callable[[Result], bool], on_result: OnResult) -> Result:
    """Run plans in order until it is enough; what was begun beyond that is given up."""
    total = Result()
    for plan, result in run_many(plans, processes):
        total.add(result)
        on_result(plan, result)
        if enough(total):
            break
    return total


def too_seldom(stack: str, faults: Counter[str], least: int) -> list[str]:
    """Faults of a stack's palette that changed what happened fewer times than that."""
    return [name for name in palette_of(stack) if faults[name] < least]


def soak(hours: float, processes: int, ledger: Path, on_result: OnResult, least_seed: int = 1) -> Result:
    """Go on from the first unused seed of each stack, not below `least_seed`, until the time is up; every slice is a line of the ledger."""
    end, total = time.monotonic() + hours * 3600, Result()
    for stack in itertools.cycle(("pure", "pure", "pure", "whole")):
        left = end - time.monotonic()
        if left <= 0:
            return total
        until, seed = time.monotonic() + min(left, SLICE_S / 4), next_seed(ledger, stack, least_seed)
        began = time.monotonic()
        found = run_until(plans_from(stack, seed), processes, _until(until), on_result)
        add_to(ledger, stack, seed, found, time.monotonic() - began)
        total.add(found)
    raise AssertionError("a cycle has no end")


def _until(when: float) -> Callable[[Result], bool]:
    return lambda found: time.monotonic() >= when


def next_seed(ledger: Path, stack: str, least: int = 1) -> int:
    """The first seed from `least` on that no line of the ledger has used."""
    used: set[int] = set()
    for line in ledger.read_text().splitlines() if ledger.exists() else ():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) > 3 and cells[1] == stack:
            first, _, last = cells[2].partition("–")
            used.update(range(int(first), int(last or first) + 1))
    return next(seed for seed in itertools.count(least) if seed not in used)


def add_to(ledger: Path, stack: str, seed: int, found: Result, seconds: float) -> None:
    """One line: when, what, which seeds, how much, and what was wrong."""
    seldom = min(found.faults.values(), default=0)
    cells = [
        datetime.now(UTC).strftime("%Y-%m-%d %H:%M"), stack, f"{seed}–{seed + found.runs - 1}", str(found.device_days),
        str(found.changes), str(sum(found.faults.values())), f"{len(found.faults)} of {len(palette_of(stack))}, least {seldom}",
        str(round(found.device_days * 60 / max(seconds, 1))), str(len(found.violations)),
    ]  # fmt: skip
    with ledger.open("a") as file:
        file.write("| " + " | ".join(cells) + " |\n")
