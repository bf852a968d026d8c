"""Contacts outside a visit: calls, messages, callbacks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from field_app.services.saving import creation, save
from field_app.services.visits import customer_of

if TYPE_CHECKING:
    from field_app.device import Device


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
