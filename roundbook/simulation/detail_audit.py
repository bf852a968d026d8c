"""What only a second look shows, from outside: what a verdict says in detail, who is named in a conflict, on whose desk a notice lies,
whether a customer's records lie together, and whether a phone's clock of work went on."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from functools import cache
from typing import Any

from roundbook.simulation.histories import Histories
from roundbook.simulation.office import SetRow, Snapshot
from roundbook.simulation.phone import Phone
from sync_protocol.fields import Kind
from sync_protocol.records.base import knows, record_type

OF_THE_SERVER = ("proposal", "conflict", "notice")
ObjectTo = Callable[[str, str], None]
STATES = ("applied", "merged", "proposed", "waiting", "refused")
TOOK_EFFECT = ("applied", "merged", "proposed")
TIME = '"time":'
DECIDES = ("accept", "decline")
MARKED_MS = 10 * 60_000


def check_details(
    snapshot: Snapshot,
    histories: Histories,
    wires: Mapping[str, Mapping[str, Any]],
    saved: Collection[str],
    desks: Mapping[str, str],
    object_to: ObjectTo,
) -> None:
    """Args: saved: ids of the sets that people made on their phones. desks: user -> his desk."""
    reached, times = _reached(snapshot)
    there = {record for _, record in snapshot.records}
    proposers = {
        r.fields["of"]: r.fields["proposer"]
        for r in snapshot.records.values()
        if r.type == "proposal" and r.fields["state"] == "accepted" and json.loads(r.fields["change"])["op"] == "create"
    }
    made = {kind: _ids(snapshot, kind) for kind in ("proposal", "conflict")}
    for set_id, row in snapshot.sets.items():
        wire = wires.get(set_id)
        if wire is None or row.verdict is None or row.author != wire["author"] or row.state not in STATES:
            continue
        for change in wire["changes"] if row.state in TOOK_EFFECT else ():
            step = histories.of_change.get((set_id, change["n"], change["record"])) if change["op"] in DECIDES else None
            if step is not None and any(step.values.get(name) != said for name, said in change.get("set", {}).items()):
                object_to("R16", f"what set {set_id} said when it decided about {change['record']} is not kept")
        _check_verdict(row, row.verdict, reached.get((set_id, row.author), {}), made, object_to)
        if set_id in saved and row.state in TOOK_EFFECT and (set_id, row.author) in times:
            _check_marked(wire, row.verdict, times[set_id, row.author], object_to)
    for record in snapshot.records.values():
        home = snapshot.home.get(record.customer or "")
        if home is not None and home != record.book and snapshot.books[record.book].kind == "round":
            object_to("R18", f"{record.type} {record.id} lies in book {record.book}, and its customer in {home}")
        maker = _maker(record.id, histories, wires, proposers)
        if maker is not None and record.made_by != maker:
            object_to("§6", f"{record.type} {record.id} counts as made by {record.made_by}, and {maker} made it")
        if record.customer is not None and record.customer not in there and record.type not in OF_THE_SERVER:
            object_to("R10", f"{record.type} {record.id} is of a customer who is not there")
        for name in _references(record.type) if not record.removed else ():
            if (named := record.fields.get(name)) is not None and named not in there:
                object_to("R10", f"{record.type} {record.id} names as its {name} what is not there")
        if record.type == "notice":
            told = wires.get(record.fields["set"], {}).get("author")
            if told is not None and record.book != desks.get(told):
                object_to("§5", f"what became of set {record.fields['set']} is told on another desk than its author's")
        elif record.type == "conflict" and record.fields["change_set"] in wires:
            _check_named(record.fields, wires[record.fields["change_set"]], histories, object_to)


def _reached(snapshot: Snapshot) -> tuple[dict[tuple[str, str], dict[str, int]], dict[tuple[str, str], int]]:
    """(set, author) -> book -> its highest position there, desks left out; and the time of its entries, ms."""
    reached: dict[tuple[str, str], dict[str, int]] = {}
    times: dict[tuple[str, str], int] = {}
    for book, rows in snapshot.log.items():
        for row in rows if snapshot.books[book].kind != "desk" else ():
            key = row.set_id, row.author
            reached.setdefault(key, {})[book] = row.pos
            if key not in times and row.kind not in ("hand-over", "in", "out"):
                times[key] = _time_in(row.body)
    return reached, times


def _time_in(body: str) -> int:
    """The member `time` of an entry. Members are in order of name, and no text of people stands before it."""
    begins = body.find(TIME)
    return int(body[begins + len(TIME) : body.index(",", begins)]) if begins >= 0 else 0


def _ids(snapshot: Snapshot, kind: str) -> dict[str, str]:
    """Record of this type -> the set that it is about."""
    return {r.id: r.fields["change_set"] for r in snapshot.records.values() if r.type == kind}


def _check_verdict(
    row: SetRow,
    verdict: Mapping[str, Any],
    reached: Mapping[str, int],
    made: Mapping[str, Mapping[str, str]],
    object_to: ObjectTo,
) -> None:
    """§5: the state of a set is that of its worst change, the positions are those of the log, what it names was made of it."""
    told = verdict["changes"]
    if row.state not in ("quarantined",) and verdict["state"] != row.state:
        object_to("§5", f"set {row.id} is {row.state}, and its verdict says {verdict['state']}")
    worst = max((STATES.index(one["state"]) for one in told), default=0)
    if told and all(one.get("n") for one in told) and STATES[worst] != row.state:
        object_to("§5", f"set {row.id} is {row.state}, and its worst change {STATES[worst]}")
    if row.state in TOOK_EFFECT and dict(verdict["at"]) != dict(reached):
        object_to("§5", f"set {row.id} says that it reached {verdict['at']}, the logs say {dict(reached)}")
    for one in told:
        for kind, known in made.items():
            if kind in one and known.get(one[kind]) != row.id:
                object_to("§5", f"set {row.id} names a {kind} that was not made of it")


def _check_marked(wire: Mapping[str, Any], verdict: Mapping[str, Any], time: int, object_to: ObjectTo) -> None:
    """R22: the author is told that his time was corrected by more than ten minutes."""
    is_far = abs(int(str(wire["made"]).partition("-")[0]) - time) > MARKED_MS
    if is_far != bool(verdict.get("corrected")):
        object_to(
            "R22", f"set {wire['id']} was {'' if is_far else 'not '}corrected by far, and its verdict does not say so"
        )


def _maker(
    record: str, histories: Histories, wires: Mapping[str, Mapping[str, Any]], proposers: Mapping[str, str]
) -> str | None:
    """Who made a record: the author of its first step, or who had proposed it. None: not to be told from outside."""
    steps = histories.steps.get(record)
    wire = wires.get(steps[0].set_id) if steps else None
    if not steps or wire is None:
        return None
    return proposers.get(record) if _accepts(wire) else steps[0].author


@cache
def _references(type_name: str) -> tuple[str, ...]:
    specs = record_type(type_name).specs() if knows(type_name) and type_name not in OF_THE_SERVER else {}
    return tuple(name for name, spec in specs.items() if spec.kind is Kind.REFERENCE)


def _accepts(wire: Mapping[str, Any]) -> bool:
    return any(change["op"] == "accept" for change in wire["changes"])


def _check_named(fields: Mapping[str, Any], wire: Mapping[str, Any], histories: Histories, object_to: ObjectTo) -> None:
    """R13: of a conflict one is the author of the set, and the other one set the field before, or removed the record."""
    value = next((c.get("set", {}).get(fields["field"]) for c in wire["changes"] if c["record"] == fields["of"]), None)
    if fields["kept"] != fields["lost"] and value is not None and len(wire["changes"]) == 1:
        said = {json.loads(fields["kept"]): fields["kept_by"], json.loads(fields["lost"]): fields["lost_by"]}
        if said.get(value, wire["author"]) != wire["author"]:
            object_to("R13", f"a conflict says of what set {wire['id']} set that {said[value]} did")
    both = [fields["kept_by"], fields["lost_by"]]
    if wire["author"] not in both:
        object_to("R13", f"a conflict about set {wire['id']} does not name its author")
        return
    both.remove(wire["author"])
    steps = histories.steps.get(fields["of"], ())
    known = {step.author for step in steps if fields["field"] in step.values or step.kind in ("remove", "restore")}
    if both[0] not in known:
        object_to("R13", f"a conflict about {fields['field']} of {fields['of']} names {both[0]}, who never set it")


def check_counting(phones: Collection[Phone], object_to: ObjectTo) -> None:
    """R22: on one phone a later set is never made earlier, whatever its clock does."""
    for phone in phones:
        last: dict[str, tuple[int, tuple[int, int], str]] = {}
        for one in sorted(phone.saved.values(), key=lambda one: one.seq):
            ms, _, counter = str(one.wire["made"]).partition("-")
            made = int(ms), int(counter)
            if one.device in last and made <= last[one.device][1]:
                object_to("R22", f"set {one.id} of {phone.name} was made at {made}, not after {last[one.device][1]}")
            last[one.device] = one.seq, made, one.id
