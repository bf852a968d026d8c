"""Who maintains what: the seats of a book, in words; and what becomes of an edit."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from field_app.language import gettext as _
from field_app.presenters import people
from field_app.presenters.form import COMPUTED, EDIT, PROPOSE
from sync_protocol.fields import FieldClass, Seat
from sync_protocol.records import record_type

if TYPE_CHECKING:
    from field_app.device import Device


def seat_words(seat: Seat | None) -> str:
    """The name of a seat."""
    names = {
        Seat.MAINTAINER: _("the account manager"),
        Seat.SUPERVISOR: _("the department head"),
        Seat.LICENSING: _("the licensing administrator"),
    }
    return names[seat] if seat else _("the system")


def group_seat(group: str) -> Seat | None:
    """The seat that maintains a group of the customer file; None if it is computed."""
    seats = [spec.seat for spec in record_type("customer").specs().values() if spec.group == group]
    return next((seat for seat in seats if seat), None)


def holds(device: Device, book: str, seat: Seat | None) -> bool:
    """Whether the user of this device holds a seat."""
    return seat is not None and device.holds_seat(book, seat.value)


def maintained(device: Device, book: str, seat: Seat | None, since: str = "") -> str:
    """«maintained by you», or who does; and since when, if that is known."""
    if seat is None:
        return _("computed by the system")
    if holds(device, book, seat):
        return _("maintained by you since {day}").format(day=since) if since else _("maintained by you")
    holder = people.name_of(device, device.seat(book, seat.value)[0])
    who = _("{name}, {seat}").format(name=holder, seat=seat_words(seat)) if holder else seat_words(seat)
    if not holder:
        return _("maintained by {who}: vacant now").format(who=who)
    if since:
        return _("maintained by {who} since {day}").format(who=who, day=since)
    return _("maintained by {who}").format(who=who)


def since_ms(device: Device, book: str, seat: Seat | None) -> int | None:
    """Since when a seat is in the hands it is in now; None if that is not known."""
    found = device.scope.get(book, {}).get("seats", {}).get(seat.value if seat else "") or {}
    return found.get("since")


def modes(device: Device, customer: str) -> Callable[[str], str]:
    """field -> what an edit of it will be; asked of the service once for each seat and class."""
    from field_app.services import customers

    specs = record_type("customer").specs()
    known: dict[tuple[Seat | None, FieldClass], str] = {}

    def mode_of(name: str) -> str:
        key = (specs[name].seat, specs[name].klass)
        if key not in known:
            known[key] = customers.field_mode(device, customer, name)
        return known[key]

    return mode_of


def mode_words(mode: str, seat: Seat | None = None) -> str:
    """What becomes of an edit in that mode; nothing if it simply counts."""
    if mode == PROPOSE:
        return _("proposal: {who} decides").format(who=seat_words(seat) if seat else seat_words(Seat.SUPERVISOR))
    return _("computed") if mode == COMPUTED else ("" if mode == EDIT else _("read only"))
