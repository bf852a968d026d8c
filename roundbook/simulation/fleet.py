"""The scheduler: one seed, one virtual clock, a fleet of phones, a head office, and a calendar of what happens when."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from field_app.services import photos
from field_app.sync.client import SyncReport, sync_once
from roundbook.simulation.crashes import DEVICE, SERVER, Crashed
from roundbook.simulation.days import plan_day
from roundbook.simulation.disks import InMemory, OnDisk
from roundbook.simulation.headquarters import Headquarters
from roundbook.simulation.network import Network, Parcel
from roundbook.simulation.phone import DeviceClock, Phone
from roundbook.simulation.plan import DAY_MS
from roundbook.simulation.receipts import Receipts
from roundbook.simulation.releases import FIRST, SECOND
from roundbook.simulation.watching import Watcher
from roundbook.simulation.workload import Workday, picture

LOOKED_AT = 4  # each so manieth set is looked at on the phone
ROLES = ("maintainer", "supervisor", "tablet", "maintainer", "licensing")


@dataclass
class Fleet(Headquarters):
    """The world of one run."""

    device_days: int = 0
    phones: list[Phone] = field(default_factory=list)
    retired_phones: list[Phone] = field(default_factory=list)
    days_of: dict[str, Workday] = field(default_factory=dict)
    leaving: list[Phone] = field(default_factory=list)
    stranger: Phone | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        self.watcher = Watcher(
            self.model, lambda: self.now, Receipts(required=not self.is_pure), self.office.opened,
            lambda: self.faults.hit("failed_over"),
        )  # fmt: skip
        self.network = Network(
            self.office,
            self.stream("network"),
            self.faults,
            self._later,
            self.watcher.watch,
            self.watcher.announce,
            self.releases,
        )

    @property
    def has_faults(self) -> bool:
        """Whether anything goes wrong now."""
        return self.plan.faults and self.network.chance > 0

    def _later(self, delay_ms: int, parcel: Parcel) -> None:
        self.at(self.now + delay_ms, lambda: self.network.deliver_late(parcel, "delayed"))

    def set_up(self) -> None:
        """Users, books, customers, and the phones with a first sync."""
        self.set_up_catalogue()
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

    def known_elsewhere(self) -> object:
        """The devices, too: one may become another with all that it keeps; and one that was retired holds no book, so it is no witness."""
        handed_over = sum(phone.syncs for phone in self.leaving)
        return super().known_elsewhere(), len(self.watcher.users), handed_over

    def hostile_phone(self) -> Phone:
        """The phone whose keys are used by another program."""
        assert self.stranger is not None
        return self.stranger

    def add_phone(self, name: str, user: str, role: str) -> Phone:
        """Enrol a phone."""
        clock = DeviceClock(lambda: self.now)
        database: type[OnDisk] = InMemory if self.is_pure else OnDisk
        phone = Phone(name, user, role, self.folder / name, clock, self.stream("phone", name), database, self.releases)
        phone.schema = self.releases.server
        quiet, self.network.chance = self.network.chance, 0.0
        phone.enrol(self.office.invite(user), self.network.way_of(lambda: ""))
        self.network.chance = quiet
        phone.since = self.now
        self.watcher.receipts.server_key = phone.device.identity.server_sign_key
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
        plan_day(self, fresh, self.now // DAY_MS * DAY_MS)
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

    def reviewer(self) -> str | None:
        """Somebody who may accept and return."""
        found = [
            phone.user for phone in self.phones if phone.role == "supervisor" and phone.user not in self.model.gone
        ]
        return found[0] if found else None

    def twin_of(self, phone: Phone, copied: Path) -> Phone:
        """The copy of a phone, switched on."""
        clock = DeviceClock(lambda: self.now)
        self.enrolled += 1
        name = f"{phone.name}~{self.enrolled}"
        twin = Phone(
            name, phone.user, phone.role, copied, clock, self.stream("phone", name), phone.database, self.releases
        )
        twin.schema, twin.drifted = phone.schema, set(phone.drifted)
        twin.keyring, twin.last_seq, twin.mishap, phone.mishap = phone.keyring, phone.last_seq, "cloned", "cloned"
        twin.open(copied)
        self.days_of[name] = Workday(twin, self.stream("work", name), with_bytes=not self.is_pure)
        return twin

    def end_of_twin(self, twin: Phone) -> None:
        """It syncs as well, and is used no more."""
        if twin.user in self.model.gone:  # dismissed between the copy and this
            twin.state = "dismissed"
        self.leaving.append(twin)
        self.sync_if_possible(twin)

    def put_back(self, phone: Phone, copied: Path) -> None:
        """The phone is as it was when it was copied."""
        phone.mishap = "rolled_back"
        phone.put_back(copied)
        self.act(phone)

    def lose_photo(self, phone: Phone) -> bool:
        """The power goes between the file of a photo and its row. Returns: whether there was a photo."""
        held = [book for book in phone.device.shown_books() if book in self.model.books]
        if not held:
            return False
        with phone.as_installed():
            photos.seal(phone.device, held[0], picture(self.rng))
        self.after_crash(phone)
        return True

    def act_with_full_disk(self, phone: Phone) -> bool:
        """One action while nothing can be written. Returns: whether it failed for that."""
        before = phone.device.outbox.last_seq
        DEVICE.arm(0, False, raises=OSError(28, "No space left on device"))
        try:
            with phone.as_installed():
                self.days_of[phone.name].act()
        except OSError:
            if phone.device.outbox.last_seq != before:
                self.watcher.object_to("T8", f"{phone.name} saved something that it said it could not")
            return True
        finally:
            DEVICE.disarm()
        return False

    def sync(self, phone: Phone) -> SyncReport | None:
        """One sync. Returns: None if the power went."""
        phone.syncs += 1
        phone.syncs_today += 1
        late = self.network.late
        unsettled = phone.device.outbox.unsettled_ids() if phone.drifted else []
        try:
            with phone.as_installed():
                report = sync_once(phone.device, self.network.way_of(lambda: phone.device.identity.device_id))
        except Crashed:
            self.after_crash(phone)
            return None
        # a first load that was broken off before an older copy took over lacks what was written twice then: R30 finds that
        if set(report.reloaded) - phone.drifted and not self.watcher.is_failed_over:
            self.watcher.object_to("R30", f"{phone.name} had drifted, and loaded {len(report.reloaded)} books anew")
        self._is_repaired(phone, report, unsettled)
        if phone.device.is_wiped:
            phone.state = "wiped"
        elif report.error is None and self.network.late == late:
            self.watcher.after_round(phone, self.office)
        elif report.error == "device-forked" and phone.state == "active":
            self._forked(phone)
        return report

    def _is_repaired(self, phone: Phone, report: SyncReport, unsettled: list[str]) -> None:
        """R30: what had drifted was told in the report and loaded anew, and nothing that was to be sent is gone."""
        if not phone.drifted or phone.device.is_closed or phone.device.is_wiped:
            return
        for _ in phone.drifted & set(report.reloaded):
            self.faults.hit("drifted")
        phone.drifted -= set(report.reloaded)
        if any(phone.device.outbox.find(set_id) is None for set_id in unsettled):
            self.watcher.object_to("R30", f"{phone.name} had drifted, and lost sets that it had to send")

    def _forked(self, phone: Phone) -> None:
        """R40: it stops; its user signs in, and it is a new device that gives all that it keeps."""
        if not phone.mishap:
            self.watcher.object_to("R40", f"{phone.name} was called a copy, and is none")
            phone.state = "forked"
            return
        quiet, self.network.chance = self.network.chance, 0.0
        try:
            phone.enrol_anew(self.office.invite(phone.user), self.network.way_of(lambda: ""))
            self.faults.hit(phone.mishap)
            if phone.last_seq:
                self.faults.hit("enrolled_anew")
        except Crashed:
            DEVICE.disarm()
            self.watcher.reopened(phone)
            phone.last_seq = phone.device.outbox.last_seq
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
            with phone.as_installed():
                if self.days_of[phone.name].act() and phone.last_seq % LOOKED_AT == 0:
                    self.watcher.see_own_work(phone)
        except Crashed:
            self.after_crash(phone)

    def upgrade_server(self) -> None:
        """The office goes to the second release; the phones follow when their users get round to it."""
        self.releases.server = SECOND
        self.releases.wear(SECOND)
        self.office.upgrade()
        if any(phone.device.outbox.waiting_since()[0] for phone in self.living()):
            self.faults.hit("schema_upgrade")

    def update(self, phone: Phone) -> None:
        """A phone gets the release that the server has."""
        if phone.device.is_closed or phone.schema == self.releases.server:
            return
        if phone.device.outbox.waiting_since()[0]:
            self.faults.hit("app_updated")
        if not phone.update(self.releases.server):
            self.watcher.object_to("R51", f"the update of {phone.name} rewrote a saved set")

    def after_crash(self, phone: Phone) -> None:
        """The user switches it on again."""
        DEVICE.disarm()
        self.watcher.reopened(phone)
        phone.collect()

    def close(self) -> None:
        """Leave nothing behind."""
        DEVICE.disarm()
        SERVER.disarm()
        self.releases.wear(FIRST)
        self.releases.answer_from(FIRST)
        for phone in [*self.phones, *self.leaving, *self.retired_phones, *([self.stranger] if self.stranger else [])]:
            phone.close()
        self.office.close()
        shutil.rmtree(self.folder, ignore_errors=True)
