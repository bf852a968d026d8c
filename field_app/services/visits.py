"""The visit: check in, note what was found, check out; or skip it and say why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from field_app.services import reading
from field_app.services.saving import creation, edits, refuse, save
from field_app.store.overlay import RETURNED, Shown

if TYPE_CHECKING:
    from field_app.device import Device

_RECENT_MS = 7 * 24 * 3600 * 1000
_OPEN = "open_visit"  # kept in the transaction of check-in and check-out: looking for it must not take longer with each visit


def check_in(
    device: Device,
    customer_id: str,
    *,
    purpose: str = "planned",
    place: Mapping[str, Any] | None = None,
    at: int | None = None,
) -> str:
    """Begin a visit at a customer. Returns its id, when it is on the disk.

    Args: place: latitude, longitude, accuracy_m, mock_location, as far as the device knows them. at: ms, now if None.
    Raises: Refused (another visit is open; the customer is not here), OSError.
    """
    if open_visit(device) is not None:
        raise refuse("visit", "visit.already-open")
    customer = customer_of(device, customer_id)
    values = {"purpose": purpose, "state": "open", "checked_in_at": _moment(device, at), **_where(place, customer)}
    record_id = device.new_id()
    changes = creation(device, customer.book, "visit", record_id, customer.id, values)
    save(device, customer.book, "check_in", changes, also=lambda _set, _seq: device.settings.set(_OPEN, record_id))
    return record_id


def check_out(device: Device, visit_id: str, values: Mapping[str, Any], at: int | None = None) -> None:
    """End a visit with what was found. Raises: Refused."""
    visit = _visit(device, visit_id)
    if visit.fields.get("state") != "open":
        raise refuse("state", "visit.not-open")
    changes = edits(device, visit, {**values, "state": "done", "checked_out_at": _moment(device, at)})

    def also(_set: str, _seq: int) -> None:
        if device.settings.get(_OPEN) == visit_id:
            device.settings.set(_OPEN, "")

    save(device, visit.book, "check_out", changes, also=also)


def note_visit(device: Device, visit_id: str, values: Mapping[str, Any]) -> None:
    """Note something about a visit, while it is open or after. Raises: Refused."""
    _edit(device, _visit(device, visit_id), "note_visit", values)


def skip(device: Device, customer_id: str, reason: str, kind: str = "") -> str:
    """Record that a planned visit does not take place, and why: a code of the reasons, words, or both.

    Returns: its id. Raises: Refused.
    """
    why = {name: text for name, text in (("skip_kind", kind.strip()), ("skip_reason", reason.strip())) if text}
    if not why:
        raise refuse("skip_kind", "required")
    values = {"purpose": "planned", "state": "skipped", **why, "checked_in_at": device.clock_ms()}
    return _create(device, customer_of(device, customer_id), "skip_visit", values)


def record_paper_visit(
    device: Device,
    customer_id: str,
    values: Mapping[str, Any],
    *,
    checked_in_at: int,
    checked_out_at: int | None = None,
) -> str:
    """Enter a visit afterwards from the paper register, whole, as one set. Returns its id, when it is on the disk.

    Raises: Refused (it is still to come; it ends before it begins; the customer is not here), OSError.
    """
    customer, now = customer_of(device, customer_id), device.clock_ms()
    if checked_in_at > now:
        raise refuse("checked_in_at", "instant.future")
    if checked_out_at is not None and checked_out_at > now:
        raise refuse("checked_out_at", "instant.future")
    if checked_out_at is not None and checked_out_at < checked_in_at:
        raise refuse("checked_out_at", "instant.order")
    times = {"checked_in_at": checked_in_at, "checked_out_at": checked_out_at}
    known = {"purpose": "paper", "state": "done", "entered_from_paper": True}
    return _create(device, customer, "record_paper_visit", {**values, **known, **times})


def open_visit(device: Device) -> Shown | None:
    """The visit of this user that is in progress: begun here, or on another device of his."""
    noted = device.settings.get(_OPEN)
    for visit_id in [noted] if noted else []:
        if (visit := _if_open(device, visit_id)) is not None:
            return visit
    since, me = device.clock_ms() - _RECENT_MS, device.identity.user_id
    if noted is None:  # a release before this one did not note it
        begun = [visit.id for visit in reading.recent(device, "visit", 1000, since)]
    else:
        stores = [device.books.store(book) for book in device.shown_books()]
        recent = (visit for store in stores for visit in store.recent("visit", 1000, since))
        begun = [visit.id for visit in recent if visit.fields.get("state") == "open" and visit.author == me]
    return next((visit for visit in (_if_open(device, visit_id) for visit_id in begun) if visit), None)


def _if_open(device: Device, visit_id: str) -> Shown | None:
    """The visit, if it is in progress and this user's."""
    try:
        visit = reading.shown(device, visit_id)
    except KeyError:
        return None
    is_mine = visit.by in (None, device.identity.user_id)
    is_there = not visit.removed and (visit.ver is not None or visit.state != RETURNED)
    return visit if visit.fields.get("state") == "open" and is_mine and is_there else None


def count_stock(
    device: Device, visit_id: str, product_id: str, quantity: str | None = None, price_minor: int | None = None
) -> str:
    """Record what of a product stands on the shelf, or the retail price that was seen, or both. Returns the record's id.

    What was noted of this product at this visit before is corrected. Raises: Refused.
    """
    visit = _visit(device, visit_id)
    given = {"quantity": quantity, "price_seen_minor": price_minor}
    given = {name: value for name, value in given.items() if value is not None}
    if not given:
        raise refuse("quantity", "required")
    for before in reading.referring(device, visit_id, "stock_count"):
        if before.fields.get("product") == product_id:
            changes = edits(device, before, {**given, "counted_at": device.clock_ms()})
            save(device, visit.book, "count_stock", changes)
            return before.id
    values = {
        "visit": visit_id,
        "product": product_id,
        "product_name": _product_name(device, product_id),
        **given,
        "counted_at": device.clock_ms(),
    }
    record_id = device.new_id()
    changes = creation(device, visit.book, "stock_count", record_id, visit.customer, values)
    save(device, visit.book, "count_stock", changes)
    return record_id


def note_place(device: Device, visit_id: str, place: Mapping[str, Any]) -> None:
    """Note where a visit is: the receiver had no place at check-in, or there is none and it was typed. Raises: Refused."""
    visit = _visit(device, visit_id)
    _edit(device, visit, "note_place", _where(place, customer_of(device, str(visit.customer))))


def leave_out(device: Device, visit_id: str, step: str, why: str) -> None:
    """Note that a step of the visit form was left out, and why. Args: step, why: in words. Raises: Refused."""
    visit = _visit(device, visit_id)
    lines = [line for line in left_out(visit) if not line.startswith(f"{step}: ")]
    _edit(device, visit, "leave_out_step", {"steps_skipped": "\n".join([*lines, f"{step}: {why.strip()}"])})


def left_out(visit: Shown) -> list[str]:
    """The steps of a visit that were left out, each «step: why»."""
    return [line for line in str(visit.fields.get("steps_skipped") or "").split("\n") if line]


def customer_of(device: Device, customer_id: str) -> Shown:
    """The customer that something is to be recorded for. Raises: Refused."""
    try:
        customer = reading.shown(device, customer_id)
    except KeyError as error:
        raise refuse("customer", "customer.unknown") from error
    if customer.type != "customer":
        raise refuse("customer", "customer.unknown")
    return customer


def placed(place: Mapping[str, Any] | None) -> dict[str, Any]:
    """A place as its fields travel: degrees as decimal strings, metres as whole numbers."""
    found = dict(place or {})
    for name in ("latitude", "longitude"):
        if isinstance(found.get(name), float | int):
            found[name] = f"{found[name]:.6f}".rstrip("0").rstrip(".")
    if isinstance(found.get("accuracy_m"), float):
        found["accuracy_m"] = round(found["accuracy_m"])
    return {name: value for name, value in found.items() if value is not None}


def _where(place: Mapping[str, Any] | None, customer: Shown) -> dict[str, Any]:
    """A place as the fields of a visit, with its distance to the outlet if that is known."""
    where = placed(place)
    if where.get("latitude") and where.get("longitude"):
        outlet = (str(customer.fields.get("latitude") or ""), str(customer.fields.get("longitude") or ""))
        where["distance_m"] = reading.distance_m((where["latitude"], where["longitude"]), outlet)
    return {name: value for name, value in where.items() if value is not None}


def _visit(device: Device, visit_id: str) -> Shown:
    try:
        visit = reading.shown(device, visit_id)
    except KeyError as error:
        raise refuse("visit", "visit.unknown") from error
    if visit.type != "visit":
        raise refuse("visit", "visit.unknown")
    return visit


def _create(device: Device, customer: Shown, action: str, values: Mapping[str, Any]) -> str:
    record_id = device.new_id()
    save(device, customer.book, action, creation(device, customer.book, "visit", record_id, customer.id, values))
    return record_id


def _edit(device: Device, visit: Shown, action: str, values: Mapping[str, Any]) -> None:
    changes = edits(device, visit, values)
    if changes:
        save(device, visit.book, action, changes)


def _moment(device: Device, at: int | None) -> int:
    return device.clock_ms() if at is None else at


def _product_name(device: Device, product_id: str) -> str | None:
    try:
        name: str | None = reading.shown(device, product_id).fields.get("product_name")
    except KeyError:
        return None
    return name
