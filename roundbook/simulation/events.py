"""What happens to a fleet beside its daily work: the faults that are events, one day after the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from roundbook.simulation import hostile
from roundbook.simulation.carrying import Carrier
from roundbook.simulation.drifting import drift
from roundbook.simulation.faults import CLOCKS
from roundbook.simulation.fleet import Fleet
from roundbook.simulation.mishaps import Mishaps
from roundbook.simulation.network import Way
from roundbook.simulation.phone import Phone
from roundbook.simulation.plan import DAY_MS, HOUR_MS
from roundbook.simulation.releases import FIRST

FAULT_CHANCE = 0.22
SMALLEST_PAGE = 2
UPGRADE_CHANCE = 0.08  # a day
RETIRE_CHANCE = 0.2
MISHAPS = ("cloned", "rolled_back", "retired", "lost", "dismissed")


class Events(Mishaps):
    """The calendar's other entries. Chances are a device and day."""

    def __init__(self, fleet: Fleet) -> None:
        super().__init__(fleet)
        self.due = 0
        self.agreed: object = None
        self.carrier = None if fleet.is_pure else Carrier(fleet, fleet.stream("carrier"))
        self.hostile = hostile.Hostile(fleet.stream("hostile"))

    def plan_day(self, start: int) -> None:
        """Head office's day, and today's mishaps."""
        fleet = self.fleet
        self.plan_office_day(start)
        if not fleet.plan.faults or not fleet.network.chance:
            return
        phones = len(fleet.phones)
        for name in CLOCKS:
            self._maybe(start, 0.025 * phones, lambda name=name: self.clock_fault(name))  # type: ignore[misc]
        self._maybe(start, 0.05 * phones, self.put_clock_right)
        self._maybe(start, 0.02 * phones, self.swizzle)
        for name in MISHAPS:
            self._maybe(start, 0.018 * phones, lambda name=name: self.mishap(name))  # type: ignore[misc]
        self._maybe(start, 0.06 * phones, self.be_hostile)
        self._maybe(start, 0.03 * phones, self.fill_disk)
        self._maybe(start, 0.03 * phones, self.poison)
        self._maybe(start, 0.02 * phones, self.back_up)
        if self.carrier is not None:
            self._maybe(start, 0.15 * phones, self.carry)
            self._maybe(start, 0.06 * phones, self.lose_photo)
        self._maybe(start, 0.04 * phones, self.drift)
        self._maybe(start, 0.06 * phones, self.let_standby_lag)
        self._maybe(start, 0.03 * phones, self.fail_over_in_mid_round)
        self._at(start, 1, self.restore_when_due)
        if fleet.releases.server == FIRST:
            self._maybe(start, UPGRADE_CHANCE, self.upgrade)
        else:
            self._maybe(start, 0.4 * phones, self.update_app)
            self._maybe(start, RETIRE_CHANCE, self.retire_release)

    def clock_fault(self, name: str) -> None:
        """A phone's clock goes wrong. It counts when a set made under it is answered: see `count_clocks`."""
        phone = self.a_phone()
        if phone is None:
            return
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

    def carry(self) -> None:
        """Somebody without a network hands over a file."""
        phone = self.a_phone()
        if phone is not None and phone.state == "active" and self.carrier is not None:
            self.carrier.set_out(phone)

    def drift(self) -> None:
        """A book on a phone is not what it should be."""
        phone = self.a_phone()
        if phone is not None and phone.state == "active":
            with phone.as_installed():
                drift(phone, self.rng, has_files=not self.fleet.is_pure)

    def lose_photo(self) -> None:
        """A photo that nobody was told is saved is gone, and nothing of it is left."""
        phone = self.a_phone()
        if phone is not None and self.fleet.lose_photo(phone):
            self.fleet.faults.hit("photo_lost")

    def poison(self) -> None:
        """One set of a phone makes the server fail, for a day: one on which others hang, if there is any (R10)."""
        phone = self.a_phone()
        if phone is None or not (ready := phone.device.outbox.in_state("ready")):
            return
        begun = (one for one in ready if one.wire is not None and any(map(_begins_a_visit, one.wire["changes"])))
        self.fleet.poison(next(begun, ready[0]).id)

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

    def retire_release(self) -> None:
        """The server answers the release before no more."""
        self.fleet.releases.answer_from(self.fleet.releases.server)

    def update_app(self) -> None:
        """So does a phone."""
        if (phone := self.a_phone("retired")) is not None:
            self.fleet.update(phone)

    def back_up(self) -> None:
        """A backup is made; the server will be put back to it."""
        if self.backup is None and self.standby is None:
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

    def let_standby_lag(self) -> None:
        """A copy stays behind for some hours, and takes over."""
        if self.backup is None and self.standby is None:
            self.standby, self.agreed = self.fleet.office.back_up(), self.fleet.known_elsewhere()
            self.fleet.at(self.fleet.now + self.rng.randrange(HOUR_MS, 10 * HOUR_MS), self.fail_over)

    def fail_over_in_mid_round(self) -> None:
        """A phone hears of its work on the first page of a long round; before the second one an older copy takes over. It has come no
        further than that copy, so no cursor of it contradicts: it notices by what the copy does not say (R36)."""
        fleet, phone = self.fleet, self.a_phone()
        if phone is None or phone.state != "active" or self.backup is not None or self.standby is not None:
            return
        # the catalogue comes before any round: all of the first page is older than the copy
        for number in range(SMALLEST_PAGE + 1):
            fleet.write_product(1000 + number)
        copied, agreed = fleet.office.back_up(), fleet.known_elsewhere()
        fleet.act(phone)
        ready = set(phone.device.outbox.ready_ids())
        chance, fleet.network.chance = fleet.network.chance, 0.0
        before = fleet.office.give_pages_of(SMALLEST_PAGE)
        fleet.network.quiet_first, fleet.network.planned = 1, "request_lost"
        fleet.sync_if_possible(phone)
        fleet.network.quiet_first, fleet.network.planned = 0, None
        fleet.office.give_pages_of(before)
        fleet.network.chance = chance
        if agreed != fleet.known_elsewhere():  # it was found to be a copy, and enrolled anew
            return
        fleet.office.fail_over(copied)
        # what it wrote just then may lie, in the copy, before where its first page ends: R30 finds that, and loads the book anew
        phone.drifted |= set(phone.device.staging.cursors())
        fleet.model.finals.clear()
        if (
            not phone.device.is_closed
        ):  # what moved behind the first page, and is back before it now, it lacks until R30 finds that
            phone.drifted.update(phone.device.books.held())
        if ready & {verdict["id"] for verdict in phone.device.staging.verdicts().values()}:
            fleet.faults.hit("failed_over")

    def fail_over(self) -> None:
        """History is lost, and only the devices know it (R36). Not if the office did meanwhile what no device witnesses."""
        standby, self.standby = self.standby, None
        if standby is not None and self.agreed == self.fleet.known_elsewhere():
            self.fleet.office.fail_over(standby)
            self.fleet.model.finals.clear()
            self.fleet.watcher.is_failed_over = True


def _begins_a_visit(change: Mapping[str, Any]) -> bool:
    return bool(change["op"] == "create" and change["type"] == "visit")
