"""A restore leaves a mark on the machine before anything else, and takes it away last: in between, nothing may be served."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import sqlalchemy as sa

from server.config import Config, ConfigError
from server.services.backup import memory
from server.storage import tables
from server.storage.database import reading

MARK = "restore-unfinished"
KEYS_ARE_BACK = "the keys"
WORDS = "A restore was broken off here: run `roundbook backup restore` again, to its end."
NOTE = "restore"  # the same in a database of PostgreSQL, which other machines may open


class Unfinished(ConfigError):
    """A restore was broken off: what is here must not be served."""


class AtWork(Exception):
    """Another restore fills this place just now."""


class Mark:
    """The mark of one restore. `was_there`: an earlier one had left its own."""

    def __init__(self, file: IO[str], *, was_there: bool) -> None:
        self._file, self.was_there = file, was_there
        self._say("nothing yet")

    def keys_are_back(self) -> None:
        """The server's keys are whole: an app that is made here makes none of its own."""
        self._say(KEYS_ARE_BACK)

    def _say(self, what: str) -> None:
        self._file.truncate(0)
        self._file.write(f"A restore is being done here. There are: {what}\n")
        self._file.flush()
        os.fsync(self._file.fileno())


@contextmanager
def marked(config: Config) -> Iterator[Mark]:
    """The mark, for the time of a restore; it stays if the block, or the process, ends before its time. Raises: AtWork."""
    config.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = config.home / MARK
    was_there = path.exists()
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AtWork from error
        mark = Mark(file, was_there=was_there)
        sync_folder(config.home)
        yield mark
        forget(config)


def forget(config: Config) -> None:
    """It came to its end, or changed nothing."""
    (config.home / MARK).unlink(missing_ok=True)
    sync_folder(config.home)


def is_marked(config: Config) -> bool:
    """Whether a restore was begun here whose database is not whole yet. Needs an app context of PostgreSQL."""
    if not (config.home / MARK).exists():
        return not config.is_sqlite and _is_noted()
    if config.is_sqlite:  # the whole database takes its name last
        return not database_file(config).exists()
    return _is_noted() or not _has_tables()


def refuse_early(config: Config) -> None:
    """Before an app is made, which would make keys of its own where the restored ones belong. Raises: Unfinished."""
    path = config.home / MARK
    if path.exists() and (KEYS_ARE_BACK not in path.read_text() or (config.is_sqlite and is_marked(config))):
        raise Unfinished(WORDS)


def refuse(config: Config) -> None:
    """Before a server opens anything: see that no restore was broken off here. Raises: Unfinished."""
    if is_marked(config):
        raise Unfinished(WORDS)


def database_file(config: Config) -> Path:
    """Of a company on SQLite."""
    return Path(config.database_url.removeprefix("sqlite:///"))


def sync_folder(folder: Path) -> None:
    """Names in a folder are on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _has_tables() -> bool:
    with reading() as connection:
        return sa.inspect(connection).has_table(tables.setting.name)


def _is_noted() -> bool:
    with reading() as connection:
        there = sa.inspect(connection).has_table(tables.setting.name)
        return there and memory.note(connection, NOTE) is not None
