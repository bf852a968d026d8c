"""Work that came back: refused by the server, or returned by a review at head office."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from field_app.services import orders, reading
from field_app.services.saving import Refused, creation, edits, refuse, save
from field_app.store.outbox import NOTES_OF_READING, SavedSet
from field_app.store.overlay import RETURNED, Shown
from sync_protocol.records import knows, record_type

if TYPE_CHECKING:
    from field_app.device import Device

_REVIEWS = 500


@dataclass(frozen=True, slots=True)
class Returned:
    """One record that came back. Args: reasons: field -> codes, of a refusal. comment: of a review: one of the two."""

    id: str
    type: str
    customer: str | None
    title: str
    comment: str
    reasons: dict[str, list[str]]
    at: int | None
    customer_name: str = ""


def returned(device: Device) -> list[Returned]:
    """Everything of this user's that came back and is not settled, newest first."""
    with device.lock:
        refused = {
            change["record"] for one in device.outbox.in_state("refused") if one.wire for change in one.wire["changes"]
        }
        ids = set(refused)
        for review in reading.recent(device, "review", _REVIEWS):
            if review.fields.get("outcome") == "return":
                ids.add(str(review.fields.get("of")))
        found = [
            _as_returned(device, record, by_review=record.id not in refused)
            for record in reading.shown_all(device, ids)
            if record.state == RETURNED
        ]
    return sorted(found, key=lambda one: one.at or 0, reverse=True)


def was_refused(device: Device, record_id: str) -> bool:
    """Whether something of this record was refused, which its author may give up; a review only asks him for more."""
    return bool(_refused(device, record_id))


def correct(device: Device, record_id: str, values: Mapping[str, Any]) -> str:
    """Save a returned record again with other values: in place of what was refused, or as an answer to a review.

    Returns: the new set's id. Raises: KeyError (nothing of this record came back), Refused.
    """
    refused, record = _refused(device, record_id), reading.shown(device, record_id)
    if (not refused and record.state != RETURNED) or is_note_of_reading(record.type):
        raise KeyError(record_id)
    book = refused[-1].book if refused else record.book
    wanted = {**record.asked, **values}
    if record.ver is not None:
        changes = edits(device, record, wanted)
    else:
        changes = creation(device, book, record.type, record_id, record.customer, {**record.fields, **wanted})
    if not changes:
        raise refuse("values", "nothing.changed")

    def give_up(_id: str, _seq: int) -> None:
        """What was refused before the last one is in the new set as well."""
        for saved in refused[:-1]:
            if saved.wire and all(change["record"] == record_id for change in saved.wire["changes"]):
                device.outbox.discard(saved.id)

    replaces = refused[-1].id if refused else None
    return save(device, book, f"correct_{record.type}"[:60], changes, replaces=replaces, also=give_up)


def is_note_of_reading(type_name: str) -> bool:
    """Whether records of this type say what their author read: he neither changes nor discards them."""
    return type_name in NOTES_OF_READING


def correct_order(device: Device, record_id: str, lines: Sequence[Mapping[str, Any]]) -> str:
    """Save a returned order again with other lines, priced as a new one is. Returns: the new set's id. Raises: as `correct`."""
    made, reasons = orders._lines(device, lines)
    if reasons:
        raise Refused(reasons)
    total = sum(line.get("amount_minor", 0) for line in made)
    return correct(device, record_id, {"lines": made, "total_minor": total})


def dismiss(device: Device, record_id: str) -> None:
    """Give up what was refused of a record; the server keeps what it received. What notes that something was read stays."""
    for saved in _refused(device, record_id):
        device.outbox.discard(saved.id)


def _refused(device: Device, record_id: str) -> list[SavedSet]:
    return [saved for saved in device.outbox.touching([record_id]).get(record_id, []) if saved.state == "refused"]


def _as_returned(device: Device, record: Shown, *, by_review: bool) -> Returned:
    title = record.fields.get(record_type(record.type).title) if knows(record.type) else None
    name = ""
    if record.customer is not None:
        with suppress(KeyError):
            name = str(reading.shown(device, record.customer).fields.get("store_name") or "")
    comment = record.reasons.get("", [""])[0] if by_review else ""
    reasons = {} if by_review else record.reasons
    return Returned(
        record.id, record.type, record.customer, str(title or name), comment, reasons, record.at, customer_name=name
    )
