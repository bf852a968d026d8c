"""What happens to a fleet beside its daily work: decisions of head office, hand-overs, moves, and the faults that are events."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

from roundbook.simulation import hostile
from roundbook.simulation.fleet import Fleet
from roundbook.simulation.network import Way
from roundbook.simulation.office import SYSTEM, RecordRow
from roundbook.simulation.phone import Phone
from roundbook.simulation.plan import DAY_MS, HOUR_MS
from roundbook.simulation.releases import FIRST
from roundbook.simulation.workload import a_value, accepted_change, fields_of

FAULT_CHANCE = 0.22
UPGRADE_CHANCE = 0.08  # a day
MISHAPS = ("cloned", "rolled_back", "retired", "lost", "dismissed")
CLOCK_FAULTS = (
    "clock_5min_ahead", "clock_5min_behind", "clock_1d_ahead", "clock_1d_behind", "clock_10y_ahead",
    "clock_10y_behind", "clock_backwards", "clock_frozen",
)  # fmt: skip


class Events:
    """The calendar's other entries. Chances are a device and day."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.rng = fleet.stream("events")
        self.backup: object | None = None
        self.due = 0
        self.hostile = hostile.Hostile(fleet.stream("hostile"))

    # -- a day

    def plan_day(self, start: int) -> None:
        """Head office's day, and today's mishaps."""
        fleet = self.fleet
        books = len(fleet.model.books)
        self._at(start, max(1, books // 2), self.console_edit)
        self._maybe(start, 0.3 * books, self.import_edit)
        self._at(start, books, self.decide)
        self._maybe(start, 0.3 * books, self.review)
        self._maybe(start, 0.10 * books, self.hand_over)
        self._maybe(start, 0.08 * books, self.stand_in)
        self._maybe(start, 0.10 * books, self.move)
        if not fleet.plan.faults or not fleet.network.chance:
            return
        phones = len(fleet.phones)
        for name in CLOCK_FAULTS:
            self._maybe(start, 0.025 * phones, lambda name=name: self.clock_fault(name))  # type: ignore[misc]
        self._maybe(start, 0.05 * phones, self.put_clock_right)
        self._maybe(start, 0.02 * phones, self.swizzle)
        for name in MISHAPS:
            self._maybe(start, 0.018 * phones, lambda name=name: self.mishap(name))  # type: ignore[misc]
        self._maybe(start, 0.06 * phones, self.be_hostile)
        self._maybe(start, 0.03 * phones, self.fill_disk)
        self._maybe(start, 0.03 * phones, self.poison)
        self._maybe(start, 0.02 * phones, self.back_up)
        if not fleet.is_pure:
            self._maybe(start, 0.06 * phones, self.lose_photo)
        self._at(start, 1, self.restore_when_due)
        if fleet.releases.server == FIRST:
            self._maybe(start, UPGRADE_CHANCE, self.upgrade)
        else:
            self._maybe(start, 0.4 * phones, self.update_app)

    def _at(self, start: int, times: int, what: Callable[[], None]) -> None:
        for _ in range(times):
            self.fleet.at(start + self.rng.randrange(8 * HOUR_MS, 19 * HOUR_MS), what)

    def _maybe(self, start: int, expected: float, what: Callable[[], None]) -> None:
        whole = int(expected)
        self._at(start, whole + (self.rng.random() < expected - whole), what)

    def a_phone(self, *states: str) -> Phone | None:
        """Any phone that works, or is in one of these states."""
        found = [p for p in self.fleet.phones if p.is_working or (p.state in states and not p.is_stopped)]
        return self.rng.choice(found) if found else None

    # -- head office

    def console_edit(self) -> None:
        """A supervisor or a maintainer at the console, on a page that he opened a while ago."""
        fleet, rng = self.fleet, self.rng
        book = rng.choice(fleet.model.books)
        seat = rng.choice(("maintainer", "supervisor"))
        author = fleet.model.seats.get((book, seat))
        if author is None or author in fleet.model.gone:
            return
        if (customer := self._customer(book)) is not None:
            fleet.write(author, book, "edit customer", [self._edit(customer, seat, rng)])

    def import_edit(self) -> None:
        """An import overwrites what it knows."""
        book = self.rng.choice(self.fleet.model.books)
        if (customer := self._customer(book)) is not None:
            self.fleet.write(SYSTEM, book, "import", [self._edit(customer, "maintainer", self.rng)], system=True)

    def _customer(self, book: str) -> RecordRow | None:
        known = self.fleet.first_customers.get(book, [])
        found = self.fleet.office.record(self.rng.choice(known)) if known else None
        return found if found is not None and not found.removed and found.book == book else None

    def _edit(self, customer: RecordRow, seat: str, rng: random.Random) -> dict[str, Any]:
        names = [name for name in fields_of(seat) if name not in ("business_tags", "district_tags", "other_contacts")]
        name = rng.choice(names)
        value = a_value(name, rng, f"office {self.fleet.entered} {rng.randrange(10**9)}")
        change = {
            "op": "edit", "type": "customer", "record": customer.id, "customer": customer.id, "base": customer.ver,
            "seat": seat, "term": self.fleet.term(customer.book, seat),
        }  # fmt: skip
        if isinstance(value, list):
            return {**change, "put": {name: value}}
        return {**change, "set": {name: value}, "was": {name: customer.fields.get(name)}}

    def decide(self) -> None:
        """Whoever holds the deciding seat accepts or declines the oldest proposals."""
        for proposal in self.fleet.office.open_proposals(2):
            self.settle(proposal)

    def settle(self, proposal: RecordRow) -> bool:
        """Decide one proposal at the console. Returns: whether anybody could."""
        fleet, fields = self.fleet, proposal.fields
        fleet.model.settle(fleet.now)
        decider = next(
            (u for s in (fields["decider"], "supervisor") if (u := fleet.model.seats.get((proposal.book, s)))), None
        )
        if decider is None or decider in fleet.model.gone:
            return False
        asked = json.loads(fields["change"])
        head: dict[str, Any] = {
            "type": "proposal",
            "record": proposal.id,
            "customer": proposal.customer,
            "base": proposal.ver,
        }
        head |= {"seat": fields["decider"], "term": fleet.term(proposal.book, fields["decider"])}
        if self.rng.random() < 0.4:
            return fleet.write(decider, proposal.book, "decline", [{"op": "decline", **head}]) != "refused"
        of = fleet.office.record(fields["of"])
        carried = accepted_change(asked, of.ver if of else None, of.fields if of else {})
        if of is not None and of.removed and carried["op"] == "edit":
            carried["op"] = "restore"
        state = fleet.write(decider, proposal.book, "accept", [{"op": "accept", **head}, carried])
        if state == "refused":
            state = fleet.write(decider, proposal.book, "decline", [{"op": "decline", **head}])
        return state != "refused"

    def review(self) -> None:
        """An order is accepted or returned by the desk."""
        fleet = self.fleet
        orders = fleet.office.some_records("order", 50)
        author = fleet.reviewer()
        if orders and author:
            order = self.rng.choice(orders)
            values = {"of": order.id, "outcome": self.rng.choice(("accept", "return")), "comment": "seen", "by": author}
            change = {
                "op": "create", "type": "review", "record": fleet.new_id(), "customer": order.customer,
                "seat": "supervisor", "term": 0, "set": values,
            }  # fmt: skip
            fleet.write(author, order.book, "review", [change])

    # -- seats and customers

    def hand_over(self) -> None:
        """Two maintainers swap their rounds; one who is alone lends his to the supervisor's hands and gets it back."""
        fleet, rng = self.fleet, self.rng
        books = [b for b in fleet.model.books if (b, "maintainer") not in fleet.model.until]
        if len(books) < 2:
            return
        one, other = rng.sample(books, 2)
        seats = fleet.model.seats
        first, second = seats[one, "maintainer"], seats[other, "maintainer"]
        if first == second or {first, second} & fleet.model.gone:
            return
        unsent = any(p.user in (first, second) and p.device.outbox.waiting_since()[0] for p in fleet.living())
        fleet.give(one, "maintainer", second)
        fleet.give(other, "maintainer", first)
        if unsent:
            fleet.faults.hit("hand_over")

    def stand_in(self) -> None:
        """A colleague has a round for some days."""
        fleet, rng = self.fleet, self.rng
        books = [b for b in fleet.model.books if (b, "maintainer") not in fleet.model.until]
        people = sorted({p.user for p in fleet.phones if p.role == "maintainer" and p.state == "active"})
        if not books or not people:
            return
        book, user = rng.choice(books), rng.choice(people)
        if user == fleet.model.seats[book, "maintainer"] or user in fleet.model.gone:
            return
        end = fleet.now + rng.randrange(DAY_MS // 2, 3 * DAY_MS)
        if fleet.office.stand_in(book, "maintainer", user, end):
            fleet.model.lend(book, "maintainer", user, end)
            fleet.at(end + 1, lambda: self._stand_in_ends(user, book))

    def _stand_in_ends(self, user: str, book: str) -> None:
        for phone in self.fleet.living():
            if phone.user == user and phone.device.outbox.has_unanswered(book):
                self.fleet.faults.hit("stand_in_returned")
                return

    def move(self) -> None:
        """A customer goes to another round."""
        fleet, rng = self.fleet, self.rng
        if len(fleet.model.books) < 2:
            return
        one, other = rng.sample(fleet.model.books, 2)
        customer = self._customer(one)
        if customer is None:
            return
        unsent = any(phone.device.outbox.touching([customer.id]) for phone in fleet.living())
        if fleet.office.move(customer.id, other):
            fleet.first_customers[one].remove(customer.id)
            fleet.first_customers[other].append(customer.id)
            if unsent:
                fleet.faults.hit("moved")

    # -- faults

    def clock_fault(self, name: str) -> None:
        """A phone's clock goes wrong. It counts when a set made under it is answered: see `count_clocks`."""
        phone = self.a_phone()
        if phone is None:
            return
        from roundbook.simulation.faults import CLOCKS

        offset = CLOCKS[name]
        phone.clock.skew = name
        phone.clock.frozen_at = self.fleet.now + phone.clock.offset_ms if offset is None else None
        phone.clock.offset_ms = phone.clock.offset_ms - 90 * 60_000 if name == "clock_backwards" else offset or 0

    def put_clock_right(self) -> None:
        """Somebody notices."""
        if (phone := self.a_phone()) is not None:
            phone.clock.put_right()

    def swizzle(self) -> None:
        """Some phones stop one by one, and are set free in another order."""
        fleet, rng = self.fleet, self.rng
        chosen = rng.sample(fleet.phones, min(len(fleet.phones), rng.randrange(1, 5)))
        for number, phone in enumerate(chosen):
            fleet.at(fleet.now + number * HOUR_MS, lambda phone=phone: self._stop(phone))  # type: ignore[misc]
        rng.shuffle(chosen)
        begin = fleet.now + rng.randrange(DAY_MS // 2, 2 * DAY_MS)
        for number, phone in enumerate(chosen):
            fleet.at(begin + number * HOUR_MS, lambda phone=phone: self._free(phone))  # type: ignore[misc]

    def _stop(self, phone: Phone) -> None:
        phone.is_stopped = True

    def _free(self, phone: Phone) -> None:
        if phone.is_stopped:
            phone.is_stopped = False
            if phone.state == "active" and phone.device.outbox.waiting_since()[0]:
                self.fleet.faults.hit("swizzled")
            self.fleet.sync_if_possible(phone)

    def fill_disk(self) -> None:
        """A phone cannot write: what it says it saved is saved, and nothing else."""
        phone = self.a_phone()
        if phone is None:
            return
        if self.fleet.act_with_full_disk(phone):
            self.fleet.faults.hit("disk_full")

    def lose_photo(self) -> None:
        """A photo that nobody was told is saved is gone, and nothing of it is left."""
        phone = self.a_phone()
        if phone is not None and self.fleet.lose_photo(phone):
            self.fleet.faults.hit("photo_lost")

    def poison(self) -> None:
        """One set of a phone makes the server fail, for a day."""
        phone = self.a_phone()
        ready = phone.device.outbox.to_send(1, 0) if phone is not None else []
        if ready:
            self.fleet.poison(ready[0].id)

    def mishap(self, name: str) -> None:
        """Something that a phone does not survive; its user gets another one."""
        phone = self.a_phone()
        if phone is None or self.backup is not None or self.fleet.now - phone.since < DAY_MS or phone.mishap:
            return
        if name == "dismissed" and any(
            phone.user in (self.fleet.model.seats[k], v[1]) for k, v in self.fleet.model.until.items()
        ):
            return
        getattr(self, f"_{name}")(phone)

    def _cloned(self, phone: Phone) -> None:
        """A copy goes on beside the original for a day; the first collision is noticed."""
        fleet = self.fleet
        copied = phone.copy(f"{phone.name}-{fleet.entered}")
        twin = fleet.twin_of(phone, copied)
        for _ in range(3):
            fleet.act(phone)
            fleet.act(twin)
        fleet.at(fleet.now + 2 * HOUR_MS, lambda: fleet.sync_if_possible(phone))
        fleet.at(fleet.now + 3 * HOUR_MS, lambda: fleet.end_of_twin(twin))

    def _rolled_back(self, phone: Phone) -> None:
        """The phone is put back to what it was, after it went on and synced."""
        fleet = self.fleet
        fleet.sync_if_possible(phone)
        copied = phone.copy(f"{phone.name}-{fleet.entered}")

        def put_back() -> None:
            if phone.state == "active" and not phone.is_stopped:
                fleet.sync_if_possible(phone)
                fleet.put_back(phone, copied)

        fleet.at(fleet.now + DAY_MS, put_back)

    def _retired(self, phone: Phone) -> None:
        """It is replaced by a new one, and hands over what it has."""
        if phone.device.outbox.waiting_since()[0]:
            self.fleet.faults.hit("retired")
        self.fleet.office.revoke(phone.device.identity.device_id, "retired")
        self.fleet.model.gone.add(phone.device.identity.device_id)
        phone.state = "retired"
        self.fleet.replace(phone)

    def _lost(self, phone: Phone) -> None:
        """It is stolen; the thief works with it and syncs."""
        fleet = self.fleet
        fleet.office.revoke(phone.device.identity.device_id, "lost")
        fleet.model.gone.add(phone.device.identity.device_id)
        fleet.act(phone)
        phone.state = "lost"
        unsent = phone.device.outbox.waiting_since()[0]
        quiet, fleet.network.chance = fleet.network.chance, 0.0
        fleet.sync(phone)
        fleet.network.chance = quiet
        if unsent:
            fleet.faults.hit("lost")
        if phone.state != "wiped":
            fleet.watcher.object_to("R3", f"{phone.name} was told that it is lost and did not wipe itself")
        fleet.replace(phone)

    def _dismissed(self, phone: Phone) -> None:
        """Its user leaves in anger; another takes his seats, with a phone of his own."""
        fleet = self.fleet
        successor = fleet.dismiss(phone.user)
        fleet.act(phone)
        unsent = phone.device.outbox.waiting_since()[0]
        for other in [p for p in fleet.leaving if p.user == phone.user]:
            other.state = "dismissed"
        for other in [p for p in fleet.phones if p.user == phone.user]:
            other.state = "dismissed"
            fleet.replace(other, user=successor)
        fleet.sync_if_possible(phone)
        if unsent:
            fleet.faults.hit("dismissed")

    def be_hostile(self) -> None:
        """Somebody with valid keys and his own program."""
        phone = self.fleet.hostile_phone()
        names = self.hostile.attack(self.fleet, phone, Way(self.fleet.network, lambda: phone.device.identity.device_id))
        for name in names:
            self.fleet.faults.hit(name)

    def upgrade(self) -> None:
        """The server gets its next release."""
        if self.fleet.releases.server == FIRST:
            self.fleet.upgrade_server()

    def update_app(self) -> None:
        """So does a phone."""
        if (phone := self.a_phone("retired")) is not None:
            self.fleet.update(phone)

    def back_up(self) -> None:
        """A backup is made; the server will be put back to it."""
        if self.backup is None:
            made = self.fleet.office.back_up()
            if made is not None:
                self.backup = made
                self.fleet.model.is_backed_up = True
                self.due = self.fleet.now + self.rng.randrange(DAY_MS // 4, 2 * DAY_MS)

    def restore_when_due(self) -> None:
        """History is lost, the devices bring it back."""
        if self.backup is None or self.fleet.now < self.due:
            return
        self.fleet.office.restore(self.backup)
        self.fleet.model.is_backed_up, self.fleet.model.epoch = False, ""
        self.backup = None
        self.fleet.faults.hit("server_restored")
