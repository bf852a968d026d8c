"""A simulated phone: a real device, its clock, its storage, and what its user was promised."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from field_app.device import Device
from field_app.sync.transport import Transport
from roundbook.simulation.disks import InMemory, OnDisk, TestKeyring, copy_device
from roundbook.simulation.releases import FIRST, Releases
from sync_protocol import json_text

PASSPHRASE = "a passphrase for no one"


@dataclass
class DeviceClock:
    """A phone's clock: the true time and an error. `frozen_at`: it stands still at this instant (ms)."""

    true_ms: Callable[[], int]
    offset_ms: int = 0
    frozen_at: int | None = None
    skew: str = ""

    def __call__(self) -> int:
        return self.frozen_at if self.frozen_at is not None else self.true_ms() + self.offset_ms

    def put_right(self) -> None:
        """Somebody corrects it."""
        self.offset_ms, self.frozen_at, self.skew = 0, None, ""


@dataclass(frozen=True, slots=True)
class Saved:
    """A change set that a phone has saved. `skew`: what was wrong with its clock then. `at`: the true time, ms."""

    id: str
    seq: int
    device: str
    user: str
    wire: Mapping[str, Any]
    skew: str
    at: int


@dataclass
class Phone:
    """One installation. `state`: active, retired, lost, dismissed, forked, wiped. `is_stopped`: swizzled, it does nothing now.

    Args: schema: the release of its app. drifted: books that are not on it what they should be, until it notices.
    """

    name: str
    user: str
    role: str
    home: Path
    clock: DeviceClock
    rng: random.Random
    database: type[OnDisk]
    releases: Releases
    schema: int = FIRST
    device: Device = field(init=False)
    keyring: TestKeyring = field(init=False)
    saved: dict[str, Saved] = field(default_factory=dict)
    rolled_back: dict[str, Saved] = field(default_factory=dict)
    last_seq: int = 0
    state: str = "active"
    is_stopped: bool = False
    made: int = 0
    syncs: int = 0
    changes_today: int = 0
    syncs_today: int = 0
    crashes: int = 0
    since: int = 0
    enrolments: int = 1
    updates: int = 0
    mishap: str = ""
    drifted: set[str] = field(default_factory=set)
    drifted_in: dict[Path, frozenset[str]] = field(default_factory=dict)  # a copy of it -> what had drifted then

    @property
    def is_working(self) -> bool:
        """Whether its user does anything with it now."""
        return self.state == "active" and not self.is_stopped

    def as_installed(self) -> AbstractContextManager[None]:
        """While the block runs, the code is that of its release."""
        return self.releases.of(self.schema)

    def enrol(self, invitation: str, transport: Transport) -> None:
        """By the real enrolment."""
        with self.as_installed():
            self.device = Device.enrol(
                self.home, invitation, PASSPHRASE, transport, clock_ms=self.clock, name=self.name,
                randomness=self.rng.randbytes,
            )  # fmt: skip
        self.keyring = TestKeyring.made[-1]

    def enrol_anew(self, invitation: str, transport: Transport) -> None:
        """R40: its user signs in again, and it is a new device with everything that it keeps."""
        with self.as_installed():
            self.device.enrol_anew(invitation, PASSPHRASE, transport, name=f"{self.name} again")
        self.last_seq = self.device.outbox.last_seq
        self.enrolments += 1

    def open(self, folder: Path) -> None:
        """Switch it on."""
        with self.as_installed():
            self.device = Device(folder, self.keyring, clock_ms=self.clock, randomness=self.rng.randbytes)
            self.device.start()

    def update(self, schema: int) -> bool:
        """Install another release of the app. Returns: whether every saved set is what it was (R51)."""
        query = "SELECT id, seq, state, body, sealed FROM change_set ORDER BY id"
        before = self.device.database.rows(query)
        self.schema, self.updates = schema, self.updates + 1
        self.reopen()
        return self.device.database.rows(query) == before

    def reopen(self) -> None:
        """After a crash: the process is gone, the storage is there."""
        folder = self.device.folder
        self.device.close()
        self.open(folder)

    def copy(self, name: str) -> Path:
        """A copy of the whole phone, beside it."""
        to = self.home.parent / "copies" / name
        copy_device(self.device.folder, to)
        self.drifted_in[to] = frozenset(self.drifted)
        return to

    def put_back(self, copied: Path) -> None:
        """The phone is what it was when it was copied."""
        folder = self.device.folder
        self.device.close()
        self.drifted = set(self.drifted_in[copied])
        copy_device(copied, folder)
        self.open(folder)
        self.last_seq = self.device.outbox.last_seq
        gone = [set_id for set_id in self.saved if self.device.outbox.find(set_id) is None]
        self.rolled_back.update((set_id, self.saved.pop(set_id)) for set_id in gone)

    def collect(self) -> int:
        """Take note of what was saved since the last time. Returns: how many changes."""
        count, device = 0, self.device.identity.device_id
        query = "SELECT id, seq, body FROM change_set WHERE seq > ? AND body IS NOT NULL ORDER BY seq"
        for set_id, seq, body in self.device.database.rows(query, (self.last_seq,)):
            wire = json_text.loads(body)
            self.saved[set_id] = Saved(set_id, seq, device, self.user, wire, self.clock.skew, self.clock.true_ms())
            count += len(wire["changes"])
        self.last_seq = self.device.outbox.last_seq
        self.made += count
        self.changes_today += count
        return count

    def close(self) -> None:
        """Done with it."""
        if not self.device.is_closed:
            self.device.close()
        InMemory.forget_folder(self.home)
