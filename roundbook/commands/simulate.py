"""`roundbook simulate`: a fleet of devices against a server, with faults, under one seed."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

import click

from roundbook.simulation.fleet import Plan
from roundbook.simulation.running import Result, run_many


@click.command()
@click.option("--stack", type=click.Choice(("pure", "whole")), default="pure", show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of the first run.")
@click.option("--devices", type=click.IntRange(2, 200), default=10, show_default=True)
@click.option("--days", type=click.IntRange(1, 90), default=5, show_default=True)
@click.option("--runs", type=click.IntRange(1), default=1, show_default=True, help="How many, each with the next seed.")
@click.option("--database", help="PostgreSQL for the whole stack; the database is emptied.")
@click.option("--processes", type=int, default=0, help="How many at once; 0: as many as there are cores.")
@click.option("--without-faults", is_flag=True, help="Only the daily work.")
def command(
    stack: str,
    seed: int,
    devices: int,
    days: int,
    runs: int,
    database: str | None,
    processes: int,
    without_faults: bool,
) -> None:
    """Run a fleet of devices against a server, with faults; check everything; print one JSON line.

    pure: server and devices in memory. whole: SQLCipher files, Flask, SQLite or PostgreSQL. The same seed gives the same
    state hash. A violation prints the command that replays it, and the exit code is 1.
    """
    if database is not None and stack != "whole":
        raise click.UsageError("--database is for --stack whole")
    plans = [Plan(stack, seed + n, devices, days, database, not without_faults) for n in range(runs)]
    at_once = 1 if database is not None else min(processes or os.cpu_count() or 1, runs)
    total, began = Result(), time.monotonic()
    for plan, result in run_many(plans, at_once):
        total.add(result)
        for violation in result.violations:
            click.echo(violation, err=True)
        if result.violations:
            click.echo(f"replay: {replay(plan)}", err=True)
    click.echo(json.dumps(summary(total, time.monotonic() - began)))
    if total.violations:
        sys.exit(1)


def replay(plan: Plan) -> str:
    """The command that does the same again."""
    parts = [f"roundbook simulate --stack {plan.stack} --seed {plan.seed}"]
    parts.append(f"--devices {plan.devices} --days {plan.days} --runs 1")
    parts += [f"--database {plan.database}"] if plan.database else []
    return " ".join(parts + ([] if plan.faults else ["--without-faults"]))


def summary(total: Result, seconds: float) -> dict[str, Any]:
    """The JSON line."""
    return {
        "device_days": total.device_days,
        "changes": total.changes,
        "runs": total.runs,
        "faults": dict(sorted(total.faults.items())),
        "violations": len(total.violations),
        "stranded_sets": total.stranded,
        "state_hash": total.state_hash,
        "device_days_per_minute": round(total.device_days * 60 / max(seconds, 0.001)),
        "seconds": round(seconds, 1),
    }
