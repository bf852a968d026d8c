"""The working day of a phone: what its user does with it when, and whether it was a device-day."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING

from roundbook.simulation.crashes import DEVICE
from roundbook.simulation.phone import Phone
from roundbook.simulation.plan import HOUR_MS
from roundbook.simulation.workload import CHANGES_A_DAY

if TYPE_CHECKING:
    from roundbook.simulation.fleet import Fleet

ACTIONS_A_DAY = 10
SYNCS_A_DAY = 2
MOST_ACTIONS_AT_NIGHT = 80


def plan_day(fleet: Fleet, phone: Phone, start: int) -> None:
    """Enter a phone's working day into the calendar; one that is put away only tries to sync, while it has something to send."""
    phone.changes_today = phone.syncs_today = 0
    rng = fleet.stream("day", phone.name, start)
    if phone.state != "active":
        if not phone.device.is_closed and phone.device.outbox.waiting_since()[0]:
            fleet.at(start + rng.randrange(9 * HOUR_MS, 18 * HOUR_MS), lambda: _sync(fleet, phone, rng))
        return
    for _ in range(ACTIONS_A_DAY):
        fleet.at(start + rng.randrange(8 * HOUR_MS, 18 * HOUR_MS), lambda: _work(fleet, phone, rng))
    for _ in range(SYNCS_A_DAY):
        fleet.at(start + rng.randrange(9 * HOUR_MS, 18 * HOUR_MS), lambda: _sync(fleet, phone, rng))
    fleet.at(start + 18 * HOUR_MS + rng.randrange(HOUR_MS), lambda: _end(fleet, phone, rng))


def crash_soon(fleet: Fleet, what: Callable[[], object], rng: random.Random) -> None:
    """Do something while a crash is planned; it counts if it came."""
    after, before = rng.random() < 0.5, DEVICE.crashed
    DEVICE.arm(rng.randrange(8), after)
    what()
    DEVICE.disarm()
    if DEVICE.crashed > before:
        fleet.faults.hit("device_crash_after" if after else "device_crash_before")


def _work(fleet: Fleet, phone: Phone, rng: random.Random) -> None:
    if not phone.is_working:
        return
    if fleet.has_faults and rng.random() < 0.02:
        crash_soon(fleet, lambda: fleet.act(phone), rng)
    else:
        fleet.act(phone)


def _sync(fleet: Fleet, phone: Phone, rng: random.Random) -> None:
    if phone.is_stopped or phone.state not in ("active", "retired", "dismissed"):
        return
    if fleet.has_faults and rng.random() < 0.08:
        crash_soon(fleet, lambda: fleet.sync(phone), rng)
    else:
        fleet.sync(phone)


def _end(fleet: Fleet, phone: Phone, rng: random.Random) -> None:
    for _ in range(MOST_ACTIONS_AT_NIGHT):
        if not phone.is_working or phone.changes_today >= CHANGES_A_DAY:
            break
        _work(fleet, phone, rng)
    _sync(fleet, phone, rng)
    reason = _why_no_day(fleet, phone)
    if reason is None:
        fleet.device_days += 1
    else:
        fleet.uncounted[reason] += 1


def _why_no_day(fleet: Fleet, phone: Phone) -> str | None:
    """Why this was no device-day; None if it was one. Who lent his only round to a stand-in has nothing to work on."""
    if phone.changes_today >= CHANGES_A_DAY and phone.syncs_today >= SYNCS_A_DAY:
        return None
    if phone.state != "active":
        return phone.state
    if phone.is_stopped:
        return "stopped"
    fleet.model.settle(fleet.now)
    return "few changes" if phone.user in fleet.model.seats.values() else "without a round"
