"""From values to a change set: what is checked, whose seat it names, on which version it was made (protocol §3, R4-R6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from field_app.store.overlay import Shown
from sync_protocol.changes import check_change
from sync_protocol.fields import FieldClass, FieldSpec, Rule, Seat
from sync_protocol.records import check_values, record_type

if TYPE_CHECKING:
    from field_app.device import Device

Change = dict[str, Any]


class Refused(Exception):
    """The values cannot be saved; nothing was. Args: reasons: field -> codes of what is wrong."""

    def __init__(self, reasons: Mapping[str, Sequence[str]]) -> None:
        self.reasons = {field: list(codes) for field, codes in reasons.items()}
        super().__init__(", ".join(f"{field}: {' '.join(codes)}" for field, codes in self.reasons.items()))


def refuse(field: str, code: str) -> Refused:
    """A refusal with one reason."""
    return Refused({field: [code]})


def creation(
    device: Device, book: str, type_name: str, record_id: str, customer: str | None, values: Mapping[str, Any]
) -> list[Change]:
    """The changes that create a record: one creates it, and one edit more for each further seat that maintains a field of it.

    Raises: Refused.
    """
    given = {name: value for name, value in values.items() if value not in (None, "", [])}
    _check(type_name, given, creating=True)
    by_seat = _by_seat(type_name, given)
    first = Seat.MAINTAINER if not by_seat or Seat.MAINTAINER in by_seat else next(iter(by_seat))
    changes = []
    for seat in dict.fromkeys([first, *by_seat]):
        op = "create" if seat == first else "edit"
        changes.append(_change(device, book, op, type_name, record_id, customer, seat, {"set": by_seat.get(seat, {})}))
    return changes


def edits(device: Device, record: Shown, values: Mapping[str, Any]) -> list[Change]:
    """The changes that bring a record to these values, one for each seat that maintains a field of it.

    Args: record: as its author sees it: what he does not change is not sent. Returns: nothing, if nothing differs.
    Raises: Refused.
    """
    specs = record_type(record.type).specs()
    new = {name: None if value in ("", []) else value for name, value in values.items()}
    differing = {name: value for name, value in new.items() if record.fields.get(name) != value}
    _check(record.type, differing, creating=False)
    changes = []
    for seat, part in _by_seat(record.type, differing).items():
        members: dict[str, dict[str, Any]] = {"set": {}, "was": {}, "put": {}, "take": {}}
        for name, value in part.items():
            before = record.fields.get(name)
            if specs[name].rule is Rule.ELEMENTS:
                _add_elements(members, name, before or [], value or [])
            else:
                members["set"][name] = value
                members["was"][name] = before
        changes.append(
            _change(
                device, record.book, "edit", record.type, record.id, record.customer, seat, members, base=record.ver
            )
        )
    return changes


def save(
    device: Device,
    book: str,
    action: str,
    changes: Sequence[Change],
    *,
    replaces: str | None = None,
    also: Callable[[str, int], None] | None = None,
) -> str:
    """Save the changes of one action as one set. Returns its id when it is on the disk. Raises: Refused, OSError."""
    if book not in device.shown_books():
        raise refuse("book", "book.left")
    found: dict[str, list[str]] = {}
    for n, change in enumerate(changes, 1):
        for reason in check_change({"n": n, **change}, n):
            found.setdefault(reason["field"], []).append(reason["code"])
    if found:
        raise Refused(found)
    try:
        return device.outbox.append(
            author=device.identity.user_id,
            book=book,
            action=action,
            changes=changes,
            now_ms=device.clock_ms(),
            replaces=replaces,
            also=also,
        )
    except ValueError as error:
        raise refuse("set", "set.too-large") from error


def _check(type_name: str, values: Mapping[str, Any], *, creating: bool) -> None:
    specs = record_type(type_name).specs()
    reasons = check_values(type_name, values, creating=creating)
    for name in values:
        if name in specs and specs[name].klass is FieldClass.SYSTEM:
            reasons.setdefault(name, []).append("field.system")
    if reasons:
        raise Refused(reasons)


def _by_seat(type_name: str, values: Mapping[str, Any]) -> dict[Seat, dict[str, Any]]:
    specs: Mapping[str, FieldSpec] = record_type(type_name).specs()
    found: dict[Seat, dict[str, Any]] = {}
    for name, value in values.items():
        seat = specs[name].seat
        assert seat is not None, "system fields were refused before"
        found.setdefault(seat, {})[name] = value
    return found


def _change(
    device: Device,
    book: str,
    op: str,
    type_name: str,
    record_id: str,
    customer: str | None,
    seat: Seat,
    members: Mapping[str, Mapping[str, Any]],
    *,
    base: str | None = None,
) -> Change:
    change: Change = {"op": op, "type": type_name, "record": record_id, "customer": customer}
    if base is not None:
        change["base"] = base
    change["seat"], change["term"] = seat.value, device.seat(book, seat.value)[1]
    change.update({name: dict(values) for name, values in members.items() if values})
    return change


def _add_elements(members: dict[str, dict[str, Any]], name: str, before: Iterable[Any], after: Iterable[Any]) -> None:
    """A set is never assigned whole (R14): what is new is put, what is gone is taken."""
    before, after = list(before), list(after)
    new, gone = [e for e in after if e not in before], [e for e in before if e not in after]
    if new:
        members["put"][name] = new
    if gone:
        members["take"][name] = gone
