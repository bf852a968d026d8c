"""What people do all day: visits, counts, orders, photos, edits of own and foreign fields, removals, new customers, decisions."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from typing import Any

from field_app.device import Device
from field_app.services import contacts, customers, orders, photos, reading, visits
from field_app.services.saving import Refused, creation, edits, save
from field_app.store.overlay import Shown
from roundbook.simulation.phone import Phone
from roundbook.simulation.releases import SECOND
from roundbook.simulation.tally import SURVEY
from sync_protocol.fields import FieldClass, FieldSpec, Kind, Rule, Sensitivity
from sync_protocol.records import record_type

CHANGES_A_DAY = 24
COUNTED_PRODUCTS = 6
FIELDS_OF_A_SEAT = 5
STATIC_FIELDS = 2
WRITABLE = (Kind.TEXT, Kind.NOTE, Kind.CHOICE, Kind.TAGS, Kind.FLAG)
RECENT = 40

Action = Callable[[Phone], None]


@cache
def fields_of(seat: str) -> tuple[str, ...]:
    """The customer's fields that are worked on: few, so that people meet in them. Taken from the declaration."""
    specs = record_type("customer").specs()

    def fits(spec: FieldSpec, klass: FieldClass) -> bool:
        plain = spec.sensitivity is Sensitivity.OPEN and spec.kind in WRITABLE
        return spec.seat is not None and spec.seat.value == seat and spec.klass is klass and plain

    dynamic = [name for name, spec in specs.items() if fits(spec, FieldClass.DYNAMIC)]
    asking = [name for name in dynamic if specs[name].rule is Rule.ASK]
    elements = [name for name in dynamic if specs[name].rule is Rule.ELEMENTS]
    static = [name for name, spec in specs.items() if fits(spec, FieldClass.STATIC)]
    chosen = [*asking[:1], *elements[:1], *dynamic]
    return (*dict.fromkeys(chosen[: FIELDS_OF_A_SEAT + 2]), *static[:STATIC_FIELDS])


def a_value(name: str, rng: random.Random, mark: str) -> Any:
    """A value for a field of the customer. Args: mark: what no other value is."""
    spec = record_type("customer").specs()[name]
    if spec.kind is Kind.CHOICE:
        return rng.choice(sorted(spec.choices))
    if spec.kind is Kind.FLAG:
        return rng.random() < 0.5
    if spec.kind is Kind.TAGS:
        return sorted({f"tag {rng.randrange(9)}" for _ in range(rng.randrange(1, 4))})
    return mark if rng.random() < 0.9 else "the same for all"


class Workday:
    """The actions of one user on one phone. Each is what a tap on a button does; what is refused on the phone changes nothing."""

    def __init__(self, phone: Phone, rng: random.Random, *, with_bytes: bool) -> None:
        self.phone, self.rng, self.with_bytes = phone, rng, with_bytes
        self.count = 0
        self.visit: str | None = None

    @property
    def device(self) -> Device:
        """As it is now: after a crash it is another object."""
        return self.phone.device

    def act(self) -> int:
        """One action. Returns: how many changes it saved."""
        with suppress(Refused):
            self._choose()()
        return self.phone.collect()

    def _choose(self) -> Callable[[], None]:
        weights: dict[Callable[[], None], int] = {self.edit_own: 6, self.edit_foreign: 2, self.contact: 1}
        if self.phone.role == "maintainer":
            weights |= {
                self.a_visit: 8, self.order: 2, self.new_customer: 1, self.remove: 1, self.add_up: 3,
                self.edit_fact: 2, self.photo: 2, self.complaint: 1,
            }  # fmt: skip
        if self.phone.role == "maintainer" and self.phone.schema == SECOND:
            weights |= {self.survey: 2, self.remark: 2}
        if self.phone.role == "supervisor":
            weights |= {self.decide: 6, self.edit_own: 8, self.remove: 1, self.review: 2}
        return self.rng.choices(list(weights), list(weights.values()))[0]

    # -- what is there

    def ids(self, type_name: str, limit: int = RECENT) -> list[tuple[str, str]]:
        """(record, book) of the newest records of a type that the phone shows, its own unsent ones included."""
        found = {}
        for book in self.device.shown_books():
            rows = self.device.books.store(book).database.rows(
                "SELECT id FROM record WHERE type = ? AND removed = 0 ORDER BY moment DESC, id DESC LIMIT ?",
                (type_name, limit),
            )
            found.update({row[0]: book for row in rows})
        if type_name not in ("customer", "product", "proposal", "tally"):
            found.update({record: "" for record, _, _ in self.device.outbox.touched(type_name)[-limit:]})
        return sorted(found.items())

    def one(self, type_name: str) -> Shown | None:
        """Any record of a type."""
        found = self.ids(type_name)
        if not found:
            return None
        try:
            return reading.shown(self.device, self.rng.choice(found)[0])
        except KeyError:
            return None

    def mark(self) -> str:
        """A text that no other edit uses."""
        self.count += 1
        return f"{self.phone.name} {self.count}"

    # -- what is done

    def a_visit(self) -> None:
        """The next step of a visit: check in, count, note, check out."""
        if self.visit is None:
            customer = self.one("customer")
            if customer is not None:
                still_open = visits.open_visit(self.device)
                self.visit = still_open.id if still_open else visits.check_in(self.device, customer.id)
            return
        try:
            visit = reading.shown(self.device, self.visit)
        except KeyError:
            self.visit = None
            return
        self.count_stock(visit)
        self.visit = None
        visits.check_out(self.device, visit.id, {"situation": self.mark()})

    def count_stock(self, visit: Shown) -> None:
        """The shelf, in one action: several changes in one set."""
        changes = []
        for product, _ in self.ids("product")[:COUNTED_PRODUCTS]:
            values = {
                "visit": visit.id,
                "product": product,
                "quantity": str(self.rng.randrange(50)),
                "counted_at": max(0, self.device.clock_ms()),
            }
            name = self.device.new_id()
            changes += creation(self.device, visit.book, "stock_count", name, visit.customer, values)
        if changes:
            save(self.device, visit.book, "count_stock", changes)

    def order(self) -> None:
        """An order, with lines."""
        customer, products = self.one("customer"), self.ids("product")
        if customer is not None and products:
            lines = [
                {"product": self.rng.choice(products)[0], "quantity": self.rng.randrange(1, 40)}
                for _ in range(self.rng.randrange(1, 4))
            ]
            orders.place(self.device, customer.id, lines, visit_id=self.visit, note=self.mark())

    def photo(self) -> None:
        """A photo of the visit that is open: its record, and where the back end takes them its bytes."""
        if self.visit is None:
            return
        if self.with_bytes:
            photos.attach(self.device, self.visit, picture(self.rng), "shopfront", caption=self.mark())
            return
        try:
            visit = reading.shown(self.device, self.visit)
        except KeyError:
            return
        values = {
            "visit": visit.id, "step": "shopfront", "caption": self.mark(), "sha256": self.rng.randbytes(32).hex(),
            "size_bytes": 1000, "media_type": "image/jpeg", "taken_at": max(0, self.device.clock_ms()),
        }  # fmt: skip
        made = creation(self.device, visit.book, "photo", self.device.new_id(), visit.customer, values)
        save(self.device, visit.book, "attach_photo", made)

    def contact(self) -> None:
        """A call; or the calls of a morning, in one set."""
        if (customer := self.one("customer")) is None:
            return
        if self.rng.random() < 0.5:
            contacts.record(self.device, customer.id, {"channel": "phone", "content": self.mark()})
            return
        changes = []
        for _ in range(self.rng.randrange(2, 6)):
            values = {"channel": "phone", "content": self.mark(), "contacted_at": max(0, self.device.clock_ms())}
            changes += creation(self.device, customer.book, "contact_record", self.device.new_id(), customer.id, values)
        save(self.device, customer.book, "record_calls", changes)

    def complaint(self) -> None:
        """What a customer complains of."""
        if (customer := self.one("customer")) is not None:
            values = {"received_at": max(0, self.device.clock_ms()), "subject": self.mark(), "description": "late"}
            contacts.record_fact(self.device, customer.id, "complaint", values)

    def edit_own(self) -> None:
        """Fields that one's own seat maintains, of several customers."""
        self._edit(fields_of(self.phone.role), self.rng.choice((1, 10, 20)))

    def edit_foreign(self) -> None:
        """Fields that somebody else maintains: an application."""
        other = self.rng.choice([seat for seat in ("maintainer", "supervisor", "licensing") if seat != self.phone.role])
        self._edit(fields_of(other), 1)

    def _edit(self, names: tuple[str, ...], customers_most: int) -> None:
        """One customer by the app's own service, or a list of them in one set."""
        known = [record for record, _ in self.ids("customer")]
        chosen = self.rng.sample(known, min(len(known), self.rng.randrange(1, customers_most + 1)))
        together: dict[str, list[dict[str, Any]]] = {}
        for customer in reading.shown_all(self.device, chosen):
            changed = self.rng.sample(names, min(len(names), self.rng.randrange(1, 4)))
            values = {name: a_value(name, self.rng, self.mark()) for name in changed}
            if customers_most == 1:
                customers.edit(self.device, customer.id, values)
            else:
                together.setdefault(customer.book, []).extend(edits(self.device, customer, values))
        for book, changes in together.items():
            if changes:
                save(self.device, book, "edit_customers", changes)

    def edit_fact(self) -> None:
        """Something is noted about a visit afterwards."""
        if (visit := self.one("visit")) is not None:
            visits.note_visit(self.device, visit.id, {"next_step": self.mark()})

    def new_customer(self) -> None:
        """A new outlet, and at once a call with it."""
        made = customers.create(self.device, {"store_name": self.mark(), "contact_person": "Ms New"})
        contacts.record(self.device, made, {"channel": "phone", "content": self.mark()})

    def add_up(self) -> None:
        """A number is added to what several people count together."""
        if (tally := self.one("tally")) is not None:
            self._save(tally, "edit", add={"total": str(self.rng.randrange(1, 10))})

    def survey(self) -> None:
        """What only the second release can record."""
        if (customer := self.one("customer")) is not None:
            values = {"question": self.mark(), "answer": self.rng.choice(("yes", "no"))}
            name = self.device.new_id()
            save(
                self.device,
                customer.book,
                "ask",
                creation(self.device, customer.book, SURVEY, name, customer.id, values),
            )

    def remark(self) -> None:
        """A field that only the second release has, on a record that both know."""
        if (tally := self.one("tally")) is not None:
            save(self.device, tally.book, "remark", edits(self.device, tally, {"remark": self.mark()}))

    def remove(self) -> None:
        """A record is removed, or one that is gone is edited."""
        kind = self.rng.choice(("visit", "contact_record", "contact_record", "customer"))
        if kind == "customer" and self.rng.random() < 0.7:
            return
        if (record := self.one(kind)) is not None:
            self._save(record, "remove")

    def decide(self) -> None:
        """A proposal is accepted, with the change that it asks for, or declined."""
        proposal = self.one("proposal")
        if proposal is None or proposal.fields.get("state") != "open":
            return
        if self.rng.random() < 0.3:
            self._save(proposal, "decline", set={"comment": self.mark()})
            return
        asked = json.loads(proposal.fields["change"])
        try:
            now: Shown | None = reading.shown(self.device, proposal.fields["of"])
        except KeyError:
            now = None
        carried = accepted_change(asked, now.ver if now else None, now.fields if now else {})
        term = self.device.seat(proposal.book, asked["seat"])[1]
        changes = [self._change(proposal, "accept"), {**carried, "term": term}]
        save(self.device, proposal.book, "accept", changes)

    def review(self) -> None:
        """An order is looked at in the field."""
        if (order := self.one("order")) is not None:
            values = {"of": order.id, "outcome": "accept", "reviewed_at": max(0, self.device.clock_ms())}
            made = creation(self.device, order.book, "review", self.device.new_id(), order.customer, values)
            save(self.device, order.book, "review", made)

    def _save(self, record: Shown, op: str, **members: Mapping[str, Any]) -> None:
        save(self.device, record.book, op, [self._change(record, op, **members)])

    def _change(self, record: Shown, op: str, **members: Mapping[str, Any]) -> dict[str, Any]:
        seat = str(record.fields.get("decider")) if record.type == "proposal" else "maintainer"
        change: dict[str, Any] = {"op": op, "type": record.type, "record": record.id, "customer": record.customer}
        change |= {"base": record.ver} if record.ver else {}
        return {**change, "seat": seat, "term": self.device.seat(record.book, seat)[1], **members}


def accepted_change(asked: Mapping[str, Any], ver: str | None, fields: Mapping[str, Any]) -> dict[str, Any]:
    """What an acceptance carries: the change that was asked for, on the record as the decider sees it."""
    change = {name: value for name, value in asked.items() if name not in ("n", "base", "was")}
    if change["op"] != "create":
        change |= {"base": ver} if ver else {}
        if change.get("set"):
            change["was"] = {name: fields.get(name) for name in change["set"]}
    return change


@cache
def _pictures() -> tuple[bytes, ...]:
    import io

    from PIL import Image

    found = []
    for shade in range(40):
        made = io.BytesIO()
        Image.new("RGB", (32, 24), (shade * 6, 90, 200 - shade)).save(made, "JPEG", quality=80)
        found.append(made.getvalue())
    return tuple(found)


def picture(rng: random.Random) -> bytes:
    """A small real JPEG; now and then the same one again."""
    return rng.choice(_pictures())
