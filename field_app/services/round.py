"""Today: which visits are planned, open and done, what else is due, what came back, and what head office asks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from field_app.services import due, reading, roster, route
from field_app.services.reading import Place
from field_app.services.returned import Returned, returned
from field_app.services.roster import Customer
from field_app.store.overlay import Shown
from sync_protocol.reminders import Reminder

if TYPE_CHECKING:
    from field_app.device import Device

PLANNED_LIMIT = 60
OVERDUE_LEAST = 30  # as many of the overdue are planned however many are due on the day itself


@dataclass(frozen=True, slots=True)
class TodayVisit:
    """A visit of the day. Args: state: planned, open, done, skipped. visit_id: None while it is only planned. at: ms, its
    check-in. reminders: why it is planned, the visit's own first. distance_m: from the visit before it, or from the shop.
    """

    customer_id: str
    name: str
    address: str
    grade: str
    distance_m: int | None
    state: str
    visit_id: str | None = None
    at: int | None = None
    reminders: tuple[Reminder, ...] = ()

    @property
    def is_overdue(self) -> bool:
        """Whether it should have been made before today."""
        return bool(self.reminders) and self.reminders[0].days < 0


@dataclass(frozen=True, slots=True)
class Due:
    """Something to do at a customer, beside a visit of today: the most pressing reminder first."""

    customer_id: str
    name: str
    reminders: tuple[Reminder, ...]

    @property
    def state(self) -> str:
        """overdue, today, tomorrow or soon: of the most pressing."""
        return self.reminders[0].state


@dataclass(frozen=True, slots=True)
class Today:
    """The day as the round sees it. Args: more_overdue: overdue visits that do not fit into the day any more.
    asked: proposals that wait for this user's decision.
    """

    visits: list[TodayVisit] = field(default_factory=list)
    due: list[Due] = field(default_factory=list)
    returned: list[Returned] = field(default_factory=list)
    holidays: list[Reminder] = field(default_factory=list)
    asked: list[Shown] = field(default_factory=list)
    more_overdue: int = 0

    def count(self, state: str) -> int:
        """How many visits are in this state."""
        return sum(visit.state == state for visit in self.visits)


def today(device: Device, now_ms: int, here: Place | None = None) -> Today:
    """The day of `now_ms` on the company's calendar. Args: here: where the device is, if that is known."""
    with device.lock:
        zone = roster.zone_of(device)
        day = datetime.fromtimestamp(now_ms / 1000, zone).date()
        begun = _begun(device, day)
        visited = {visit.customer_id for visit in begun}
        found = {customer: reminders for customer, reminders in due.due(device, day).items() if reminders}
        planned, more = _planned(found, visited, here or _last_place(device, begun))
        chosen = visited | {visit.customer_id for visit in planned}
        order = {"open": 0, "planned": 1, "done": 2, "skipped": 3}
        return Today(
            visits=sorted([*begun, *planned], key=lambda visit: order.get(visit.state, 4)),
            due=_also_due(found, chosen),
            returned=returned(device),
            holidays=due.holidays(device, day),
            asked=asked(device),
            more_overdue=more,
        )


def is_planned(device: Device, customer_id: str, now_ms: int) -> bool:
    """Whether a visit of this customer is due on the day."""
    day = datetime.fromtimestamp(now_ms / 1000, roster.zone_of(device)).date()
    return any(one.kind == "visit" and one.days <= 0 for one in due.due_at(device, customer_id, day))


def asked(device: Device) -> list[Shown]:
    """Open proposals of others, about fields that this user maintains, without those that he has decided here."""
    answered = {record for record, *_ in device.outbox.touched("proposal", ops=("accept", "decline"))}
    return [
        one
        for one in reading.recent(device, "proposal", 200)
        if one.fields.get("state") == "open"
        and one.id not in answered
        and one.fields.get("proposer") != device.identity.user_id
        and device.holds_seat(one.book, str(one.fields.get("decider")))
    ]


def _begun(device: Device, day: date) -> list[TodayVisit]:
    zone = roster.zone_of(device)
    begins = int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1000)
    after = day + timedelta(days=1)
    ends = int(datetime(after.year, after.month, after.day, tzinfo=zone).timestamp() * 1000)
    customers = roster.customers(device)
    return [
        _visit(visit, customers[visit.customer])
        for visit in reading.recent(device, "visit", 1000, begins)
        if visit.customer is not None and visit.customer in customers and visit.moment < ends
    ]


def _last_place(device: Device, begun: Iterable[TodayVisit]) -> Place | None:
    """Where the last visit of the day began."""
    last = max(begun, key=lambda visit: visit.at or 0, default=None)
    customer = roster.customers(device).get(last.customer_id) if last else None
    return place_of(customer) if customer else None


def place_of(customer: Customer) -> Place | None:
    """Where a customer is."""
    return route.place(customer.fields.get("latitude"), customer.fields.get("longitude"))


def _planned(
    found: dict[Customer, list[Reminder]], visited: set[str], start: Place | None
) -> tuple[list[TodayVisit], int]:
    """The visits to make, in their order, and how many overdue ones found no room."""
    wanted: dict[Customer, Reminder] = {}
    for customer, reminders in found.items():
        visit = next((one for one in reminders if one.kind == "visit" and one.days <= 0), None)
        if visit is not None and customer.id not in visited:
            wanted[customer] = visit
    pressing = sorted(wanted, key=lambda one: (not wanted[one].important, wanted[one].days, one.title, one.id))
    overdue = [one for one in pressing if wanted[one].days < 0]
    due_today = [one for one in pressing if wanted[one].days == 0]
    room = max(OVERDUE_LEAST, PLANNED_LIMIT - len(due_today))
    kept, rest = overdue[:room], overdue[room:]
    way = route.ordered([kept, due_today[: PLANNED_LIMIT - len(kept)]], place_of, start)
    visits, at = [], start
    for customer in way:
        others = [one for one in found[customer] if one is not wanted[customer] and one.kind != "escalation"]
        row = _planned_visit(customer, (wanted[customer], *others))
        visits.append(replace(row, distance_m=reading.distance_m(at, place_of(customer))))
        at = place_of(customer) or at
    return visits, len(rest)


def _also_due(found: dict[Customer, list[Reminder]], chosen: set[str]) -> list[Due]:
    """What else is due, the overdue first, important customers before others."""
    rows = []
    for customer, reminders in found.items():
        if customer.id in chosen:
            continue
        here = [one for one in reminders if not (one.kind == "visit" and one.days < 0)]
        if here:
            rows.append(Due(customer.id, _name(customer), tuple(sorted(here, key=_pressing))))
    return sorted(rows, key=lambda row: (not row.reminders[0].important, _pressing(row.reminders[0]), row.name))


def _pressing(reminder: Reminder) -> tuple[int, int]:
    """What was promised comes before what is a matter of routine; then by day."""
    promised = ("callback", "materials", "escalation")
    return (0 if reminder.kind in promised and reminder.days <= 0 else 1, reminder.days)


def _visit(visit: Shown, customer: Customer) -> TodayVisit:
    state = str(visit.fields.get("state") or "open")
    row = _planned_visit(customer, ())
    return replace(row, state=state, visit_id=visit.id, at=visit.moment, distance_m=visit.fields.get("distance_m"))


def _planned_visit(customer: Customer, reminders: tuple[Reminder, ...]) -> TodayVisit:
    fields = customer.fields
    address = ", ".join(str(fields[name]) for name in ("address", "city") if fields.get(name))
    grade = str(fields.get("grade") or "")
    return TodayVisit(customer.id, _name(customer), address, grade, None, "planned", reminders=reminders)


def _name(customer: Customer) -> str:
    return str(customer.fields.get("store_name") or "")
