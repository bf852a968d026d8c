"""R13 and R22 from outside: of two edits that had not seen each other the later one counts, and money, licence and contract are asked about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from roundbook.simulation.histories import Histories, Step
from sync_protocol.fields import Rule
from sync_protocol.records.base import record_type

Saw = Callable[[Histories, Step, Mapping[str, Any], str, int], bool]
ObjectTo = Callable[[str, str], None]
UNKNOWN = -1


class Settled:
    """What the checks of one run look times up in. Args: saw: whether a change knew what a step had set."""

    def __init__(
        self, histories: Histories, wires: Mapping[str, Mapping[str, Any]], saw: Saw, object_to: ObjectTo
    ) -> None:
        self.histories, self.wires, self.saw, self.object_to = histories, wires, saw, object_to
        self._times: dict[tuple[str, int], int] = {}

    def check(
        self,
        near: Step,
        set_id: str,
        change: Mapping[str, Any],
        setter: Step,
        name: str,
        current: Any,
        is_written: bool,
        device: str,
        seq: int,
    ) -> None:
        """One field of an edit that met another value. Args: near: the step that it made, or the one that it met."""
        knew = self.saw(self.histories, setter, change, device, seq)
        if knew or change.get("was", {}).get(name, self) == current:
            return
        if setter.device == device and setter.seq > seq:
            self.object_to(
                "R13", f"set {set_id} came behind a later one of its device, and {name} is not noted as superseded"
            )
            return
        rule = record_type(change["type"]).specs()[name].rule
        if rule is Rule.ASK and is_written:
            self.object_to("R13", f"{name} of {change['record']} is to be asked about, and set {set_id} wrote it")
        theirs = self.time_of(change["record"], setter)
        mine = self._time_of_set(set_id, change, near, device, seq)
        if rule is not Rule.LATEST or UNKNOWN in (theirs, mine):
            return
        is_later = (mine, device, seq) > (theirs, setter.device, setter.seq)
        if is_later != is_written:
            what = "counts" if is_written else "does not count"
            self.object_to(
                "R13", f"{name} of {change['record']} by set {set_id} of {mine} {what} beside one of {theirs}"
            )

    def _time_of_set(self, set_id: str, change: Mapping[str, Any], near: Step, device: str, seq: int) -> int:
        """The time of a change, whether it wrote a step or only a note."""
        if near.set_id == set_id and near.n == change["n"]:
            return self.time_of(change["record"], near)
        note = self.histories.notes.get((set_id, change["n"], "nothing"))
        if note is None:
            return UNKNOWN
        return self._later(note["time"], change, near, device, seq)

    def time_of(self, record: str, step: Step) -> int:
        """The time that the stamps of a step have: never before what its author had seen (R22)."""
        key = (record, step.rev)
        if key not in self._times:
            self._times[key] = self._compute(record, step)
        return self._times[key]

    def _compute(self, record: str, step: Step) -> int:
        if step.rev == 1:
            return step.time
        wire = self.wires.get(step.set_id)
        changes = wire["changes"] if wire is not None else ()
        change = next((c for c in changes if c["record"] == record and c.get("n") == step.n), None)
        if change is None:
            return UNKNOWN
        return self._later(step.time, change, self.histories.steps[record][step.rev - 2], step.device, step.seq)

    def _later(self, time: int, change: Mapping[str, Any], before: Step, device: str, seq: int) -> int:
        stamps = {setter.rev: setter for setter in before.setters.values()}
        if before.mark is not None:
            stamps[before.mark.rev] = before.mark
        seen = [s for s in stamps.values() if self.saw(self.histories, s, change, device, seq)]
        times = [self.time_of(change["record"], setter) for setter in seen]
        return UNKNOWN if UNKNOWN in times else max([time, *times])
