"""One encrypted SQLite file: raw key, WAL, and a commit that has reached the disk when it returns."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlcipher3 import dbapi2

Row = tuple[Any, ...]
DatabaseError = dbapi2.DatabaseError
_BUSY_TIMEOUT_MS = 5000
_WIPE_FREED_MEMORY = "OFF"  # of SQLite's pages; keys are wiped all the same (docs/decisions/0011)
_HMACS = ("HMAC_SHA256", "HMAC_SHA512")  # of a page; a new file has the first, the second is what earlier releases made
_CACHE_KIB = 8000  # four times the default: a page that leaves the cache has to be encrypted first

# what is no number or text is looked up among the adapters: what is not found there costs ten times as much
dbapi2.register_adapter(type(None), {}.get)
dbapi2.register_adapter(bool, int)
dbapi2.register_adapter(bytes, bytes)


class WrongKey(Exception):
    """The file does not open: another key, or its first page is damaged."""


class Database:
    """A connection that several threads may use, one at a time.

    Args: lock: shared by all stores of a device, so that a reader never sees one store ahead of another.
    Attributes: writes: grows with everything that may have changed what a reader finds, undoing included: as long as it
        stays, what was read stays true.
    """

    writes = 0

    def __init__(self, path: Path, key: bytes, lock: threading.RLock) -> None:
        self.path = path
        self.lock = lock
        for hmac in _HMACS:
            self._connection = dbapi2.connect(str(path), isolation_level=None, check_same_thread=False)
            try:
                self._unlock(key, hmac)
            except dbapi2.DatabaseError as error:
                self._connection.close()
                if hmac == _HMACS[-1]:
                    raise WrongKey(f"{path.name} does not open") from error
            else:
                break

    def _unlock(self, key: bytes, hmac: str) -> None:
        run = self._connection.execute
        run("PRAGMA cipher_log_level = NONE")
        run(f"PRAGMA cipher_memory_security = {_WIPE_FREED_MEMORY}")
        run(f"PRAGMA key = \"x'{key.hex()}'\"")
        run(f"PRAGMA cipher_hmac_algorithm = {hmac}")
        run("SELECT count(*) FROM sqlite_master").fetchone()  # a wrong key shows at the first read only
        run(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = FULL")
        run("PRAGMA secure_delete = ON")
        run("PRAGMA temp_store = MEMORY")
        run(f"PRAGMA cache_size = -{_CACHE_KIB}")

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """All rows of a query."""
        with self.lock:
            found: list[Row] = self._connection.execute(sql, parameters).fetchall()
            return found

    def row(self, sql: str, parameters: Sequence[Any] = ()) -> Row | None:
        """The first row of a query, or None."""
        with self.lock:
            found: Row | None = self._connection.execute(sql, parameters).fetchone()
            return found

    def value(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """The first column of the first row, or None."""
        found = self.row(sql, parameters)
        return None if found is None else found[0]

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run one statement, outside `transaction()` as a transaction of its own. Returns how many rows it changed."""
        with self.lock:
            self.writes += 1
            changed: int = self._connection.execute(sql, parameters).rowcount
            return changed

    def run_many(self, sql: str, parameters: Iterable[Sequence[Any]]) -> None:
        """Run one statement for many rows."""
        with self.lock:
            self.writes += 1
            self._connection.executemany(sql, parameters)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One transaction: all or nothing, and durable when the block has ended. Within another it joins that one."""
        with self.lock:
            if self._connection.in_transaction:
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                self.writes += 1
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def script(self, statements: str) -> None:
        """Create what is not there yet, in one transaction."""
        with self.transaction():
            self.writes += 1
            for statement in statements.split(";\n"):
                if statement.strip():
                    self._connection.execute(statement)

    def is_whole(self) -> bool:
        """Whether every page opens under the key and the structure is sound."""
        with self.lock:
            try:
                if self._connection.execute("PRAGMA cipher_integrity_check").fetchall():
                    return False
                return bool(self._connection.execute("PRAGMA quick_check").fetchall() == [("ok",)])
            except dbapi2.DatabaseError:
                return False

    def close(self) -> None:
        """Close the file; the log beside it is folded in."""
        with self.lock:
            self._connection.close()


def delete_database(path: Path) -> None:
    """Delete a database file and what belongs to it."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
