"""The device: one installation of one user, unlocked. Puts the stores together for the services and the sync client.

home/<device id>/   identity.json (parameters and wrapped keys)   outbox.db   books/<book>.db   photos/<book>/…
"""

from __future__ import annotations

import os
import platform as machine
import shutil
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from field_app.store.database import Database, DatabaseError
from field_app.store.files import keep_out_of_backups, make_folder, sync_folder
from field_app.store.identity import Identity
from field_app.store.journal import Journal
from field_app.store.keys import (
    KEY_BYTES,
    KEY_FILE,
    DamagedKeyFile,
    KeyFile,
    Keyring,
    WeakPassphrase,
    WrongPassphrase,
    check_passphrase,
    open_with_passphrase,
    read_key_file,
    write_key_file,
)
from field_app.store.lease import LEASE_WATCH, Watch, from_json, to_json
from field_app.store.outbox import ASK_AGAIN, Outbox
from field_app.store.photos import PhotoStore
from field_app.store.settings import Settings
from field_app.store.shelf import Shelf
from field_app.store.staging import Staging
from field_app.sync import enrolment
from field_app.sync.transport import Transport
from sync_protocol.identity import RANDOM_BYTES, new_id
from sync_protocol.signing import from_text

__all__ = ["DamagedKeyFile", "Device", "KnownDevice", "OtherUser", "WeakPassphrase", "WrongPassphrase", "known_devices"]

READ, HOLD = "read", "hold"


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """An installation that can be unlocked: what a person chooses it by."""

    folder: Path
    device_id: str
    server_url: str
    user_name: str
    company: str


def known_devices(home: Path) -> list[KnownDevice]:
    """The installations below `home`, oldest first. Folders without a readable key file are left out."""
    found = []
    for path in sorted(Path(home).glob(f"*/{KEY_FILE}")):
        try:
            file = read_key_file(path.parent)
        except (OSError, DamagedKeyFile):
            continue
        found.append(KnownDevice(path.parent, file.device, file.server, file.user_name, file.company))
    return found


class OtherUser(Exception):
    """Stores and outbox belong to one user of one server (R33)."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What decides which books are shown. Args: round_ended_at: ms. hidden: books that are about to be purged. watch: as it was kept."""

    scope: dict[str, Any]
    round_ended_at: int | None
    hidden: frozenset[str]
    held: tuple[str, ...]
    watch: Watch | None


class Device:
    """The stores of one installation, open.

    Attributes: identity, outbox, journal, staging, photos, books, settings; `lock` makes several calls one view.
    """

    def __init__(
        self,
        folder: Path,
        keyring: Keyring,
        *,
        clock_ms: Callable[[], int],
        randomness: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self.folder = folder
        self.randomness = randomness
        self.clock_ms = clock_ms
        self.keyring = keyring
        self.lock = threading.RLock()
        self.database = Database(folder / "outbox.db", keyring.derived("outbox"), self.lock)
        self.settings = Settings(self.database)
        self.outbox = Outbox(self.database, self.settings, randomness)
        self.journal = Journal(self.database)
        self.staging = Staging(self.database)
        self.books = Shelf(folder / "books", self.database, keyring, randomness)
        self.photos = PhotoStore(folder / "photos", self.database, keyring.name_for, self.books.photo_key, randomness)
        self._identity: Identity | None = None
        self._read, self._read_at = _Known({}, None, frozenset(), (), None), -1
        self._watch: Watch | None = None
        self._watch_kept: Watch | None = None
        self.is_wiped = self.is_closed = False
        self.syncing = threading.Lock()
        self.memory: dict[str, Any] = {}  # what services read once and keep while it stays true; gone with the keys

    @classmethod
    def enrol(
        cls,
        home: Path,
        invitation: str,
        passphrase: str,
        transport: Transport,
        *,
        clock_ms: Callable[[], int],
        name: str,
        randomness: Callable[[int], bytes] = os.urandom,
    ) -> Device:
        """Make this installation a device of the user who was invited, in a folder of its own below `home`.

        Raises: WeakPassphrase, InvitationUnreadable, Problem (code-wrong, code-expired, code-used), NoNetwork, OSError.
        """
        enrolment.parse_invitation(invitation)
        check_passphrase(passphrase)  # one that is too weak must not use up the code
        keyring = Keyring(randomness(KEY_BYTES))
        device_id = new_id(clock_ms(), randomness(RANDOM_BYTES))
        folder = Path(home) / device_id
        make_folder(folder)
        keep_out_of_backups(folder)
        try:
            device = cls(folder, keyring, clock_ms=clock_ms, randomness=randomness)
            answer = enrolment.enrol(
                transport, invitation, device_id, name=name, platform=machine.system(), clock_ms=clock_ms,
                randomness=randomness,
            )  # fmt: skip
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        with device.database.transaction():
            device.settings.set("identity", answer.identity.to_json())
            device.settings.set("epoch", answer.epoch)
            device.settings.set("server_offset_ms", answer.server_offset_ms)
        identity, recovery = answer.identity, answer.recovery_key
        slots = keyring.slots(device_id, passphrase, from_text(recovery) if recovery else None, randomness)
        key_file = KeyFile(device_id, identity.server_url, identity.user_name, identity.company, tuple(slots))
        write_key_file(folder, key_file)  # the last step: from here on the device exists
        sync_folder(Path(home))
        return device

    @classmethod
    def unlock(
        cls,
        folder: Path,
        passphrase: str,
        *,
        clock_ms: Callable[[], int],
        randomness: Callable[[int], bytes] = os.urandom,
    ) -> Device:
        """Open the device in `folder` (or the only one below it), and finish what a power cut interrupted.

        Raises: WrongPassphrase, DamagedKeyFile, WrongKey (the outbox is damaged), FileNotFoundError (no device there).
        """
        folder = Path(folder)
        if not (folder / KEY_FILE).exists():
            known = known_devices(folder)
            if len(known) != 1:
                raise FileNotFoundError(f"{len(known)} devices in {folder.name}, one expected")
            folder = known[0].folder
        keyring = open_with_passphrase(read_key_file(folder), passphrase)
        device = cls(folder, keyring, clock_ms=clock_ms, randomness=randomness)
        device.start()
        return device

    def start(self) -> None:
        """Open the books, take over a round that was received whole, delete photo files that no set names."""
        from field_app.sync.rounds import finish_round

        self.books.open_all()
        if self.staging.members().get("complete"):
            finish_round(self)
        with suppress(DatabaseError, OSError):  # a full disk: what was counted before is kept
            self.note_time()
        self.photos.delete_orphans()

    def close(self) -> None:
        """Close everything; the keys are forgotten with this object."""
        with self.lock:
            self.is_closed = True
            self.memory.clear()
            self.books.close()
            self.database.close()

    @property
    def identity(self) -> Identity:
        """Who this installation is."""
        if self._identity is None:
            self._identity = Identity.from_json(self.settings.get("identity"))
        return self._identity

    def replace_identity(self, identity: Identity) -> None:
        """Keep another identity: enrolled anew, or renewed. Part of the caller's transaction."""
        self.settings.set("identity", identity.to_json())
        self._identity = identity

    @property
    def scope(self) -> dict[str, Any]:
        """Book -> {access, seats, lease} as the server last gave it. To be read only: callers share it."""
        return self._known().scope

    def shown_books(self) -> list[str]:
        """The books that may be shown: in scope, and within their lease (R29, R31)."""
        known, since = self._known(), self.without_round_ms()
        return [
            book
            for book in known.held
            if book in known.scope and book not in known.hidden and since <= (known.scope[book].get("lease") or since)
        ]

    def without_round_ms(self) -> int:
        """How long ago the last round ended, by the clock or by what was counted of it (R31); 0, if there was none."""
        with self.lock:
            ended, now_ms = self._known().round_ended_at, self.clock_ms()
            self._watch = self._watched(now_ms).looked(now_ms)
            return 0 if ended is None else self._watch.passed_ms(ended, now_ms)

    def note_time(self, server_ms: int | None = None) -> None:
        """Keep what has been counted since the last round. Args: server_ms: the server's clock, from a signed answer."""
        with self.lock:
            now_ms = self.clock_ms()
            self._watch = self._watched(now_ms).looked(now_ms)
            if server_ms is not None:
                self._watch = self._watch.heard(server_ms)
            if self._watch.is_worth_keeping(self._watch_kept):
                self.settings.set(LEASE_WATCH, to_json(self._watch))

    def _watched(self, now_ms: int) -> Watch:
        """What was counted up to the last look. What is kept elsewhere, or was undone, counts in place of what is remembered."""
        kept = self._known().watch
        if self._watch is None or kept != self._watch_kept:
            self._watch, self._watch_kept = kept or Watch(now_ms, 0, 0), kept
        return self._watch

    def _known(self) -> _Known:
        """Read anew only when something was written since: every screen and every action asks several times."""
        with self.lock:
            if self._read_at != self.database.writes:
                get = self.settings.get
                self._read = _Known(
                    get("scope", {}), get("round_ended_at"), frozenset(get("leaving", [])), tuple(self.books.held()),
                    from_json(get(LEASE_WATCH)),
                )  # fmt: skip
                self._read_at = self.database.writes
            return self._read

    def seat(self, book: str, seat: str) -> tuple[str | None, int]:
        """(holder, term) of a seat, as far as this device knows."""
        found = self.scope.get(book, {}).get("seats", {}).get(seat) or {}
        return found.get("user"), found.get("term", 0)

    def holds_seat(self, book: str, seat: str) -> bool:
        """Whether the user of this device holds the seat."""
        return self.seat(book, seat)[0] == self.identity.user_id

    def new_id(self) -> str:
        """An id for a record made now."""
        return new_id(self.clock_ms(), self.randomness(RANDOM_BYTES))

    def change_passphrase(self, old: str, new: str) -> None:
        """Wrap the data key by another passphrase; the stores stay as they are. Raises: WrongPassphrase, WeakPassphrase."""
        key_file = read_key_file(self.folder)
        open_with_passphrase(key_file, old)
        recipients = [slot["recipient"] for slot in key_file.slots if slot["kind"] == "recovery"]
        recovery = from_text(recipients[0]) if recipients else None
        slots = self.keyring.slots(key_file.device, new, recovery, self.randomness)
        key_file = KeyFile(key_file.device, key_file.server, key_file.user_name, key_file.company, tuple(slots))
        write_key_file(self.folder, key_file)

    def follow_epoch(self, epoch: str, forks: Mapping[str, int]) -> None:
        """The server lost history and began another (R38): offer again what it may lack, in one transaction."""
        with self.database.transaction():
            self.journal.offer_again(forks)
            self.settings.set(ASK_AGAIN, self.outbox.returned_empty())
            self.staging.clear()
            for book in self.books.held():
                self.books.drop_beside(book)
            for book, cursor in self.books.cursors().items():
                if int(cursor.partition(".")[0]) > forks.get(book, 0):
                    self.books.drop_cursor(book)
            self.books.forget_witnessed(lambda book, pos: pos > forks.get(book, 0))
            safe = self.settings.get(
                "safe", {}
            )  # of the old history: what lies beyond the fork is in no backup of this one
            self.settings.set("safe", {book: min(pos, forks.get(book, 0)) for book, pos in safe.items()})
            self.settings.set("epoch", epoch)

    def enrol_anew(self, invitation: str, passphrase: str, transport: Transport, *, name: str) -> None:
        """Become a new device of the same user, who signed in again, and offer all that is kept (R40): after a copy or a
        roll-back was found, or when the server does not know this device any more (R41).

        Raises: WrongPassphrase, OtherUser, InvitationUnreadable, ServerProblem, NoNetwork; then nothing has changed.
        """
        key_file = read_key_file(self.folder)
        open_with_passphrase(key_file, passphrase)
        device_id = self.new_id()
        answer = enrolment.enrol(
            transport, invitation, device_id, name=name, platform=machine.system(), clock_ms=self.clock_ms,
            randomness=self.randomness,
        )  # fmt: skip
        if answer.identity.user_id != self.identity.user_id:
            raise OtherUser("what is on this device was made by another user, and is not sent under a second name")
        with self.database.transaction():
            self.replace_identity(answer.identity)
            self.settings.set("epoch", answer.epoch)
            self.outbox.number_anew()
            self.outbox.unheard.clear()
            self.photos.forget_uploads()
            self.staging.clear()
            for book in self.books.held():
                self.books.drop_cursor(book)
            self.books.forget_witnessed(lambda book, pos: True)
            for forgotten in ("stopped", "scope_tag", "sets_limit", "failures_in_a_row"):
                self.settings.set(forgotten, None)

    def wipe(self) -> None:
        """Destroy all that this device holds, the keys first. Only on a signed answer (R3)."""
        with self.lock:
            self.is_wiped = True
            (self.folder / KEY_FILE).unlink(missing_ok=True)
            sync_folder(self.folder)
            self.close()
            shutil.rmtree(self.folder, ignore_errors=True)
