"""Work that came back: refused by the server, or returned by a review at head office."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from field_app.services import reading
from field_app.services.saving import creation, edits, refuse, save
from field_app.store.overlay import RETURNED, Shown
from sync_protocol.records import knows, record_type

if TYPE_CHECKING:
    from field_app.device import Device

_REVIEWS = 500


@dataclass(frozen=True, slots=True)
class Returned:
    """One record that came back. Args: reasons: field -> codes, of a refusal. comment: of a review."""

    id: str
    type: str
    customer: str | None
    title: str
    comment: str
    reasons: dict[str, list[str]]
    at: int | None


def returned(device: Device) -> list[Returned]:
    """Everything of this user's that came back and is not settled, newest first."""
    with device.lock:
        ids = {
            change["record"] for one in device.outbox.in_state("refused") if one.wire for change in one.wire["changes"]
        }
        for review in reading.recent(device, "review", _REVIEWS):
            if review.fields.get("outcome") == "return":
                ids.add(str(review.fields.get("of")))
        found = [_as_returned(device, record) for record in _shown(device, ids) if record.state == RETURNED]
    return sorted(found, key=lambda one: one.at or 0, reverse=True)


def correct(device: Device, record_id: str, values: Mapping[str, Any]) -> str:
    """Save a refused record again with other values, in place of what was refused. Returns the new set's id.

    Raises: KeyError (nothing of this record was refused), Refused.
    """
    refused = [saved for saved in device.outbox.touching([record_id]).get(record_id, []) if saved.state == "refused"]
    if not refused:
        raise KeyError(record_id)
    last, record = refused[-1], reading.shown(device, record_id)
    if record.ver is not None:
        changes = edits(device, record, {**record.asked, **values})
    else:
        changes = creation(device, last.book, record.type, record_id, record.customer, {**record.fields, **values})
    if not changes:
        raise refuse("values", "nothing.changed")
    return save(device, last.book, f"correct_{record.type}"[:60], changes, replaces=last.id)


def dismiss(device: Device, record_id: str) -> None:
    """Give up what was refused of a record; the server keeps what it received."""
    for saved in device.outbox.touching([record_id]).get(record_id, []):
        if saved.state == "refused":
            device.outbox.discard(saved.id)


def _shown(device: Device, ids: set[str]) -> list[Shown]:
    return reading.shown_all(device, ids)


def _as_returned(device: Device, record: Shown) -> Returned:
    title = record.fields.get(record_type(record.type).title) if knows(record.type) else None
    if not title and record.customer is not None:
        try:
            title = reading.shown(device, record.customer).fields.get("store_name")
        except KeyError:
            title = None
    comment = record.reasons.get("", [""])[0] if record.ver is not None else ""
    return Returned(record.id, record.type, record.customer, str(title or ""), comment, record.reasons, record.at)
