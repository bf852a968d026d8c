"""Head office as the scheduler drives it: people, books, seats and what is written there, in the model and at the server."""

from __future__ import annotations

import heapq
import random
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from roundbook.simulation import chance
from roundbook.simulation.faults import Faults
from roundbook.simulation.memory_server import MemoryServer
from roundbook.simulation.model import Model, Written
from roundbook.simulation.office import SYSTEM, Office
from roundbook.simulation.plan import DAY_MS, START_MS, Plan
from roundbook.simulation.releases import Releases
from sync_protocol.identity import RANDOM_BYTES, new_id

CUSTOMERS_A_BOOK = 8
PRODUCTS = 6
SMALL_PAGE = 25


@dataclass
class Headquarters:
    """The office's side of one run, and the calendar. `now`: the true time, ms."""

    plan: Plan
    now: int = START_MS
    faults: Faults = field(default_factory=Faults)
    model: Model = field(default_factory=Model)
    logins: dict[str, str] = field(default_factory=dict)
    first_customers: dict[str, list[str]] = field(default_factory=dict)
    calendar: list[tuple[int, int, Callable[[], None]]] = field(default_factory=list)
    entered: int = 0
    enrolled: int = 0
    was_poisoned: set[str] = field(default_factory=set)
    uncounted: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        in_memory = Path("/dev/shm")  # noqa: S108
        self.folder = Path(tempfile.mkdtemp(prefix="fleet-", dir=in_memory if in_memory.is_dir() else None))
        self.rng = self.stream("fleet")
        self.page_items = SMALL_PAGE if self.plan.seed % 3 == 0 else 1000
        self.releases = Releases()
        self.office = self._open_office()

    def stream(self, *names: object) -> random.Random:
        """A stream of chance of this run."""
        return chance.stream(self.plan.seed, *names)

    @property
    def is_pure(self) -> bool:
        """Whether nothing of it is on a disk."""
        return self.plan.stack == "pure"

    def _open_office(self) -> Office:
        clock, source = (lambda: self.now), self.stream("server").randbytes
        if self.is_pure:
            return MemoryServer(clock, source, page_items=self.page_items)
        from roundbook.simulation.whole_server import WholeServer

        return WholeServer(self.folder / "server", clock, source, self.page_items, self.plan.database, self.releases)

    # -- the calendar

    def at(self, when: int, what: Callable[[], None]) -> None:
        """Enter something into the calendar."""
        self.entered += 1
        heapq.heappush(self.calendar, (when, self.entered, what))

    def run_until(self, end: int) -> None:
        """Everything that is due before `end`, in order."""
        while self.calendar and self.calendar[0][0] < end:
            when, _, what = heapq.heappop(self.calendar)
            self.now = max(self.now, when)
            what()
        self.now = max(self.now, end)

    def set_up_catalogue(self) -> None:
        """The books that everybody has."""
        self.model.reference = self.office.reference_book()
        for number in range(PRODUCTS):
            self.write_product(number)

    def write_product(self, number: int) -> None:
        """One more product of the catalogue."""
        values = {"product_code": f"P{number}", "product_name": f"Product {number}", "unit_price_minor": 100 + number}
        self.write_system(self.model.reference, [self._creation("product", None, values)])

    def add_user(self, login: str, role: str) -> str:
        """A person with a role of the field."""
        user = self.office.add_user(login, "account_manager" if role == "maintainer" else role)
        self.logins[user] = login
        return user

    def add_book(self, name: str, maintainer: str, group: dict[str, str]) -> None:
        """A book with its customers, under the supervisor of its group."""
        book = self.office.add_book(name)
        self.model.books.append(book)
        group["books"] = f"{group.get('books', '')} {book}".strip()
        self.give(book, "maintainer", maintainer)
        for role in ("supervisor", "licensing"):
            if role in group:
                self.give(book, role, group[role])
        for number in range(CUSTOMERS_A_BOOK):
            made = self._creation("customer", "", {"store_name": f"Shop {number} of {name}"})
            tally = self._creation("tally", made["record"], {"what": "cartons"})
            self.write_system(book, [made, tally] if number < CUSTOMERS_A_BOOK // 2 else [made])
            self.first_customers.setdefault(book, []).append(made["record"])

    def give(self, book: str, seat: str, user: str) -> None:
        """A hand-over, in the model and at the server."""
        self.office.assign(book, seat, user)
        self.model.give(book, seat, user, self.now)

    def _creation(self, type_name: str, customer: str | None, values: dict[str, Any]) -> dict[str, Any]:
        record = self.new_id()
        return {
            "op": "create", "type": type_name, "record": record, "customer": record if customer == "" else customer,
            "seat": "maintainer", "term": 0, "set": values,
        }  # fmt: skip

    def new_id(self) -> str:
        """An id that head office makes."""
        return new_id(self.now, self.rng.randbytes(RANDOM_BYTES))

    def write_system(self, book: str, changes: Sequence[dict[str, Any]]) -> None:
        """As an import does."""
        self.write(SYSTEM, book, "import", changes, system=True)

    def write(
        self, author: str, book: str, action: str, changes: Sequence[dict[str, Any]], *, system: bool = False
    ) -> str:
        """As the console does. Returns: the state of the verdict."""
        verdict = self.office.write(author, book, action, changes, system=system)
        numbered = [{"n": n, **change} for n, change in enumerate(changes, 1)]
        wire = {"id": verdict["id"], "author": author, "book": book, "changes": numbered}
        self.model.written[verdict["id"]] = Written(wire, system)
        return str(verdict["state"])

    def term(self, book: str, seat: str) -> int:
        """The current term of a seat."""
        return self.office.term(book, seat)

    def known_elsewhere(self) -> object:
        """What was done that no device witnesses: people, devices and seats. It is in the control journal (R35)."""
        model = self.model
        return dict(model.seats), dict(model.until), len(model.gone), self.enrolled, self.releases.server

    def poison(self, set_id: str) -> None:
        """For a day, this set makes the server fail."""
        self.office.poison.add(set_id)
        self.was_poisoned.add(set_id)
        self.at(self.now + DAY_MS, lambda: self.office.poison.discard(set_id))
