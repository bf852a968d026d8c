"""Today: which visits are planned, open and done, what else is due, and what came back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from field_app.services import reading
from field_app.services.returned import Returned, returned
from field_app.store.overlay import Shown

if TYPE_CHECKING:
    from field_app.device import Device

PLANNED_LIMIT = 60
_DAY_MS = 24 * 3600 * 1000
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ALL = 1_000_000

Reason = tuple[str, int | None]


@dataclass(frozen=True, slots=True)
class TodayVisit:
    """A visit of the day. Args: state: planned, open, done, skipped. visit_id: None while it is only planned. at: ms, its
    check-in. reasons: why it is planned: (`visit_batch`, None), (`cycle`, None), (`overdue`, days), (`never`, None).
    """

    customer_id: str
    name: str
    address: str
    grade: str
    distance_m: int | None
    state: str
    visit_id: str | None = None
    at: int | None = None
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Due:
    """Something to do at a customer today, beside a visit: (`order_day`, None), (`callback`, None), (`birthday`, None)."""

    customer_id: str
    name: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Today:
    """The day as the round sees it."""

    visits: list[TodayVisit] = field(default_factory=list)
    due: list[Due] = field(default_factory=list)
    returned: list[Returned] = field(default_factory=list)

    def count(self, state: str) -> int:
        """How many visits are in this state."""
        return sum(visit.state == state for visit in self.visits)


def today(device: Device, now_ms: int) -> Today:
    """The day of `now_ms` on the company's calendar."""
    with device.lock:
        zone = _zone(device.identity.time_zone)
        day = datetime.fromtimestamp(now_ms / 1000, zone).date()
        begins = int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1000)
        customers = {customer.id: customer for customer in reading.find(device, "customer", "", _ALL)}
        last_visits = reading.last_moments(device, "visit", customers)
        begun = [
            _begun(visit, customers[visit.customer])
            for visit in reading.recent(device, "visit", 1000, begins)
            if visit.customer in customers and visit.moment < begins + _DAY_MS
        ]
        visited = {visit.customer_id for visit in begun}
        planned = [
            _planned(customer, reasons)
            for customer in customers.values()
            if customer.id not in visited
            and (reasons := visit_reasons(customer.fields, last_visits.get(customer.id), begins, day))
        ]
        planned.sort(key=lambda visit: (-max(value or 0 for _, value in visit.reasons), visit.name.casefold()))
        planned = planned[:PLANNED_LIMIT]
        chosen = visited | {visit.customer_id for visit in planned}
        callbacks = _callbacks(device, begins)
        due = [
            Due(customer.id, _name(customer), reasons)
            for customer in customers.values()
            if (reasons := _due_reasons(customer, day, callbacks, is_planned=customer.id in chosen))
        ]
    order = {"open": 0, "planned": 1, "done": 2, "skipped": 3}
    visits = sorted([*begun, *planned], key=lambda visit: order.get(visit.state, 4))
    return Today(visits, due[:PLANNED_LIMIT], returned(device))


def visit_reasons(fields: dict[str, Any], last_visit_at: int | None, day_begins: int, day: date) -> tuple[Reason, ...]:
    """Why a visit is due on a day: it is the customer's visit day, or his visit cycle has run out."""
    reasons: list[Reason] = []
    if fields.get("visit_batch") == _WEEKDAYS[day.weekday()]:
        reasons.append(("visit_batch", None))
    cycle = fields.get("visit_cycle_days")
    if isinstance(cycle, int) and cycle > 0:
        if last_visit_at is None:
            reasons.append(("never", None))
        else:
            late_days = -((last_visit_at - day_begins) // _DAY_MS) - cycle
            if late_days > 0:
                reasons.append(("overdue", late_days))
            elif late_days == 0:
                reasons.append(("cycle", None))
    return tuple(reasons)


def _due_reasons(customer: Shown, day: date, callbacks: set[str], *, is_planned: bool) -> tuple[Reason, ...]:
    reasons: list[Reason] = []
    if customer.fields.get("order_batch") == _WEEKDAYS[day.weekday()] and not is_planned:
        reasons.append(("order_day", None))
    if customer.id in callbacks:
        reasons.append(("callback", None))
    if str(customer.fields.get("birthday") or "")[5:] == day.isoformat()[5:]:
        reasons.append(("birthday", None))
    return tuple(reasons)


def _callbacks(device: Device, begins: int) -> set[str]:
    """Customers with whom a callback was agreed for today or before, and who were not contacted since."""
    agreed: dict[str, int] = {}
    contacted: dict[str, int] = {}
    for contact in reading.recent(device, "contact_record", 500):
        if contact.customer is None:
            continue
        contacted[contact.customer] = max(contacted.get(contact.customer, 0), contact.moment)
        at = contact.fields.get("callback_at")
        if isinstance(at, int) and at < begins + _DAY_MS and at >= contact.moment:
            agreed[contact.customer] = max(agreed.get(contact.customer, 0), at)
    return {customer for customer, at in agreed.items() if contacted[customer] < at}


def _begun(visit: Shown, customer: Shown) -> TodayVisit:
    row = reading.customer_row(customer, visit.moment)
    distance = visit.fields.get("distance_m")
    state = str(visit.fields.get("state") or "open")
    return TodayVisit(customer.id, row.name, row.address, row.grade, distance, state, visit.id, visit.moment)


def _planned(customer: Shown, reasons: tuple[Reason, ...]) -> TodayVisit:
    row = reading.customer_row(customer, None)
    return TodayVisit(customer.id, row.name, row.address, row.grade, None, "planned", reasons=reasons)


def _name(customer: Shown) -> str:
    return str(customer.fields.get("store_name") or "")


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC
