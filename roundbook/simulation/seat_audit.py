"""P4 from outside: whoever wrote something held the seat at that position, had held it when it happened, or was allowed by who did."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from roundbook.simulation.histories import Histories, Step
from roundbook.simulation.model import Model
from roundbook.simulation.office import Snapshot, TenureRow
from sync_protocol.fields import FieldClass
from sync_protocol.records.base import Nature, class_of, record_type, seat_of

ObjectTo = Callable[[str, str], None]
FAR_MS = 1 << 60
WITHOUT_AUTHOR = ("hand-over", "in", "out")
OF_THE_ROUND = (Nature.FILE, Nature.FACT, Nature.COMMITMENT)


def check_seats(
    snapshot: Snapshot,
    histories: Histories,
    wires: Mapping[str, Mapping[str, Any]],
    model: Model,
    object_to: ObjectTo,
) -> None:
    """At every position at most one holder of each seat, and no effect that its author had no right to."""
    terms: dict[tuple[str, str], list[TenureRow]] = {}
    for tenure in snapshot.tenures:
        terms.setdefault((tenure.book, tenure.seat), []).append(tenure)
    for (book, seat), held in terms.items():
        held.sort(key=lambda one: one.term)
        for one, following in zip(held, held[1:], strict=False):
            if one.to_pos is None or following.from_pos <= one.to_pos:
                object_to("P4", f"terms {one.term} and {following.term} of {seat} in book {book} overlap")
    for where, given in model.held.items():
        _check_holders(where, given, terms.get(where, ()), snapshot, object_to)
    for record, steps in histories.steps.items():
        for step in steps:
            if step.kind != "in" and step.set_id in wires:
                written = model.written.get(step.set_id)
                if written is None or not written.is_system:
                    _check(record, step, wires[step.set_id], terms, object_to)


def _check(
    record: str,
    step: Step,
    wire: Mapping[str, Any],
    terms: Mapping[tuple[str, str], list[TenureRow]],
    object_to: ObjectTo,
) -> None:
    change = next((c for c in wire["changes"] if c["record"] == record and c["n"] == step.n), None)
    if change is None or record_type(step.type).nature not in OF_THE_ROUND:
        return
    if any(one["op"] == "accept" for one in wire["changes"]):
        return
    holder = any(_covers(t, step.pos) and t.user == step.author for t in terms.get((step.book, change["seat"]), ()))
    is_late = any(
        t.term == change["term"] and t.user == step.author for t in terms.get((wire["book"], change["seat"]), ())
    )
    nature = record_type(step.type).nature
    if not holder and not (is_late and nature is Nature.FACT):
        object_to("P4", f"{step.kind} of {step.type} {record} by {step.author}, who does not hold {change['seat']}")
    for name in step.values:
        if seat_of(step.type, name) != change["seat"]:
            object_to("P4", f"{name} was written under the seat {change['seat']}")
        if nature is Nature.FILE and step.kind != "create" and class_of(step.type, name) is not FieldClass.DYNAMIC:
            object_to("P4", f"{name} of {record} was changed without a decision")


def _check_holders(
    where: tuple[str, str],
    given: Sequence[tuple[int, str]],
    held: Sequence[TenureRow],
    snapshot: Snapshot,
    object_to: ObjectTo,
) -> None:
    """R17 by the clock: whatever was written while the model says that somebody holds a seat lies in a term of his."""
    rows = [row for row in snapshot.log.get(where[0], ()) if row.kind not in WITHOUT_AUTHOR]
    times = [row.at for row in rows]
    ends = [since for since, _ in given[1:]] + [FAR_MS]
    for (since, user), end in zip(given, ends, strict=True):
        first, last = bisect_right(times, since), bisect_left(times, end)
        if first >= last:
            continue
        between = [
            t for t in held if t.from_pos <= rows[last - 1].pos and (t.to_pos is None or t.to_pos >= rows[first].pos)
        ]
        if wrong := next((t for t in between if t.user != user), None):
            object_to(
                "R17",
                f"{where[1]} of book {where[0]} was {user} from {since} on, the server had {wrong.user} in term {wrong.term}",
            )


def _covers(tenure: TenureRow, pos: int) -> bool:
    return tenure.from_pos <= pos and (tenure.to_pos is None or pos <= tenure.to_pos)
