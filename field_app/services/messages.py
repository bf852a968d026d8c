"""Text messages written on the round: they go out from head office, once the device has synced."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from field_app.services import reading
from field_app.services.contacts import record_fact
from field_app.services.saving import refuse
from field_app.store.overlay import Shown
from sync_protocol.messaging.parts import Parts, parts_of
from sync_protocol.messaging.phones import phone_key
from sync_protocol.messaging.templates import MissingValue, UnknownPlaceholder, filled

if TYPE_CHECKING:
    from field_app.device import Device

PARTS_MOST = 8


def write(
    device: Device, customer_id: str, text: str, *, phone: str = "", template: str = "", send_at: int | None = None
) -> str:
    """Write a message to a customer. Returns its id, when it is on the disk.

    Args: phone: the number of the file, if empty. send_at: not before, in ms. Raises: Refused.
    """
    customer = reading.shown(device, customer_id)
    number = phone.strip() or str(customer.fields.get("contact_phone") or "")
    if not text.strip():
        raise refuse("content", "required")
    if not phone_key(number):
        raise refuse("person_phone", "required")
    if parts_of(text.strip()).parts > PARTS_MOST:
        raise refuse("content", "too-long")
    values = {
        "content": text.strip(),
        "written_at": device.clock_ms(),
        "person": customer.fields.get("contact_person"),
        "person_phone": number,
        "send_at": send_at,
        "template": template,
        "kind": "one",
    }
    return record_fact(device, customer_id, "message", values)


def size(text: str) -> Parts:
    """What a text takes, to be shown before it is sent."""
    return parts_of(text.strip())


def templates(device: Device) -> list[Shown]:
    """The templates that head office keeps for single messages, by name."""
    found = [
        one for one in reading.recent(device, "message_template", limit=200) if one.fields.get("active") is not False
    ]
    mine = [one for one in found if one.fields.get("purpose") != "holiday"]
    return sorted(mine, key=lambda one: str(one.fields.get("template_name")))


def text_of(template: Shown, values: Mapping[str, Any]) -> str:
    """A template's text for one customer; with its placeholders as they are where something is missing."""
    text = str(template.fields.get("content") or "")
    try:
        return filled(text, {name: str(value or "") for name, value in values.items()})
    except (MissingValue, UnknownPlaceholder):
        return text
