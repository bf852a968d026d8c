"""P3 from outside: for every edited field, whether the value of an author who had not been seen was kept where people find it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from roundbook.simulation.histories import Histories, Step
from roundbook.simulation.office import SYSTEM, Snapshot
from roundbook.simulation.settled import Settled

ObjectTo = Callable[[str, str], None]


def check_overwrites(
    snapshot: Snapshot, histories: Histories, wires: Mapping[str, Mapping[str, Any]], object_to: ObjectTo
) -> Settled:
    """No value is lost without a trace, on neither side (R12, R13). Returns: what computes the times of stamps anew."""
    conflicts: dict[tuple[str, str, str], list[tuple[Any, Any]]] = {}
    proposals: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for record in snapshot.records.values():
        fields = record.fields
        if record.type == "conflict":
            values = (json.loads(fields["kept"]), json.loads(fields["lost"]))
            conflicts.setdefault((fields["change_set"], fields["of"], fields["field"]), []).append(values)
        elif record.type == "proposal":
            asked = json.loads(fields["change"])
            proposals.setdefault((fields["change_set"], fields["of"]), []).append(asked)
    settled = Settled(histories, wires, _saw, object_to)
    for set_id, wire in wires.items():
        row = snapshot.sets.get(set_id)
        told = row.verdict["changes"] if row is not None and row.state == "refused" and row.verdict else ()
        if row is not None and any(why["code"] == "removed" for one in told for why in one.get("why", ())):
            assert row.verdict is not None
            _check_returned(histories, row.device, row.seq, wire, row.verdict, object_to)
        if row is None or row.state not in ("applied", "merged", "proposed"):
            continue
        accepts = any(change["op"] == "accept" for change in wire["changes"])
        for change in wire["changes"]:
            if change["op"] == "remove" and not accepts:
                _check_removal(histories, row.device, row.seq, set_id, change, object_to)
            if change["op"] in ("edit", "restore") and not accepts:
                _check_elements(histories, set_id, change, object_to)
            if change["op"] in ("edit", "restore") and change.get("set"):
                asked = proposals.get((set_id, change["record"]), [])
                _check_change(
                    histories,
                    row.device,
                    row.seq,
                    set_id,
                    change,
                    conflicts,
                    settled,
                    asked,
                    object_to,
                    accepts=accepts,
                )
    return settled


def _check_change(
    histories: Histories,
    device: str,
    seq: int,
    set_id: str,
    change: Mapping[str, Any],
    conflicts: Mapping[tuple[str, str, str], list[tuple[Any, Any]]],
    settled: Settled,
    proposals: list[Mapping[str, Any]],
    object_to: ObjectTo,
    *,
    accepts: bool,
) -> None:
    record, n = change["record"], change["n"]
    step = histories.of_change.get((set_id, n, record))
    before = _before(histories, set_id, n, record, step)
    if before is None:
        return
    superseded = histories.notes.get((set_id, n, "superseded"), {}).get("values", {})
    for name, value in change["set"].items():
        written = step.values.get(name, _NOTHING) if step is not None else _NOTHING
        kept = conflicts.get((set_id, record, name), [])
        is_asked = any(asked.get("set", {}).get(name, _NOTHING) == value for asked in proposals)
        current = before.fields.get(name)
        if change.get("was", {}).get(name, _NOTHING) == value:
            continue  # it says again what stood there: no edit, so nothing to be lost
        simply = change.get("was", {}).get(name, _NOTHING) == current and not is_asked and not accepts
        if simply and (written != value or kept):
            object_to(
                "R13",
                f"{name} of {record} stood as the author of set {set_id} saw it, and his value does not simply count",
            )
        is_kept = is_asked or name in superseded or any(lost == value for _, lost in kept)
        if written != value and current != value and not is_kept and not (accepts and written is not _NOTHING):
            object_to("P3", f"{name} := {value!r} of set {set_id} is nowhere (was {current!r}, written {written!r})")
        setter = before.setters.get(name)
        if setter is not None and current != value and not (is_asked or accepts or name in superseded):
            settled.check(step or before, set_id, change, setter, name, current, written == value, device, seq)
        if setter is None or written is _NOTHING or written == current or current == value:
            continue
        knew = _saw(histories, setter, change, device, seq) or change.get("was", {}).get(name, _NOTHING) == current
        if not knew and not any(lost == current for _, lost in kept):
            object_to("P3", f"{name} = {current!r} of set {setter.set_id} was overwritten unseen by set {set_id}")


_NOTHING = object()


def _check_removal(
    histories: Histories, device: str, seq: int, set_id: str, change: Mapping[str, Any], object_to: ObjectTo
) -> None:
    """R15: a removal counts only if its author had seen everything that it removes."""
    step = histories.of_change.get((set_id, change["n"], change["record"]))
    if step is None or not step.removed or step.rev < 2:
        return
    before = histories.steps[change["record"]][step.rev - 2]
    unseen = [name for name, setter in before.setters.items() if not _saw(histories, setter, change, device, seq)]
    if unseen:
        object_to("R15", f"set {set_id} removed {change['record']} without having seen {unseen[0]}")


def _check_returned(
    histories: Histories,
    device: str,
    seq: int,
    wire: Mapping[str, Any],
    verdict: Mapping[str, Any],
    object_to: ObjectTo,
) -> None:
    """R15: an edit comes back because its record was removed only if its author had seen a removal."""
    returned = {one["n"] for one in verdict["changes"] if any(why["code"] == "removed" for why in one.get("why", ()))}
    if any(change["op"] == "accept" for change in wire["changes"]):
        return  # who accepts sees the record as it is, and has to restore it (R16)
    for change in (one for one in wire["changes"] if one["n"] in returned):
        steps = histories.steps.get(change["record"], [])
        removals = [step for step in steps if step.kind == "remove"]
        is_known = change.get("base") in {step.ver for step in steps}
        if is_known and not any(_saw(histories, removal, change, device, seq) for removal in removals):
            object_to("R15", f"set {wire['id']} was returned for a removal of {change['record']} that it had not seen")


def _check_elements(histories: Histories, set_id: str, change: Mapping[str, Any], object_to: ObjectTo) -> None:
    """R14: elements are put and taken one by one; those of others stay."""
    record, put, take = change["record"], change.get("put", {}), change.get("take", {})
    step = histories.of_change.get((set_id, change["n"], record))
    if step is None or step.rev < 2:
        return
    before = histories.steps[record][step.rev - 2]
    for name in {*put, *take}:
        right = {*before.fields.get(name, ())} - {*take.get(name, ())} | {*put.get(name, ())}
        if {*step.fields.get(name, ())} != right:
            object_to("R14", f"{name} of {record} has lost or kept other elements than set {set_id} says")


def _before(histories: Histories, set_id: str, n: int, record: str, step: Step | None) -> Step | None:
    if step is not None:
        steps = histories.steps[record]
        return steps[step.rev - 2] if step.rev > 1 else None
    note = next(
        (found for kind in ("nothing", "superseded", "proposed") if (found := histories.notes.get((set_id, n, kind)))),
        None,
    )
    return histories.before(record, note["book"], note["pos"]) if note is not None else None


def _saw(histories: Histories, setter: Step, change: Mapping[str, Any], device: str, seq: int) -> bool:
    """Whether the author of the change knew what `setter` wrote: his own device did it before, or his base holds it."""
    if setter.device == device and setter.seq <= seq:
        return True
    base = change.get("base")
    if not base:
        return False
    rev = int(base.partition("-")[0])
    steps = histories.steps[change["record"]]
    return 0 < rev <= len(steps) and steps[rev - 1].ver == base and setter.rev <= rev


__all__ = ["SYSTEM", "check_overwrites"]
