"""Work that goes by hand: a file is made on a phone, reaches the office late, twice or damaged, and so does the answer (R46-R48)."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING

from field_app.services import envelopes
from field_app.sync.transport import Response
from roundbook.simulation.crashes import SERVER, Crashed
from roundbook.simulation.phone import Phone
from roundbook.simulation.plan import DAY_MS, HOUR_MS

if TYPE_CHECKING:
    from roundbook.simulation.fleet import Fleet


class Carrier:
    """Whoever brings files from phones to the office and back. On the whole stack alone: files are of the real server."""

    def __init__(self, fleet: Fleet, rng: random.Random) -> None:
        self.fleet, self.rng, self.files = fleet, rng, 0
        self.folder: Path = fleet.folder / "carried"
        self.folder.mkdir(exist_ok=True)

    def set_out(self, phone: Phone) -> None:
        """A phone writes its file; it arrives within two days, a third of them twice."""
        self.files += 1
        path, device = self.folder / f"{self.files}.age", phone.device.identity.device_id
        with phone.as_installed():
            saved = phone.device.outbox.in_state("ready", "waiting", "parked")
            envelopes.export(phone.device, path)
        self.fleet.watcher.carry([one.wire for one in saved if one.wire is not None])
        for _ in range(1 + (self.rng.random() < 0.3)):
            after = self.rng.randrange(HOUR_MS, 2 * DAY_MS)
            self.fleet.at(self.fleet.now + after, lambda: self._arrive(phone, device, path.read_bytes()))

    def _arrive(self, phone: Phone, device: str, raw: bytes) -> None:
        """At the office: taken in, unless it was damaged on the way or the server dies of it; then it is brought again or not."""
        fleet, is_damaged = self.fleet, self.rng.random() < 0.1
        if self.rng.random() < 0.1:
            SERVER.arm(self.rng.randrange(6), after=self.rng.random() < 0.5)
        try:
            with fleet.releases.at_server():
                pages, answer, judged = fleet.office.receive(self._damaged(raw) if is_damaged else raw)
        except Crashed:
            return
        finally:
            SERVER.disarm()
        for page in pages:
            fleet.watcher.watch(device, {}, Response(200, {}, page))
        if judged:
            fleet.faults.hit("carried")
        if answer:
            back = self._damaged(answer) if self.rng.random() < 0.1 else answer
            fleet.at(fleet.now + self.rng.randrange(HOUR_MS // 4, DAY_MS), lambda: self._come_back(phone, back))

    def _come_back(self, phone: Phone, raw: bytes) -> None:
        """On the phone, if it is still in use."""
        if not phone.is_working or phone.device.is_closed:
            return
        self.files += 1
        path = self.folder / f"{self.files}.age"
        path.write_bytes(raw)
        try:
            with phone.as_installed():
                taken = envelopes.take_answer(phone.device, path)
        except envelopes.NotForThisDevice:
            return
        if phone.device.is_wiped:
            phone.state = "wiped"
        elif taken.applied and taken.verdicts:
            self.fleet.faults.hit("answer_carried")

    def _damaged(self, raw: bytes) -> bytes:
        """Cut off, or with a bit that is another."""
        at = self.rng.randrange(len(raw))
        if self.rng.random() < 0.5:
            return raw[:at]
        return raw[:at] + bytes([raw[at] ^ 1 << self.rng.randrange(8)]) + raw[at + 1 :]
