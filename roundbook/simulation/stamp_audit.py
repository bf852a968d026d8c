"""R1, R12 and R22 from outside: each field carries the stamp of the change that set it last, with the time that it has by its author's knowledge."""

from __future__ import annotations

from collections.abc import Callable

from roundbook.simulation.histories import Histories, Step
from roundbook.simulation.office import Snapshot
from roundbook.simulation.settled import UNKNOWN, Settled
from sync_protocol.records.base import Nature, record_type
from sync_protocol.state import REMOVAL

ObjectTo = Callable[[str, str], None]
OF_PEOPLE = (Nature.FILE, Nature.FACT, Nature.COMMITMENT)


def check_stamps(snapshot: Snapshot, histories: Histories, settled: Settled, object_to: ObjectTo) -> None:
    """All stamps that the server keeps. What it makes itself (a proposal, a conflict, a notice) has the time of what it is about."""
    for (_, record), row in snapshot.records.items():
        steps = histories.steps.get(record)
        kept = snapshot.stamps.get(record)
        if not steps or kept is None:
            continue
        is_of_people = record_type(row.type).nature in OF_PEOPLE
        last = steps[-1]
        expected = dict(last.setters)
        if last.mark is not None:
            expected[REMOVAL] = last.mark
        if expected.keys() != kept.keys():
            object_to(
                "R12", f"{row.type} {record} has stamps on {sorted(expected.keys() ^ kept.keys())}, or lacks them"
            )
            continue
        if is_of_people and len(steps) > 1:
            for step in steps:  # from the first on: the time of each rests on those before
                settled.time_of(record, step)
        for name, step in expected.items():
            rev, device, seq, user, time = kept[name]
            if (rev, device, seq, user) != (step.rev, step.device, step.seq, step.author):
                object_to("R12", f"{name} of {row.type} {record} is stamped {kept[name]}, and set {step.set_id} set it")
            elif is_of_people and time != (right := _time(settled, record, step)) and right != UNKNOWN:
                object_to("R22", f"{name} of {row.type} {record} is stamped at {time}, where {right} is right")


def _time(settled: Settled, record: str, step: Step) -> int:
    return step.time if step.rev == 1 else settled.time_of(record, step)
