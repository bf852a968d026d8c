"""What is due: the common rules of reminding, asked for every customer on this phone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from field_app.services import roster
from field_app.services.roster import Customer
from sync_protocol.reminders import Reminder, Rule, holiday_reminders, reminders_for

if TYPE_CHECKING:
    from field_app.device import Device

_MEMORY = "due"


@dataclass
class _Memory:
    """What was found on a day, by customer as he was then."""

    day: date | None = None
    rules: tuple[Rule, ...] = ()
    found: dict[Customer, list[Reminder]] = field(default_factory=dict)


def due(device: Device, day: date) -> Mapping[Customer, list[Reminder]]:
    """Customer -> what is due there and this user's to do, overdue first. Only who changed since is asked anew."""
    with device.lock:
        customers, rules = roster.customers(device), roster.rules(device)
        memory: _Memory = device.memory.setdefault(_MEMORY, _Memory())
        if memory.day != day or memory.rules is not rules:
            memory.day, memory.rules, memory.found = day, rules, {}
        before, found = memory.found, {}
        mine = _seats(device)
        for customer in customers.values():
            reminders = before.get(customer)
            if reminders is None:
                asked = reminders_for(customer.id, customer.fields, customer.history, rules, day)
                seats = mine.get(customer.book, frozenset())
                reminders = [one for one in asked if one.audience in seats]
            found[customer] = reminders
        memory.found = found
        return found


def due_at(device: Device, customer_id: str, day: date) -> list[Reminder]:
    """What is due at one customer."""
    customer = roster.customers(device).get(customer_id)
    return due(device, day).get(customer, []) if customer is not None else []


def holidays(device: Device, day: date) -> list[Reminder]:
    """The holidays that come up."""
    return holiday_reminders(roster.rules(device), day)


def _seats(device: Device) -> dict[str, frozenset[str]]:
    """Book -> the seats in it that this user holds."""
    return {
        book: frozenset(seat for seat in device.scope[book].get("seats", {}) if device.holds_seat(book, seat))
        for book in device.shown_books()
    }
