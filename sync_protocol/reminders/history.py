"""What happened with one customer, as far as reminders ask for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

Happened = tuple[str, str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Callback:
    """A callback that was agreed and not kept yet. Args: on: its day. record: the contact record in which it was agreed."""

    on: date
    content: str
    record: str


@dataclass(frozen=True, slots=True)
class Material:
    """Something promised to a customer and not given yet."""

    on: date
    item: str
    record: str


@dataclass(frozen=True, slots=True)
class History:
    """Days on which something happened last, and what is promised. None: never."""

    last_contact_on: date | None = None
    last_visit_on: date | None = None
    last_order_on: date | None = None
    callbacks: tuple[Callback, ...] = ()
    materials: tuple[Material, ...] = ()


NO_HISTORY = History()


def day_of(moment_ms: int, zone: tzinfo) -> date:
    """The company's calendar day of an instant."""
    return datetime.fromtimestamp(moment_ms / 1000, zone).date()


def is_contact(type: str, fields: Mapping[str, Any]) -> bool:
    """Whether a record is care for the customer: a visit that was not skipped, a contact that was no greeting by SMS."""
    if type == "visit":
        return fields.get("state") != "skipped"
    return type == "contact_record" and not (fields.get("channel") == "sms" and fields.get("purpose") == "care")


def history_of(records: Iterable[Happened], zone: tzinfo) -> History:
    """The history of one customer. Args: records: (id, type, fields) of his live records, in any order.

    A callback is kept by any contact on its day or later, other than the one in which it was agreed.
    """
    contacts: list[tuple[date, str]] = []
    visits: list[date] = []
    orders: list[date] = []
    agreed: list[Callback] = []
    materials: list[Material] = []
    for record, type, fields in records:
        if type == "order" and (day := _day(fields.get("ordered_at"), zone)):
            orders.append(day)
        elif type == "material":
            materials += _promised(record, fields)
        elif is_contact(type, fields):
            day = _day(fields.get("checked_in_at" if type == "visit" else "contacted_at"), zone)
            if day is None:
                continue
            contacts.append((day, record))
            if type == "visit":
                visits.append(day)
            elif callback := _day(fields.get("callback_at"), zone):
                agreed.append(Callback(callback, str(fields.get("callback_content") or ""), record))
    open_callbacks = [
        callback
        for callback in agreed
        if not any(day >= callback.on and record != callback.record for day, record in contacts)
    ]
    return History(
        last_contact_on=max((day for day, _ in contacts), default=None),
        last_visit_on=max(visits, default=None),
        last_order_on=max(orders, default=None),
        callbacks=tuple(sorted(open_callbacks, key=lambda callback: (callback.on, callback.record))),
        materials=tuple(sorted(materials, key=lambda material: (material.on, material.record))),
    )


def _day(moment_ms: Any, zone: tzinfo) -> date | None:
    return day_of(moment_ms, zone) if isinstance(moment_ms, int) else None


def _promised(record: str, fields: Mapping[str, Any]) -> list[Material]:
    due = as_day(fields.get("due_on"))
    if due is None or fields.get("given_on"):
        return []
    return [Material(due, str(fields.get("item") or ""), record)]


def as_day(value: Any) -> date | None:
    """A day in wire form; None for anything else."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) and value else None
    except ValueError:
        return None


_NEEDED = {
    "visit": ("state", "checked_in_at"),
    "contact_record": ("channel", "purpose", "contacted_at", "callback_at", "callback_content"),
    "order": ("ordered_at",),
    "material": ("item", "due_on", "given_on"),
}
HISTORY_TYPES = tuple(_NEEDED)
_DAY_MS = 86_400_000


def digest(records: Iterable[Happened]) -> list[Happened]:
    """The few of these records, and of their fields, that say as much about reminders as all of them, in every time zone.

    Invariant: `history_of(digest(records) + more, zone) == history_of(records + more, zone)` for records of other ids.
    Checked by: tests/reminders/test_history.py
    """
    visits: list[tuple[int, Happened]] = []
    contacts: list[tuple[int, Happened]] = []
    orders: list[tuple[int, Happened]] = []
    kept: dict[str, Happened] = {}
    for record, type, fields in records:
        needed = _NEEDED.get(type)
        if needed is None:
            continue
        short: Happened = (record, type, {name: fields[name] for name in needed if fields.get(name) is not None})
        if type == "material":
            if _promised(record, fields):
                kept[record] = short
        elif type == "order":
            _rank(orders, fields.get("ordered_at"), short, 1)
        elif is_contact(type, fields):
            at = fields.get("checked_in_at" if type == "visit" else "contacted_at")
            if type == "visit":
                _rank(visits, at, short, 1)
            _rank(contacts, at, short, 2)
            if isinstance(at, int) and isinstance(fields.get("callback_at"), int):
                kept[record] = short
    for _, best in [*visits, *contacts, *orders]:
        kept[best[0]] = best
    last = max((at for at, _ in contacts), default=0)
    return [one for one in kept.values() if one in _ranked(visits, contacts, orders) or not _is_long_kept(one, last)]


def _rank(best: list[tuple[int, Happened]], at: Any, record: Happened, most: int) -> None:
    """Keep the latest `most`, of equal instants the one of the highest id."""
    if isinstance(at, int):
        best.append((at, record))
        best.sort(key=lambda one: (one[0], one[1][0]), reverse=True)
        del best[most:]


def _ranked(*lists: list[tuple[int, Happened]]) -> list[Happened]:
    return [record for best in lists for _, record in best]


def _is_long_kept(record: Happened, last_contact_ms: int) -> bool:
    """A callback whose day is over in every time zone when there was a contact after it."""
    at = record[2].get("callback_at")
    return isinstance(at, int) and at + 2 * _DAY_MS < last_contact_ms
