"""A writing transaction that is begun anew when another writer was in the way: locks that did not come free, deadlocks."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, OperationalError

from server.storage.database import writing

TRIES = 5
JITTER_MS = 50
PASSING = ("40001", "40P01", "55P03")  # serialization failure, deadlock, lock not available

GONE = (
    "08",
    "53",
    "57P",
    "58",
)  # no connection; out of memory, disk or connections; shut down or crashed; the disk itself
GONE_IN_WORDS = ("disk is full", "disk i/o error", "unable to open database")  # SQLite

Result = TypeVar("Result")


class LookAgain(Exception):
    """Between the look and the lock something went elsewhere: look again."""


class StillBusy(Exception):
    """However often it was tried, another writer was in the way. Nothing was done."""


def is_passing(error: BaseException) -> bool:
    """Whether trying again may help."""
    if isinstance(error, LookAgain):
        return True
    cause = getattr(error, "orig", None)
    return getattr(cause, "sqlstate", None) in PASSING or "locked" in str(cause) or "busy" in str(cause)


def is_gone(error: BaseException) -> bool:
    """Whether the database itself cannot be had, whatever is asked of it: it was killed, it starts, its disk is full."""
    if not isinstance(error, DBAPIError):
        return False
    state, words = getattr(error.orig, "sqlstate", None), str(error.orig).lower()
    if state is not None:
        return bool(state.startswith(GONE))
    no_connection = isinstance(error, OperationalError) and type(error.orig).__module__.startswith("psycopg")
    return error.connection_invalidated or no_connection or any(told in words for told in GONE_IN_WORDS)


def write(work: Callable[[Connection], Result], *, tries: int = TRIES) -> Result:
    """Do `work` in one writing transaction; again, from its beginning, as long as others are in the way. Raises: StillBusy."""
    for tried in range(1, tries + 1):
        try:
            with writing() as connection:
                return work(connection)
        except (DBAPIError, LookAgain) as error:
            if not is_passing(error):
                raise
        time.sleep(secrets.randbelow(JITTER_MS * tried) / 1000)
    raise StillBusy("another writer was in the way each time; nothing was done, and it is safe to try again")
