"""`roundbook mutants`: each deliberate break of the product must be found by the simulation."""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import time
from typing import Any

import click

from roundbook.simulation.breaks import BREAKS
from roundbook.simulation.plan import Plan
from roundbook.simulation.running import run_safely

DEVICE_DAYS = {"pure": 1500, "whole": 300}
SHAPES = {"pure": (6, 8), "whole": (5, 5)}


@click.command()
@click.argument("names", nargs=-1)
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of the first run of each.")
@click.option("--processes", type=int, default=0, help="How many at once; 0: as many as there are cores.")
def command(names: tuple[str, ...], seed: int, processes: int) -> None:
    """Apply the breaks NAMES, or all of them, one at a time, and simulate until one is found.

    Prints a table, and as last line one JSON object with `breaks` and `found`; the exit code is 1 if one was not found.
    """
    if unknown := sorted(set(names) - BREAKS.keys()):
        raise click.UsageError(f"no such break: {', '.join(unknown)}; there are {', '.join(BREAKS)}")
    chosen = [(name, seed) for name in names or BREAKS]
    missed = []
    with multiprocessing.get_context("spawn").Pool(processes or os.cpu_count(), maxtasksperchild=1) as pool:
        for found in pool.imap(look_for, chosen, chunksize=1):
            one = BREAKS[found["name"]]
            state = "found" if found["violation"] else "MISSED"
            numbers = f"{found['device_days']:5} device-days {found['seconds']:6.0f} s"
            click.echo(f"{one.name:38} {one.stack:6} {state:7} {numbers}  {found['violation'][:110]}")
            missed += [] if found["violation"] else [one.name]
    click.echo(json.dumps({"breaks": len(chosen), "found": len(chosen) - len(missed), "missed": missed}))
    if missed:
        sys.exit(1)


def look_for(task: tuple[str, int]) -> dict[str, Any]:
    """Apply one break in this process, and simulate until something is violated or enough was looked at."""
    name, seed = task
    one, began = BREAKS[name], time.monotonic()
    devices, days = SHAPES[one.stack]
    if one.stack == "whole":
        import roundbook.simulation.whole_server  # noqa: F401  # what is to be broken must be loaded
    one.apply()
    looked_at, violation = 0, ""
    while looked_at < DEVICE_DAYS[one.stack] and not violation:
        result = run_safely(Plan(one.stack, seed, devices, days))
        looked_at += max(result.device_days, devices * days // 2)
        violation = result.violations[0].splitlines()[-1] if result.violations else ""
        seed += 1
    return {"name": name, "device_days": looked_at, "violation": violation, "seconds": time.monotonic() - began}
