"""What this phone knows of the history of a file's fields: last author, conflicts, proposals, and its own work (decision 17).

The whole history of every field is in the console.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from field_app.services import reading

if TYPE_CHECKING:
    from field_app.device import Device
    from field_app.store.overlay import Shown

SET_HERE, PROPOSED, KEPT, LOST = "set_here", "proposed", "kept", "lost"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened to a field. Args: what: set_here, proposed, kept, lost. at: ms. by: a user's id.

    state: of a set of this phone: on_phone, sent, accepted, to_decide, returned; of a proposal: open, accepted, declined.
    """

    field: str
    what: str
    at: int
    by: str
    value: Any
    was: Any = None
    state: str = ""
    comment: str = ""
    record: str = ""


_STATES = {"ready": "on_phone", "parked": "on_phone", "waiting": "sent", "refused": "returned"}


def steps(device: Device, record_id: str, field: str = "") -> list[Step]:
    """The steps of one field of a record, or of all, newest first."""
    with device.lock:
        about = [one for type in ("conflict", "proposal") for one in reading.referring(device, record_id, type)]
        found = [*_own_work(device, record_id), *_from_conflicts(about), *_from_proposals(about)]
    return sorted((one for one in found if field in ("", one.field)), key=lambda one: one.at, reverse=True)


def _own_work(device: Device, record_id: str) -> Iterator[Step]:
    """What was set on this phone, settled or not, as long as the journal keeps it."""
    rows = device.database.rows(
        "SELECT c.made_ms, c.state, c.outcome, c.body FROM change_set c WHERE c.body IS NOT NULL AND c.state <> 'discarded'"
        " AND c.seq IN (SELECT seq FROM touched WHERE record = ?) ORDER BY c.seq",
        [record_id],
    )
    for made_ms, state, outcome, body in rows:
        wire = json.loads(body)
        settled = "to_decide" if outcome == "proposed" else "accepted"
        for change in wire["changes"]:
            if change["record"] != record_id or change["op"] not in ("create", "edit", "restore"):
                continue
            values = {**change.get("set", {}), **change.get("put", {})}
            for name, value in values.items():
                was = change.get("was", {}).get(name)
                yield Step(name, SET_HERE, made_ms, wire["author"], value, was, _STATES.get(state, settled))


def _from_conflicts(about: list[Shown]) -> Iterator[Step]:
    for one in about:
        if one.type != "conflict":
            continue
        fields = one.fields
        name, at = str(fields.get("field") or ""), one.moment
        yield Step(
            name,
            LOST,
            at,
            str(fields.get("lost_by") or ""),
            _value(fields.get("lost")),
            _value(fields.get("was")),
            record=one.id,
        )
        yield Step(
            name,
            KEPT,
            at,
            str(fields.get("kept_by") or ""),
            _value(fields.get("kept")),
            _value(fields.get("was")),
            record=one.id,
        )


def _from_proposals(about: list[Shown]) -> Iterator[Step]:
    for one in about:
        if one.type != "proposal":
            continue
        change = json.loads(str(one.fields.get("change") or "{}"))
        by, state = str(one.fields.get("proposer") or ""), str(one.fields.get("state") or "")
        for name, value in {**change.get("set", {}), **change.get("put", {})}.items():
            was, comment = change.get("was", {}).get(name), str(one.fields.get("comment") or "")
            yield Step(name, PROPOSED, one.moment, by, value, was, state, comment, one.id)


def _value(text: Any) -> Any:
    """A value as a conflict keeps it: JSON in a text."""
    try:
        return json.loads(text) if isinstance(text, str) else text
    except ValueError:
        return text
