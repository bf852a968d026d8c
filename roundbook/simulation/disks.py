"""The stores of simulated devices: the real ones on SQLCipher files, or the same code over SQLite in memory; both with crash points."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from sqlcipher3 import dbapi2

import field_app.device
import field_app.store.books
from field_app.store.database import Database
from field_app.store.keys import Keyring, Randomness
from roundbook.simulation.crashes import DEVICE


class OnDisk(Database):
    """The device's database as it is, with a crash point before and after every commit."""

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One transaction; a crash before its commit undoes it, a crash after it does not."""
        outermost = not self._connection.in_transaction
        with super().transaction():
            yield
            if outermost:
                DEVICE.reach(after=False)
        if outermost:
            DEVICE.reach(after=True)

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """One statement; outside a transaction it is a durable step of its own."""
        alone = not self._connection.in_transaction
        if alone:
            DEVICE.reach(after=False)
        changed = super().run(sql, parameters)
        if alone:
            DEVICE.reach(after=True)
        return changed


class InMemory(OnDisk):
    """The same over SQLite in memory, without encryption: what was committed is there when the path is opened again."""

    disks: ClassVar[dict[Path, Any]] = {}

    def __init__(self, path: Path, key: bytes, lock: threading.RLock) -> None:
        self.path, self.lock = path, lock
        if path not in self.disks or not path.exists():
            path.touch()  # stands for the file: deleting it deletes the database
            self.disks[path] = dbapi2.connect(":memory:", isolation_level=None, check_same_thread=False)
        self._connection = self.disks[path]

    def is_whole(self) -> bool:
        """Memory does not rot here."""
        return True

    def close(self) -> None:
        """What was committed stays; what was not is lost."""
        if self._connection.in_transaction:
            self._connection.rollback()

    @classmethod
    def copy_folder(cls, folder: Path, to: Path) -> None:
        """The databases below a folder, once more below another."""
        for path in [path for path in cls.disks if path.is_relative_to(folder) and path.exists()]:
            copied = dbapi2.connect(":memory:", isolation_level=None, check_same_thread=False)
            cls.disks[path].backup(copied)
            cls.disks[to / path.relative_to(folder)] = copied

    @classmethod
    def forget_folder(cls, folder: Path) -> None:
        """Drop the databases below a folder."""
        for path in [path for path in cls.disks if path.is_relative_to(folder)]:
            cls.disks.pop(path).close()


class TestKeyring(Keyring):
    """A keyring that is never locked by a passphrase: a simulated phone is opened with the keyring itself.

    So the product keeps its floors, and a fleet of two hundred does not stretch four hundred passphrases.
    """

    __test__ = False
    made: ClassVar[list[TestKeyring]] = []

    def __init__(self, data_key: bytes) -> None:
        super().__init__(data_key)
        self.made[:] = [self]

    def slots(
        self, device: str, passphrase: str, recovery_key: bytes | None, randomness: Randomness
    ) -> list[dict[str, Any]]:
        """A slot that nothing opens."""
        return [{"kind": "none"}]


@contextmanager
def stores_are(kind: type[OnDisk]) -> Iterator[None]:
    """While the block runs, devices keep what they have in databases of this kind."""
    modules: list[Any] = [field_app.device, field_app.store.books]
    before = [module.Database for module in modules]
    device: Any = field_app.device
    keyring, opened = device.Keyring, device.open_with_passphrase
    for module in modules:
        module.Database = kind
    device.Keyring, device.open_with_passphrase = TestKeyring, lambda key_file, passphrase: None
    try:
        yield
    finally:
        for module, original in zip(modules, before, strict=True):
            module.Database = original
        device.Keyring, device.open_with_passphrase = keyring, opened


def copy_device(folder: Path, to: Path) -> None:
    """A copy of a phone's storage, taken between two of its transactions."""
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(folder, to)
    InMemory.forget_folder(to)
    InMemory.copy_folder(folder, to)
