"""What a phone does not survive: a copy of it, an older one of itself, its end, a thief, the anger of its user."""

from __future__ import annotations

from roundbook.simulation.office_day import OfficeDay
from roundbook.simulation.phone import Phone
from roundbook.simulation.plan import DAY_MS, HOUR_MS


class Mishaps(OfficeDay):
    """Afterwards its user gets another one. While a copy waits to be put back there are none."""

    backup: object | None = None
    standby: object | None = None

    def mishap(self, name: str) -> None:
        """Something that a phone does not survive; its user gets another one."""
        phone = self.a_phone()
        if (
            phone is None
            or self.backup is not None
            or self.standby is not None
            or self.fleet.now - phone.since < DAY_MS
            or phone.mishap
        ):
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
        device, known = phone.device.identity.device_id, set(fleet.watcher.times)
        quiet, fleet.network.chance = fleet.network.chance, 0.0
        fleet.sync(phone)
        fleet.network.chance = quiet
        sent = fleet.watcher.put_aside.get(device, ())
        fleet.model.stolen.update({set_id: set_id not in known for set_id in sent})
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
