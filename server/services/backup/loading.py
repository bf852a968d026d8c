"""Bringing SQL of an archive into a database: a new SQLite file under a key, or an empty PostgreSQL database."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.pool import StaticPool

from server.storage import sqlcipher


class Target(Protocol):
    """A database that is being filled."""

    engine: str

    def run(self, script: str) -> None:
        """Run statements, all or none."""

    def reading(self) -> AbstractContextManager[Connection]:
        """What was loaded, for comparing."""


class SqliteTarget:
    """A new file. What it holds before `finish` is a draft."""

    engine = "sqlite"

    def __init__(self, path: Path, key: str) -> None:
        """Args: path: must not be there. key: 64 hex digits."""
        self.path = path
        self._connection: Any = sqlcipher.connect(path, key)
        for statement in (
            "PRAGMA journal_mode = OFF",
            "PRAGMA synchronous = OFF",
            "PRAGMA temp_store = MEMORY",
        ):
            self._connection.execute(statement)

    def run(self, script: str) -> None:
        """See Target."""
        self._connection.executescript(f"BEGIN;\n{script}\nCOMMIT;\n")

    def close(self) -> None:
        """Give the file back."""
        self._connection.close()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """What was loaded, for comparing."""
        module = sqlcipher.module()
        engine = sa.create_engine("sqlite://", module=module, creator=lambda: self._connection, poolclass=StaticPool)
        with engine.connect() as connection:
            yield connection


class PostgresTarget:
    """An empty database; everything is one transaction of the caller's."""

    engine = "postgresql"

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.run("SET LOCAL client_encoding = 'UTF8'; SET LOCAL standard_conforming_strings = on;")

    def run(self, script: str) -> None:
        """See Target."""
        driver: Any = self._connection.connection.driver_connection
        if script.strip():
            driver.execute(script)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """What was loaded, for comparing."""
        yield self._connection


@contextmanager
def scratch(folder: Path) -> Iterator[SqliteTarget]:
    """A database for a look, encrypted under a key that nobody keeps, gone afterwards."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"scratch-{secrets.token_hex(6)}.db"
    target = SqliteTarget(path, secrets.token_hex(32))
    try:
        yield target
    finally:
        target.close()
        for suffix in ("", "-wal", "-shm", "-journal"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)


def forget_scratches(folder: Path) -> None:
    """What runs that were killed left: nobody has the keys."""
    for path in folder.glob("scratch-*"):
        path.unlink(missing_ok=True)


def load(target: Target, files: Iterable[tuple[str, bytes]]) -> None:
    """The files of an archive, as they come: tables, rows, indexes behind them.

    Raises: whatever the database says, and nothing of it counts then.
    """
    indexes, sequences = "", ""
    for name, content in files:
        if name == f"schema.{target.engine}.sql" or name.startswith("tables/"):
            target.run(content.decode())
        elif name == f"indexes.{target.engine}.sql":
            indexes = content.decode()
        elif name == "sequences.postgresql.sql" and target.engine == "postgresql":
            sequences = content.decode()
    target.run(indexes)
    target.run(sequences)
