"""The control journal: decisions that a restored backup must not undo, kept in the object store apart from the database (R35).

An entry is written before the transaction that it tells of commits. Should that fail, the entry tells of something that was
wanted and not done: a device reported lost, a seat handed over. Whoever wanted it will ask again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from server.services import clock, parts

DEVICE, SEAT, USER, ERASURE, OPT_OUT = "device", "seat", "user", "erasure", "opt-out"
FOLDER = "control"


def append(kind: str, subject: str, entry: Mapping[str, Any]) -> None:
    """Keep a decision durably. Args: kind: DEVICE, SEAT, USER, ERASURE or OPT_OUT. subject: the id of what it is about."""
    key = f"{FOLDER}/{kind}/{subject}/{clock.new_id()}"
    value = {"kind": kind, "subject": subject, "at": clock.now_ms(), **entry}
    parts.objects().put(key, [json.dumps(value, ensure_ascii=False).encode()])


def entries(kind: str, subject: str | None = None) -> list[dict[str, Any]]:
    """What was decided about a subject, or about all of this kind, in the order in which it was."""
    objects = parts.objects()
    folder = f"{FOLDER}/{kind}" + (f"/{subject}" if subject else "")
    return [json.loads(objects.read(key)) for key in sorted(objects.keys(folder), key=lambda key: key.split("/")[-1])]


def device_state(device_id: str) -> str | None:
    """The state that a device was last given by a person; None: it was never revoked."""
    found = entries(DEVICE, device_id)
    return found[-1]["state"] if found else None
