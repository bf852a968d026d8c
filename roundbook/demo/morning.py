"""The morning on the phone: what the rules put on Today, and how quickly anybody is found."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import click

from field_app.device import Device
from field_app.services import finding, roster
from field_app.services import round as rounds

SOUGHT = 40  # customers that are looked for, each by the beginning of the name


@dataclass(frozen=True, slots=True)
class Morning:
    """Args: visits, due: planned for today, and due beside them. missed: customers that were looked for and not found."""

    visits: int
    due: int
    missed: int


def begin(device: Device) -> Morning:
    """Read Today and look for some customers; say what came of it on stderr."""
    today = rounds.today(device, device.clock_ms())
    kinds = Counter(one.reminders[0].kind for one in today.due)
    customers = roster.by_title(device).customers
    sought = customers[:: max(1, len(customers) // SOUGHT)][:SOUGHT]
    began = time.perf_counter()
    missed = sum(one not in finding.query(device, one.title[:4]) for one in sought)
    each_ms = (time.perf_counter() - began) * 1000 / max(1, len(sought))
    said = ", ".join(f"{number} {kind.replace('_', ' ')}" for kind, number in kinds.most_common(4))
    click.echo(
        f"Today on the phone: {len(today.visits)} visits in the order of the way; also due: {said or 'nothing'}",
        err=True,
    )
    click.echo(f"Found among {len(customers)} customers by four letters: {each_ms:.1f} ms each", err=True)
    return Morning(len(today.visits), len(today.due), missed)


def problems(morning: Morning) -> Iterator[str]:
    """What did not go as it must."""
    if not morning.visits:
        yield "no visit is planned for today"
    if morning.missed:
        yield f"{morning.missed} of {SOUGHT} customers were not found by the beginning of their names"
