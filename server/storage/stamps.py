"""Stamps of a record as they are stored (R1): each once, with the fields that it stands at.

A record is made and changed by several fields at a time, so a stamp per field would say the same over and over: on a new order more
than its own values. What an earlier release stored field by field is read as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sync_protocol import json_text
from sync_protocol.state import Stamp


def packed(stamps: Mapping[str, Stamp]) -> str:
    """`[[rev, device, seq, user, time, [field, …]], …]`, as JSON."""
    fields_of: dict[Stamp, list[str]] = {}
    for field, stamp in stamps.items():
        fields_of.setdefault(stamp, []).append(field)
    return json_text.dumps([[*stamp, fields] for stamp, fields in fields_of.items()]).decode()


def unpacked(text: str) -> dict[str, Stamp]:
    """Field -> its stamp."""
    found: Any = json_text.loads(text)
    if isinstance(found, dict):
        return {field: Stamp._make(stamp) for field, stamp in found.items()}
    return {field: stamp for *values, fields in found for stamp in (Stamp._make(values),) for field in fields}
