"""What was promised to a customer: written down, and marked as given."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from field_app.services import reading
from field_app.services.contacts import record_fact
from field_app.services.saving import edits, save

if TYPE_CHECKING:
    from field_app.device import Device


def promise(device: Device, customer_id: str, values: Mapping[str, Any]) -> str:
    """Write down what is to be provided, and by when. Returns its id, when it is on the disk. Raises: Refused."""
    return record_fact(device, customer_id, "material", values)


def give(device: Device, material: str, on: date | None) -> None:
    """It was given on that day; None: it was not, after all. Raises: KeyError, Refused."""
    record = reading.shown(device, material)
    changes = edits(device, record, {"given_on": on.isoformat() if on else None})
    if changes:
        save(device, record.book, "edit_material", changes)
