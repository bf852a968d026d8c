"""The scheduler: one seed, one virtual clock, a fleet of phones, a head office, and a calendar of what happens when."""

from __future__ import annotations

import heapq
import random
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from field_app.sync.client import SyncReport, sync_once
from roundbook.simulation import chance
from roundbook.simulation.crashes import DEVICE, SERVER, Crashed
from roundbook.simulation.disks import InMemory, OnDisk, stores_are
from roundbook.simulation.faults import Faults
from roundbook.simulation.memory_server import MemoryServer
from roundbook.simulation.model import Model
from roundbook.simulation.network import SYNC, Network, Parcel
from roundbook.simulation.office import Office
from roundbook.simulation.phone import DeviceClock, Phone
from roundbook.simulation.watching import Watcher
from roundbook.simulation.workload import CHANGES_A_DAY, Workday

START_MS = 1_795_000_000_000 // 86_400_000 * 86_400_000
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
ROLES = ("maintainer", "supervisor", "tablet", "maintainer", "licensing")
CUSTOMERS_A_BOOK = 8
PRODUCTS = 6
ACTIONS_A_DAY = 10
SMALL_PAGE = 25


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be simulated. `database`: of the whole stack, SQLite if None. `faults`: False leaves them all out."""

    stack: str
    seed: int
    devices: int
    days: int
    database: str | None = None
    faults: bool = True


@dataclass
class Fleet:
    """The world of one run. `now`: the true time, ms."""

    plan: Plan
    now: int = START_MS
    device_days: int = 0
    phones: list[Phone] = field(default_factory=list)
    retired_phones: list[Phone] = field(default_factory=list)
    days_of: dict[str, Workday] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    model: Model = field(default_factory=Model)
    logins: dict[str, str] = field(default_factory=dict)
    leaving: list[Phone] = field(default_factory=list)
    first_customers: dict[str, list[str]] = field(default_factory=dict)
    calendar: list[tuple[int, int, Callable[[], None]]] = field(default_factory=list)
    entered: int = 0
    enrolled: int = 0
    was_poisoned: set[str] = field(default_factory=set)
    stranger: Phone | None = None

    def __post_init__(self) -> None:
        in_memory = Path("/dev/shm")  # noqa: S108
        self.folder = Path(tempfile.mkdtemp(prefix="fleet-", dir=in_memory if in_memory.is_dir() else None))
        self.rng = self.stream("fleet")
        self.page_items = SMALL_PAGE if self.plan.seed % 3 == 0 else 1000
        self.office = self._open_office()
        self.watcher = Watcher(self.model, lambda: self.now)
        self.network = Network(
            self.office, self.stream("network"), self.faults, self._later, self.watcher.watch
        )  # fmt: skip

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

        return WholeServer(self.folder / "server", clock, source, self.page_items, self.plan.database)

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

    def _later(self, delay_ms: int, parcel: Parcel) -> None:
        self.at(self.now + delay_ms, lambda: self.network.deliver_late(parcel, "delayed"))

    # -- the people

    def set_up(self) -> None:
        """Users, books, customers, and the phones with a first sync."""
        office, model = self.office, self.model
        model.reference = office.reference_book()
        for number in range(PRODUCTS):
            values = {
                "product_code": f"P{number}",
                "product_name": f"Product {number}",
                "unit_price_minor": 100 + number,
            }
            self.write_system(model.reference, [self._creation("product", None, values)])
        group: dict[str, str] = {}
        for number in range(self.plan.devices):
            role = ROLES[number % len(ROLES)]
            if role == "maintainer" and number % len(ROLES) == 0:
                group = {}
            if role == "tablet":
                self.add_phone(f"d{number}", group["maintainer"], "maintainer")
                continue
            user = self.add_user(f"{role}{number}", role)
            group.setdefault(role, user)
            if role == "maintainer":
                self.add_book(f"round {number}", user, group)
            for book in group.get("books", "").split():
                if role in ("supervisor", "licensing"):
                    self.give(book, role, user)
            self.add_phone(f"d{number}", user, role)
        if self.plan.faults:
            self.stranger = self.add_phone("mallory", self.add_user("mallory", "maintainer"), "hostile")
            self.phones.remove(self.stranger)
            self.model.hostile.add(self.stranger.user)
        for phone in self.phones:
            self.sync(phone)

    def hostile_phone(self) -> Phone:
        """The phone whose keys are used by another program."""
        assert self.stranger is not None
        return self.stranger

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
        self.model.give(book, seat, user)

    def _creation(self, type_name: str, customer: str | None, values: dict[str, Any]) -> dict[str, Any]:
        record = self.new_id()
        return {
            "op": "create", "type": type_name, "record": record, "customer": record if customer == "" else customer,
            "seat": "maintainer", "term": 0, "set": values,
        }  # fmt: skip

    def new_id(self) -> str:
        """An id that head office makes."""
        from sync_protocol.identity import RANDOM_BYTES, new_id

        return new_id(self.now, self.rng.randbytes(RANDOM_BYTES))

    def write_system(self, book: str, changes: Sequence[dict[str, Any]]) -> None:
        """As an import does."""
        from roundbook.simulation.office import SYSTEM

        self.write(SYSTEM, book, "import", changes, system=True)

    def write(
        self, author: str, book: str, action: str, changes: Sequence[dict[str, Any]], *, system: bool = False
    ) -> str:
        """As the console does. Returns: the state of the verdict."""
        from roundbook.simulation.model import Written

        verdict = self.office.write(author, book, action, changes, system=system)
        numbered = [{"n": n, **change} for n, change in enumerate(changes, 1)]
        wire = {"id": verdict["id"], "author": author, "book": book, "changes": numbered}
        self.model.written[verdict["id"]] = Written(wire, system)
        return str(verdict["state"])

    def add_phone(self, name: str, user: str, role: str) -> Phone:
        """Enrol a phone."""
        clock = DeviceClock(lambda: self.now)
        database: type[OnDisk] = InMemory if self.is_pure else OnDisk
        phone = Phone(name, user, role, self.folder / name, clock, self.stream("phone", name), database)
        quiet, self.network.chance = self.network.chance, 0.0
        phone.enrol(self.office.invite(user), self.network.way_of(lambda: ""))
        self.network.chance = quiet
        phone.since = self.now
        self.phones.append(phone)
        self.days_of[name] = Workday(phone, self.stream("work", name), with_bytes=not self.is_pure)
        self.watcher.users[phone.device.identity.device_id] = user
        self.model.desks[user] = self.office.desk_of(user)
        return phone

    def replace(self, phone: Phone, user: str | None = None) -> None:
        """Its user gets a new phone; the old one still tries to hand over what it has, if it can."""
        self.phones.remove(phone)
        (self.retired_phones if phone.state in ("forked", "wiped") else self.leaving).append(phone)
        self.enrolled += 1
        name = f"{phone.name.partition('+')[0]}+{self.enrolled}"
        fresh = self.add_phone(name, user or phone.user, phone.role)
        self.plan_day(fresh, self.now // DAY_MS * DAY_MS)
        self.sync(fresh)

    def dismiss(self, user: str) -> str:
        """Somebody leaves at once; a newcomer gets his seats. Returns: the newcomer."""
        role = next(phone.role for phone in self.phones if phone.user == user)
        self.enrolled += 1
        successor = self.add_user(f"{role}-{self.enrolled}", role)
        self.office.dismiss(user)
        self.model.gone.add(user)
        for (book, seat), holder in list(self.model.seats.items()):
            if holder == user:
                self.give(book, seat, successor)
        return successor

    def living(self) -> list[Phone]:
        """Phones whose storage can be looked at."""
        return [phone for phone in self.phones if phone.state == "active"]

    def term(self, book: str, seat: str) -> int:
        """The current term of a seat."""
        return self.office.term(book, seat)

    def reviewer(self) -> str | None:
        """Somebody who may accept and return."""
        found = [
            phone.user for phone in self.phones if phone.role == "supervisor" and phone.user not in self.model.gone
        ]
        return found[0] if found else None

    def poison(self, set_id: str) -> None:
        """For a day, this set makes the server fail."""
        self.office.poison.add(set_id)
        self.was_poisoned.add(set_id)
        self.at(self.now + DAY_MS, lambda: self.office.poison.discard(set_id))

    def twin_of(self, phone: Phone, copied: Path) -> Phone:
        """The copy of a phone, switched on."""
        clock = DeviceClock(lambda: self.now)
        self.enrolled += 1
        name = f"{phone.name}~{self.enrolled}"
        twin = Phone(name, phone.user, phone.role, copied, clock, self.stream("phone", name), phone.database)
        twin.keyring, twin.last_seq, twin.mishap, phone.mishap = phone.keyring, phone.last_seq, "cloned", "cloned"
        twin.open(copied)
        self.days_of[name] = Workday(twin, self.stream("work", name), with_bytes=not self.is_pure)
        return twin

    def end_of_twin(self, twin: Phone) -> None:
        """It syncs as well, and is used no more."""
        self.leaving.append(twin)
        self.sync_if_possible(twin)

    def put_back(self, phone: Phone, copied: Path) -> None:
        """The phone is as it was when it was copied."""
        phone.mishap = "rolled_back"
        phone.put_back(copied)
        self.act(phone)

    def act_with_full_disk(self, phone: Phone) -> bool:
        """One action while nothing can be written. Returns: whether it failed for that."""
        before = phone.device.outbox.last_seq
        DEVICE.arm(0, False, raises=OSError(28, "No space left on device"))
        try:
            self.days_of[phone.name].act()
        except OSError:
            if phone.device.outbox.last_seq != before:
                self.watcher.object_to("T8", f"{phone.name} saved something that it said it could not")
            return True
        finally:
            DEVICE.disarm()
        return False

    # -- what phones do

    def sync(self, phone: Phone) -> SyncReport | None:
        """One sync. Returns: None if the power went."""
        phone.syncs += 1
        phone.syncs_today += 1
        late = self.network.late
        try:
            report = sync_once(phone.device, self.network.way_of(lambda: phone.device.identity.device_id))
        except Crashed:
            self.after_crash(phone)
            return None
        if report.reloaded:
            self.watcher.object_to("R30", f"{phone.name} had drifted, and loaded {len(report.reloaded)} books anew")
        if phone.device.is_wiped:
            phone.state = "wiped"
        elif report.error is None and self.network.late == late:
            self.watcher.after_round(phone, self.office)
        elif report.error == "device-forked" and phone.state == "active":
            self._forked(phone)
        return report

    def _forked(self, phone: Phone) -> None:
        """R40: it stops; its user signs in, and it is a new device that gives all that it keeps."""
        if not phone.mishap:
            self.watcher.object_to("R40", f"{phone.name} was called a copy, and is none")
            phone.state = "forked"
            return
        self.faults.hit(phone.mishap)
        quiet, self.network.chance = self.network.chance, 0.0
        phone.enrol_anew(self.office.invite(phone.user), self.network.way_of(lambda: ""))
        self.watcher.users[phone.device.identity.device_id] = phone.user
        self.network.chance = quiet

    def sync_if_possible(self, phone: Phone) -> None:
        """One sync, if it is switched on and not put away."""
        if not phone.is_stopped and phone.state in ("active", "retired", "dismissed"):
            self.sync(phone)

    def act(self, phone: Phone) -> None:
        """One action of its user."""
        if phone.state in ("wiped", "forked"):
            return
        try:
            self.days_of[phone.name].act()
        except Crashed:
            self.after_crash(phone)

    def after_crash(self, phone: Phone) -> None:
        """The user switches it on again."""
        DEVICE.disarm()
        self.watcher.reopened(phone)
        phone.collect()

    def crash_soon(self, phone: Phone, what: Callable[[], object], rng: random.Random) -> None:
        """Do something while a crash is planned; it counts if it came."""
        after, before = rng.random() < 0.5, DEVICE.crashed
        DEVICE.arm(rng.randrange(8), after)
        what()
        DEVICE.disarm()
        if DEVICE.crashed > before:
            self.faults.hit("device_crash_after" if after else "device_crash_before")

    # -- one day

    def plan_day(self, phone: Phone, start: int) -> None:
        """Enter a phone's working day into the calendar."""
        phone.changes_today = phone.syncs_today = 0
        rng = self.stream("day", phone.name, start)
        for _ in range(ACTIONS_A_DAY):
            self.at(start + rng.randrange(8 * HOUR_MS, 18 * HOUR_MS), lambda: self._work(phone, rng))
        for _ in range(2):
            self.at(start + rng.randrange(9 * HOUR_MS, 18 * HOUR_MS), lambda: self._sync_in_day(phone, rng))
        self.at(start + 18 * HOUR_MS + rng.randrange(HOUR_MS), lambda: self._end_day(phone, rng))

    def _work(self, phone: Phone, rng: random.Random) -> None:
        if not phone.is_working:
            return
        if self.plan.faults and self.network.chance and rng.random() < 0.02:
            self.crash_soon(phone, lambda: self.act(phone), rng)
        else:
            self.act(phone)

    def _sync_in_day(self, phone: Phone, rng: random.Random) -> None:
        if phone.is_stopped or phone.state not in ("active", "retired", "dismissed"):
            return
        if self.plan.faults and self.network.chance and rng.random() < 0.08:
            self.crash_soon(phone, lambda: self.sync(phone), rng)
        else:
            self.sync(phone)

    def _end_day(self, phone: Phone, rng: random.Random) -> None:
        for _ in range(80):
            if not phone.is_working or phone.changes_today >= CHANGES_A_DAY:
                break
            self._work(phone, rng)
        self._sync_in_day(phone, rng)
        if phone.changes_today >= CHANGES_A_DAY and phone.syncs_today >= 2:
            self.device_days += 1

    def close(self) -> None:
        """Leave nothing behind."""
        DEVICE.disarm()
        SERVER.disarm()
        for phone in [*self.phones, *self.leaving, *self.retired_phones, *([self.stranger] if self.stranger else [])]:
            phone.close()
        self.office.close()
        shutil.rmtree(self.folder, ignore_errors=True)


__all__ = ["DAY_MS", "HOUR_MS", "START_MS", "SYNC", "Fleet", "Plan", "stores_are"]
