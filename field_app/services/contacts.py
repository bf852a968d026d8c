"""Contacts outside a visit: calls, messages, callbacks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from field_app.services import reading
from field_app.services.saving import creation, save
from field_app.services.visits import customer_of
from field_app.store.overlay import Shown

if TYPE_CHECKING:
    from field_app.device import Device

_EARLY_MS = 24 * 3600 * 1000  # a day before is in time


def record(device: Device, customer_id: str, values: Mapping[str, Any]) -> str:
    """Record a contact. Returns its id, when it is on the disk. Raises: Refused."""
    return record_fact(device, customer_id, "contact_record", {"contacted_at": device.clock_ms(), **values})


def record_fact(device: Device, customer_id: str, type_name: str, values: Mapping[str, Any]) -> str:
    """Record something that happened at a customer. Raises: Refused."""
    customer = customer_of(device, customer_id)
    record_id = device.new_id()
    changes = creation(device, customer.book, type_name, record_id, customer.id, values)
    save(device, customer.book, f"record_{type_name}", changes)
    return record_id


def due_callback(device: Device, customer_id: str) -> Shown | None:
    """The contact record in which a callback was agreed that is due by now, and that no later contact has answered."""
    contacts = reading.below(device, customer_id, "contact_record", 20)  # the newest first
    for contact in contacts:
        due = contact.fields.get("callback_at")
        if isinstance(due, int):
            last = contacts[0].fields.get("contacted_at") or 0
            is_answered = contacts[0].id != contact.id and last >= min(due, device.clock_ms()) - _EARLY_MS
            return contact if due <= device.clock_ms() + _EARLY_MS and not is_answered else None
    return None
