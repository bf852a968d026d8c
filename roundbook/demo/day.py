"""A day in the field without a network, by the services that the app's own screens call."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from field_app.device import Device
from field_app.services import complaints, contacts, customers, orders, photos, reading, visits
from roundbook.demo import knowledge
from roundbook.demo.company import DAYS
from roundbook.demo.pictures import picture

VISITS, ORDERS, CONTACTS, EDITS = 10, 6, 2, 3
STEPS = ("shopfront", "display", "price_tag", "display", "stock", "display")
SIGNED = 0  # the visit whose order is signed on the glass
VISIT_PHOTOS = 12
PHOTOS = VISIT_PHOTOS + 1  # and the signature
EDIT_VISITS = (2, 5, 9)
ADDRESS_EDIT = 9
DAY_MS = 8 * 3600 * 1000 + 1800 * 1000
FRIDAY = 4
_NEEDS = (
    "A second facing for the small bottles",
    "A price list for the new season",
    "Cooler space near the till",
    "Smaller cartons",
)
_SERVICES = (
    "Straightened the shelf, put up price tags",
    "Explained the order cycle",
    "Left the new leaflet",
    "Counted with the owner",
)
_SITUATIONS = (
    "Busy, owner friendly",
    "Owner away, spoke with the clerk",
    "Stock low before the weekend",
    "Shop being painted",
)
_FIRST = ("Maria", "Tom", "Grace", "Ahmed", "Susan", "Pete", "Jin", "Olga", "Carl", "Rosa")
_LAST = ("Keller", "Nguyen", "Larson", "Haddad", "Meyer", "Ortiz", "Park", "Byrne", "Olson", "Brandt")


class Clock:
    """The device's clock. During the day it runs from 8:30 to 17:00 of the last working day that is over: nothing lies in the future."""

    def __init__(self, now_ms: Callable[[], int], zone: str) -> None:
        """Args: now_ms: the real clock. zone: the company's time zone, in which the day is meant."""
        self._now_ms = now_ms
        self._zone = ZoneInfo(zone)
        self._lag_ms = 0

    def __call__(self) -> int:
        return self._now_ms() - self._lag_ms

    def begin(self) -> None:
        """Go back to the begin of the day."""
        now = datetime.fromtimestamp(self._now_ms() / 1000, self._zone)
        evening = now.replace(hour=17, minute=0, second=0, microsecond=0)
        while evening > now or evening.weekday() > FRIDAY:
            evening -= timedelta(days=1)
        self._evening_ms = int(evening.timestamp() * 1000)
        self.at(0)

    @property
    def weekday(self) -> str:
        """The day of the week, as visit batches name it."""
        return DAYS[datetime.fromtimestamp(self() / 1000, self._zone).weekday()]

    def at(self, share: float) -> None:
        """Go to a point of the day: 0 is its begin, 1 its end."""
        self._lag_ms = self._now_ms() - (self._evening_ms - int(DAY_MS * (1 - share)))

    def back_to_now(self) -> None:
        """The day is over."""
        self._lag_ms = 0


def work(device: Device, clock: Clock, step: Callable[[str], None], seed: int = 20261122) -> None:
    """Ten visits with check-in and check-out, stock counts, twelve photos, six orders (one of them signed), two contact records, a
    complaint, a case for the knowledge base and three edits.

    Args: step: called after each visit with the customer's name. Nothing here touches a network.
    """
    random = Random(seed)  # noqa: S311  (a story, not a secret)
    clock.begin()
    for index, row in enumerate(_round_of_the_day(device, clock.weekday)):
        clock.at(index / VISITS)
        _visit(device, clock, row, index, random)
        step(row.name)
    clock.back_to_now()


def _round_of_the_day(device: Device, weekday: str) -> list[reading.CustomerRow]:
    """Ten customers who have ordered before: those whose visit day it is, then others."""
    rows = [row for row in reading.find_customers(device, limit=2000) if orders.last(device, row.id) is not None]
    rows.sort(key=lambda row: reading.shown(device, row.id).fields.get("visit_batch") != weekday)
    return rows[:VISITS]


def _visit(device: Device, clock: Clock, row: reading.CustomerRow, index: int, random: Random) -> None:
    person = f"{_FIRST[index]} {random.choice(_LAST)}"
    shop = reading.shown(device, row.id).fields
    place: dict[str, Any] | None = {name: shop[name] for name in ("latitude", "longitude") if name in shop} or None
    visit = visits.check_in(device, row.id, purpose="planned" if index % 4 else "unplanned", place=place)
    products = _bought_here(device, row.id)
    for product in products[:3]:
        visits.count_stock(device, visit, product, str(random.randrange(0, 24)), _price_seen(device, product, random))
    if not products:
        visits.leave_out(device, visit, "Stock count", "Nothing to see or count")
    for number in range(2 if index < VISIT_PHOTOS - VISITS else 1):
        kind = STEPS[(index + number) % len(STEPS)]
        photos.attach(device, visit, picture(kind, random), kind, caption="")
    clock.at((index + 0.5) / VISITS)
    if index < ORDERS:
        _order(device, row.id, visit, products, random, person if index == SIGNED else "")
    if index in (6, 7):
        values = {
            "channel": "visit",
            "contacted_at": clock(),
            "content": "Asked how the last delivery went; satisfied.",
            "person": person,
        }
        contacts.record(device, row.id, values)
    if index == 8:
        text = "Two bottles of the last delivery were broken. Wants a credit note."
        values = {
            "channel": "visit",
            "received_at": clock(),
            "subject": "Broken bottles",
            "description": text,
            "person": person,
        }
        complaint = complaints.record(device, row.id, values)
        knowledge.propose(device, row.id, complaint, visit)
    if index in EDIT_VISITS:
        _edit(device, row.id, person, index, random)
    answers = {
        "person": person,
        "need_found": random.choice(_NEEDS),
        "service_given": random.choice(_SERVICES),
        "situation": random.choice(_SITUATIONS),
        "prices_checked": True,
        "intention": random.choice(("low", "middle", "high")),
    }
    clock.at((index + 0.8) / VISITS)
    visits.check_out(device, visit, answers)


def _bought_here(device: Device, customer: str) -> list[str]:
    """The products of the customer's orders, the newest first."""
    lines = [line for order in reading.below(device, customer, "order") for line in order.fields["lines"]]
    return list(dict.fromkeys(line["product"] for line in lines if line.get("product")))


def _price_seen(device: Device, product: str, random: Random) -> int | None:
    """What the price tag of the shop says: a fifth to a third above ours."""
    ours = reading.shown(device, product).fields.get("unit_price_minor")
    return round(int(ours) * random.uniform(1.2, 1.35)) if ours else None


def _order(device: Device, customer: str, visit: str, before: list[str], random: Random, signed_by: str) -> None:
    """Five lines: what was ordered before, and what else the catalogue offers; one of the day is signed on the glass."""
    offered = [product.id for product in reading.products(device, limit=200)]
    wanted = list(dict.fromkeys([*before[:3], *random.sample(offered, 8)]))[:5]
    lines = [{"product": product, "quantity": str(random.choice((6, 12, 24)))} for product in wanted]
    signature = knowledge.signature(signed_by) if signed_by else None
    orders.place(device, customer, lines, visit_id=visit, signature=signature)


def _edit(device: Device, customer: str, person: str, index: int, random: Random) -> None:
    """One of three edits to customer files: how to reach the shop, which counts at once, and an address, which the supervisor confirms."""
    if index == ADDRESS_EDIT:
        address = str(reading.shown(device, customer).fields.get("address") or "")
        customers.edit(device, customer, {"address": f"{address}, Suite {random.randrange(2, 9)}"})
        return
    values = {
        "contact_person": person,
        "contact_phone": f"515 555 01{random.randrange(100):02d}",
        "preferred_channel": "phone",
    }
    customers.edit(device, customer, values)
