"""Who maintains what: the seats of a book, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from field_app.language import gettext as _
from field_app.presenters.form import COMPUTED, EDIT, PROPOSE
from sync_protocol.fields import Seat
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


def maintained(device: Device, customer: str, group: str) -> str:
    """«You maintain this», or who does."""
    from field_app.services import customers

    fields = [name for name, spec in record_type("customer").specs().items() if spec.group == group and spec.seat]
    if not fields:
        return _("computed by the system")
    if customers.holds(device, customer, group_seat(group)):
        return _("maintained by you")
    return _("maintained by {who}").format(who=seat_words(group_seat(group)))


def mode_words(mode: str, seat: Seat | None = None) -> str:
    """What becomes of an edit in that mode; nothing if it simply counts."""
    if mode == PROPOSE:
        return _("proposal: {who} decides").format(who=seat_words(seat) if seat else seat_words(Seat.SUPERVISOR))
    return _("computed") if mode == COMPUTED else ("" if mode == EDIT else _("read only"))
