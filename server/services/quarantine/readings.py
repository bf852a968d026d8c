"""Notes of what somebody read of a granted file, put aside: taken into the read log under the name of the one who read (R9).

Nobody can take such a note over in his own name: it would say that he had read. What is written is a line of the read log, as if
the note had come in; the record itself stays where it is, in the set that was put aside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services.reading import on_devices
from server.storage.tables import change_set, device
from sync_protocol import clock as hybrid
from sync_protocol.records import Nature, check_values, knows, record_type


def are_notes(changes: Sequence[Mapping[str, Any]]) -> bool:
    """Whether all that a set tells is what its author read."""
    return bool(changes) and all(is_note(str(change.get("type"))) for change in changes)


def is_note(type_name: str) -> bool:
    """Whether records of this type say what their author read."""
    return knows(type_name) and record_type(type_name).nature is Nature.OWN


def wrong(changes: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Field -> codes of what cannot be noted."""
    found: dict[str, list[str]] = {}
    for change in changes:
        values = change.get("set") if isinstance(change.get("set"), dict) else {}
        if change.get("op") != "create":
            found.setdefault("op", []).append("not-holder")
        for name, codes in check_values(str(change["type"]), values or {}, creating=True).items():
            found.setdefault(name, []).extend(codes)
    return found


def take(connection: Connection, set_id: str, made: str, changes: Sequence[Mapping[str, Any]]) -> None:
    """Write the lines, in the transaction that settles the set. Args: made: when, by the device's clock, as the set says."""
    query = sa.select(change_set, device.c.skew_ms.label("last_skew_ms")).join(
        device, device.c.id == change_set.c.device_id
    )
    row = connection.execute(query.where(change_set.c.id == set_id)).mappings().one()
    skew_ms, received = row["skew_ms"] or row["last_skew_ms"], row["received_at"]
    try:
        read_at, _ = hybrid.corrected(made, skew_ms=skew_ms, received_ms=received, seen_ms=0)
    except (ValueError, AttributeError):  # no instant that could be read: it was no later than it came in
        read_at = received
    for change in changes:
        copy = change["set"]["grant"]
        on_devices.note_one(connection, row["author"], change["set"]["of"], copy, row["device_id"], read_at)
