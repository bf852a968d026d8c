"""`roundbook simulate`: a fleet of devices against a server, with faults, under one seed."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from roundbook.simulation import campaign
from roundbook.simulation.plan import Plan
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
@click.option("--at-least", type=int, help="Fleets of many shapes, until there are that many device-days.")
@click.option("--each-fault", type=int, default=0, help="Fail, if a fault of the palette came fewer times.")
@click.option(
    "--soak",
    "hours",
    type=float,
    help="Go on from the first seed, from --seed on, that the ledger does not name; for so many hours.",
)
@click.option("--ledger", type=click.Path(path_type=Path), default=campaign.LEDGER, help="Of a soak.")
def command(
    stack: str,
    seed: int,
    devices: int,
    days: int,
    runs: int,
    database: str | None,
    processes: int,
    without_faults: bool,
    at_least: int | None,
    each_fault: int,
    hours: float | None,
    ledger: Path,
) -> None:
    """Run a fleet of devices against a server, with faults; check everything; print one JSON line.

    pure: server and devices in memory. whole: SQLCipher files, Flask, SQLite or PostgreSQL. The same seed gives the same
    state hash. A violation prints the command that replays it, and the exit code is 1.
    """
    if database is not None and stack != "whole":
        raise click.UsageError("--database is for --stack whole")
    at_once = 1 if database is not None else processes or os.cpu_count() or 1
    began = time.monotonic()
    if hours is not None:
        total = campaign.soak(hours, at_once, ledger, show, seed)
    elif at_least is not None:
        plans = campaign.plans_from(stack, seed, database)
        total = campaign.run_until(plans, at_once, lambda found: found.device_days >= at_least, show)
    else:
        chosen = [Plan(stack, seed + n, devices, days, database, not without_faults) for n in range(runs)]
        total = run_all(chosen, min(at_once, runs))
    click.echo(json.dumps(summary(total, time.monotonic() - began)))
    seldom = campaign.too_seldom(stack, total.faults, each_fault)
    if seldom:
        click.echo(f"too seldom: {', '.join(seldom)}", err=True)
    if total.violations or seldom:
        sys.exit(1)


def run_all(plans: Iterable[Plan], processes: int) -> Result:
    """These runs, as one result."""
    total = Result()
    for plan, result in run_many(plans, processes):
        total.add(result)
        show(plan, result)
    return total


def show(plan: Plan, result: Result) -> None:
    """What was violated, and how to see it again."""
    for violation in result.violations:
        click.echo(violation, err=True)
    if result.violations:
        click.echo(f"replay: {replay(plan)}", err=True)


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
        "device_days_per_cpu_minute": round(total.device_days * 60 / max(total.cpu_seconds, 0.001)),
        "days_not_counted": dict(sorted(total.uncounted.items())),
    }
