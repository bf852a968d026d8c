"""The history of every record, replayed from the logs alone, and what that says about versions and content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from roundbook.simulation.office import Snapshot
from sync_protocol import json_text


@dataclass(frozen=True, slots=True)
class Step:
    """One version of a record. `fields`: afterwards. `setters`: field -> the step that set it last. `mark`: the last one that removed it
    or brought it back."""

    book: str
    pos: int
    rev: int
    ver: str
    kind: str
    set_id: str
    n: int
    type: str
    author: str
    device: str
    seq: int
    time: int
    values: Mapping[str, Any]
    removed: bool
    fields: Mapping[str, Any]
    setters: Mapping[str, Step]
    mark: Step | None = None


def _ver(before: str, rev: int, book: str, removed: bool, values: Mapping[str, Any]) -> str:
    """The version of protocol §2, as somebody would write it who has only the page."""
    text = json.dumps([before, rev, book, removed, values], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"{rev}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def digest_of(wire: Mapping[str, Any]) -> str:
    """R5, as somebody would write it who has only the page."""
    text = json.dumps(wire, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


class Histories:
    """Record -> its steps in order of `rev`, and the notes without effect of every set."""

    def __init__(
        self, snapshot: Snapshot, wires: Mapping[str, Mapping[str, Any]], object_to: Callable[[str, str], None]
    ) -> None:
        self._authors = {set_id: wire["author"] for set_id, wire in wires.items() if "author" in wire}
        self.steps: dict[str, list[Step]] = {}
        self.notes: dict[tuple[str, int, str], dict[str, Any]] = {}
        self.of_change: dict[tuple[str, int, str], Step] = {}
        found: dict[str, list[tuple[int, dict[str, Any]]]] = {}
        for book, rows in snapshot.log.items():
            for row in rows:
                body = json_text.loads(row.body)
                body["book"], body["pos"] = book, row.pos
                if row.rev and row.kind != "out":
                    found.setdefault(row.record, []).append((row.rev, body))
                elif row.kind not in ("out", "hand-over") and self._is_of_author(body):
                    self.notes[row.set_id, row.n, row.kind] = body
        for record, entries in found.items():
            self._replay(record, sorted(entries, key=lambda entry: entry[0]), object_to)
        self._compare(snapshot, object_to)

    def _is_of_author(self, body: Mapping[str, Any]) -> bool:
        """Whether it is of the set that is known by its id, and not of another's who used the same one."""
        return bool(self._authors.get(body["set"], body["author"]) == body["author"])

    def _replay(
        self, record: str, entries: list[tuple[int, dict[str, Any]]], object_to: Callable[[str, str], None]
    ) -> None:
        steps: list[Step] = []
        if [rev for rev, _ in entries] != list(range(1, len(entries) + 1)):
            object_to("rev", f"record {record} has revisions {[rev for rev, _ in entries]}")
            return
        for rev, body in entries:
            last = steps[-1] if steps else None
            kind, values = body["kind"], body.get("values") or {}
            is_move = kind == "in"
            removed = kind == "remove" or (is_move and last is not None and last.removed)
            expected = _ver(last.ver if last else "", rev, body["book"], removed, values)
            if not is_move and expected != body["ver"]:
                object_to("ver", f"record {record} has at {rev} a version that does not follow from the one before")
            fields = dict(last.fields) if last else {}
            setters = dict(last.setters) if last else {}
            step = Step(
                body["book"], body["pos"], rev, body["ver"], kind, body["set"], body["n"], body["type"] or "",
                body["author"], body.get("device", ""), body.get("seq", 0), body.get("time", 0), {} if is_move else values,
                removed, fields, setters, last.mark if last is not None else None,
            )  # fmt: skip
            if kind in ("remove", "restore"):
                step = replace(step, mark=step)
            for name, value in step.values.items():
                setters[name] = step
                if value is None:
                    fields.pop(name, None)
                else:
                    fields[name] = value
            steps.append(step)
            is_settled = last is not None and last.fields.get("state") in ("accepted", "declined")
            if step.type == "proposal" and is_settled and "state" in step.values:
                object_to("R16", f"proposal {record} was decided twice")
            if not is_move and self._is_of_author(body):
                self.of_change.setdefault((step.set_id, step.n, record), step)
        self.steps[record] = steps

    def _compare(self, snapshot: Snapshot, object_to: Callable[[str, str], None]) -> None:
        """The record table is what its log says."""
        for (book, record), row in snapshot.records.items():
            steps = self.steps.get(record)
            if not steps:
                object_to("log", f"record {record} is in no log")
                continue
            last = steps[-1]
            if (last.book, last.rev, last.ver, last.removed) != (book, row.rev, row.ver, row.removed):
                object_to("log", f"record {record} is not what its log ends with")
            elif dict(last.fields) != dict(row.fields):
                object_to("log", f"record {record} holds other values than its log")
        if unwritten := self.steps.keys() - {record for _, record in snapshot.records}:
            object_to("log", f"{len(unwritten)} records of the log are nowhere")

    def before(self, record: str, book: str, pos: int) -> Step | None:
        """The record as it was just before a position of the book where it lay then; it may have moved on since."""
        here = [step for step in self.steps.get(record, ()) if step.book == book and step.pos < pos]
        return here[-1] if here else None
