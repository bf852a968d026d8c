"""Complaints: taken in on the round, handled at head office."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from field_app.services.contacts import record_fact

if TYPE_CHECKING:
    from field_app.device import Device


def record(device: Device, customer_id: str, values: Mapping[str, Any]) -> str:
    """Record a complaint. Returns its id, when it is on the disk. Raises: Refused."""
    return record_fact(device, customer_id, "complaint", {"received_at": device.clock_ms(), **values})
