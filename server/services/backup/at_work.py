"""One run at a time, and how far it is: others see it while it works, and see as well when it was killed."""

from __future__ import annotations

import contextlib
import fcntl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import clock, parts
from server.services.backup import memory
from server.services.backup.sealing import Progress
from server.storage.backup_tables import backup_run
from server.storage.database import db, writing

LOCK = "backup.lock"
NOTE = "at_work"
EVERY_S = 2.0
LOOK_S = 0.5
SILENT_MS = 15 * 60 * 1000
BROKEN_OFF = "the run was broken off: its process was killed, or the machine stopped"
_POSTGRES_LOCK = 0xBAC_009


class Another(Exception):
    """Another run is at work."""


@dataclass(frozen=True, slots=True)
class Far:
    """How far a run is. `part`: database, photos or restore; `done`, `of`: bytes; `at`: when it said so, in ms."""

    run: int
    part: str
    done: int
    of: int
    at: int


@contextlib.contextmanager
def alone(wait_s: float = 0.0) -> Iterator[None]:
    """No other run on this machine, and none of another machine on the same PostgreSQL. It ends with the process, however that ends.

    Args: wait_s: for so long another may go on. Raises: Another.
    """
    give_up_at = time.monotonic() + wait_s
    home = parts.config().home
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (home / LOCK).open("w") as file, contextlib.ExitStack() as held:
        _wait_for(lambda: _is_ours(file), give_up_at)
        if not parts.config().is_sqlite:
            connection = held.enter_context(db.engine.connect().execution_options(isolation_level="AUTOCOMMIT"))
            taken = sa.select(sa.func.pg_try_advisory_lock(_POSTGRES_LOCK))
            _wait_for(lambda: bool(connection.scalar(taken)), give_up_at)
            held.callback(connection.execute, sa.select(sa.func.pg_advisory_unlock(_POSTGRES_LOCK)))
        yield


def _wait_for(is_ours: Callable[[], bool], give_up_at: float) -> None:
    while not is_ours():
        if time.monotonic() >= give_up_at:
            raise Another
        time.sleep(LOOK_S)


def _is_ours(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def settle_broken_off() -> int:
    """Whoever is alone knows that every run that is still called running was killed. Returns: how many were."""
    with writing() as connection:
        values = {"state": "failed", "ended_at": clock.now_ms(), "error": BROKEN_OFF}
        found = connection.execute(sa.update(backup_run).where(backup_run.c.state == "running").values(**values))
        memory.keep(connection, NOTE, None)
        return found.rowcount


def telling(run: int, progress: Progress) -> Progress:
    """The same progress, and now and then a note of it for the console."""
    last_s = float("-inf")

    def told(part: str, done: int, of: int) -> None:
        nonlocal last_s
        progress(part, done, of)
        if time.monotonic() - last_s >= EVERY_S:
            last_s = time.monotonic()
            with contextlib.suppress(sa.exc.DBAPIError), writing() as connection:  # the run is worth more than its note
                memory.keep(connection, NOTE, [run, part, done, of, clock.now_ms()])

    return told


def far(connection: Connection) -> Far | None:
    """How far the run is that is at work; None, if none has said anything."""
    found = memory.note(connection, NOTE)
    return None if found is None else Far(*found)


def is_silent(connection: Connection, run: int, started_at: int) -> bool:
    """Whether a run has said nothing for so long that it must have been killed."""
    found = far(connection)
    heard_at = found.at if found is not None and found.run == run else started_at
    return clock.now_ms() - heard_at > SILENT_MS
