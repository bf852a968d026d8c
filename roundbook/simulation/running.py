"""One run from beginning to end, and many of them on all cores."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import time
import traceback
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing.pool import AsyncResult

from roundbook.simulation.checkers import all_phones, check_everything
from roundbook.simulation.days import plan_day
from roundbook.simulation.disks import InMemory, OnDisk, stores_are
from roundbook.simulation.events import FAULT_CHANCE, Events
from roundbook.simulation.faults import CLOCKS
from roundbook.simulation.fleet import Fleet
from roundbook.simulation.office import Snapshot
from roundbook.simulation.plan import DAY_MS, START_MS, Plan
from roundbook.simulation.tally import tallies
from sync_protocol import json_text

SYNCS_TO_DRAIN = 3
DECIDING_ROUNDS = 6
NOTICED_MS = 60_000


@dataclass
class Result:
    """What one run, or several, came to."""

    device_days: int = 0
    changes: int = 0
    runs: int = 0
    stranded: int = 0
    uncounted: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)
    hashes: list[str] = field(default_factory=list)
    cpu_seconds: float = 0.0

    def add(self, other: Result) -> None:
        """Count another run in."""
        self.device_days += other.device_days
        self.changes += other.changes
        self.runs += other.runs
        self.stranded += other.stranded
        self.uncounted += other.uncounted
        self.faults += other.faults
        self.violations += other.violations
        self.hashes += other.hashes
        self.cpu_seconds += other.cpu_seconds

    @property
    def state_hash(self) -> str:
        """One hash over all runs, in order of seed."""
        return self.hashes[0] if len(self.hashes) == 1 else hashlib.sha256("".join(self.hashes).encode()).hexdigest()


def run(plan: Plan) -> Result:
    """Simulate one fleet, stop the faults, and check everything."""
    with tallies(), stores_are(InMemory if plan.stack == "pure" else OnDisk):
        fleet = Fleet(plan)
        try:
            return _run(fleet)
        finally:
            fleet.close()


def _run(fleet: Fleet) -> Result:
    fleet.set_up()
    events = Events(fleet)
    fleet.network.chance = FAULT_CHANCE if fleet.plan.faults else 0.0
    for day in range(fleet.plan.days):
        start = START_MS + day * DAY_MS
        fleet.run_until(start)
        for phone in [*fleet.phones, *fleet.leaving]:
            plan_day(fleet, phone, start)
        events.plan_day(start)
    fleet.run_until(START_MS + fleet.plan.days * DAY_MS)
    changes = sum(phone.made for phone in all_phones(fleet))
    stop_faults(fleet, events)
    snapshot = check_everything(fleet)
    count_clocks(fleet, snapshot)
    faults = Counter({name: count for name, count in fleet.faults.items() if count})
    violations = [f"seed {fleet.plan.seed}: {text}" for text in fleet.watcher.violations]
    return Result(
        fleet.device_days, changes, 1, stranded(fleet, snapshot), fleet.uncounted, faults, violations,
        [state_hash(fleet, snapshot)],
    )  # fmt: skip


def stop_faults(fleet: Fleet, events: Events) -> None:
    """From here on nothing goes wrong: clocks are right, what was under way arrives, and everybody syncs."""
    fleet.network.chance = 0.0
    fleet.office.poison.clear()
    fleet.run_until(fleet.now + 9 * DAY_MS)
    held_back, fleet.network.held_back = fleet.network.held_back, {}
    for parcel in held_back.values():
        fleet.network.deliver_late(parcel, "reordered")
    if events.backup is not None:
        events.due = fleet.now
        events.restore_when_due()
    for phone in [*fleet.phones, *fleet.leaving]:
        phone.is_stopped = False
        phone.clock.put_right()
        fleet.update(phone)
    if any(phone.drifted for phone in fleet.phones):  # it hears of that with the next news of any book
        fleet.write_product(-1)
    for _ in range(SYNCS_TO_DRAIN):
        sync_all(fleet)
    for phone in fleet.phones:
        if phone.state == "active" and (left := phone.device.outbox.in_state("ready", "parked")):
            fleet.watcher.object_to("liveness", f"{phone.name} has {len(left)} sets to send after three syncs")
    for _ in range(DECIDING_ROUNDS):
        waiting = fleet.office.open_proposals(100_000)
        if not sum(events.settle(proposal) for proposal in waiting):
            break
        sync_all(fleet)
    sync_all(fleet)  # what waited for a decision was judged in the last one: now everybody has it


def sync_all(fleet: Fleet) -> None:
    """One sync of everybody who can."""
    for phone in [*fleet.phones, *fleet.leaving]:
        fleet.now += 1000
        if phone.state not in ("active", "retired", "dismissed") or phone.device.is_closed:
            continue
        report = fleet.sync(phone)
        is_copy = report is not None and report.error == "device-forked" and bool(phone.mishap)
        if phone.state == "active" and report is not None and report.error is not None and not is_copy:
            fleet.watcher.object_to("liveness", f"{phone.name} could not sync without faults: {report.error}")


def count_clocks(fleet: Fleet, snapshot: Snapshot) -> None:
    """A clock fault counts for each set whose time it falsified and the server corrected."""
    times: dict[str, int] = {}
    for rows in snapshot.log.values():
        for row in rows:
            if row.set_id not in times and row.kind != "hand-over":
                times[row.set_id] = json_text.loads(row.body).get("time", 0)
    for phone in all_phones(fleet):
        for one in phone.saved.values():
            claimed = int(str(one.wire["made"]).partition("-")[0])
            if one.skew in CLOCKS and one.id in times and abs(times[one.id] - claimed) >= NOTICED_MS:
                fleet.faults.hit(one.skew)
    if fleet.watcher.failed:
        fleet.faults["poisoned_set"] += fleet.watcher.failed


def stranded(fleet: Fleet, snapshot: Snapshot) -> int:
    """Sets on phones that were called copies, and were not taken back in."""
    gone = [phone for phone in fleet.retired_phones if phone.state == "forked"]
    return sum(one not in snapshot.sets for phone in gone for one in phone.saved)


def state_hash(fleet: Fleet, snapshot: Snapshot) -> str:
    """Everything that the run came to, in one hash."""
    books = sorted((b.id, b.kind, b.pos, b.head, b.check_n, b.check_sum) for b in snapshot.books.values())
    sets = sorted((row.id, row.device, row.seq, row.state) for row in snapshot.sets.values())
    phones = []
    for phone in all_phones(fleet):
        is_open = not phone.device.is_closed
        unsettled = phone.device.outbox.unsettled_ids() if is_open else []
        phones.append([phone.name, phone.state, phone.made, phone.syncs, unsettled])
    text = json.dumps([books, sets, phones, sorted(fleet.faults.items()), fleet.device_days])
    return hashlib.sha256(text.encode()).hexdigest()


def run_many(plans: Iterable[Plan], processes: int) -> Iterator[tuple[Plan, Result]]:
    """Runs, in order; on more than one core, if asked. As many are begun as are asked for soon, so `plans` may be endless."""
    if processes <= 1:
        yield from map(_timed, plans)
        return
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        begun: deque[AsyncResult[tuple[Plan, Result]]] = deque()
        for plan in plans:
            begun.append(pool.apply_async(_timed, (plan,)))
            if len(begun) > 2 * processes:
                yield begun.popleft().get()
        while begun:
            yield begun.popleft().get()


def _timed(plan: Plan) -> tuple[Plan, Result]:
    began = time.process_time()
    result = run_safely(plan)
    result.cpu_seconds = time.process_time() - began
    return plan, result


def run_safely(plan: Plan) -> Result:
    """The same as `run`; what the product raises and nobody handles is a violation like any other."""
    try:
        return run(plan)
    except Exception:
        text = traceback.format_exc().strip()
        return Result(runs=1, violations=[f"seed {plan.seed}: exception: {text}"], hashes=[""])
