"""What head office does all day: edits, imports, decisions, reviews, hand-overs, stand-ins, moves."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

from roundbook.simulation.fleet import Fleet
from roundbook.simulation.office import SYSTEM, RecordRow
from roundbook.simulation.phone import Phone
from roundbook.simulation.plan import DAY_MS, HOUR_MS
from roundbook.simulation.watching import SECRET
from roundbook.simulation.workload import a_value, accepted_change, fields_of

SECRET_CHANCE = 0.3


class OfficeDay:
    """The calendar's entries of head office. Chances are a book and day."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.rng = fleet.stream("events")

    def plan_office_day(self, start: int) -> None:
        """Enter one day."""
        books = len(self.fleet.model.books)
        self._at(start, max(1, books // 2), self.console_edit)
        self._maybe(start, 0.3 * books, self.import_edit)
        self._at(start, books, self.decide)
        self._maybe(start, 0.3 * books, self.review)
        self._maybe(start, 0.10 * books, self.hand_over)
        self._maybe(start, 0.08 * books, self.stand_in)
        self._maybe(start, 0.10 * books, self.move)

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
            change = self._edit(customer, "maintainer", self.rng)
            if self.rng.random() < SECRET_CHANCE:
                value = f"account {self.rng.randrange(10**12)}"
                self.fleet.model.secrets.add(value)
                change = {name: held for name, held in change.items() if name not in ("put", "set", "was")}
                change |= {"set": {SECRET: value}, "was": {SECRET: customer.fields.get(SECRET)}}
            self.fleet.write(SYSTEM, book, "import", [change], system=True)

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
            fleet.model.lend(book, "maintainer", user, end, fleet.now)
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
