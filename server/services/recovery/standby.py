"""A synchronous standby makes positions safe as well (R37): what it has flushed outlives the loss of the first server.

PostgreSQL says which standbys are synchronous and up to where each has flushed. What a snapshot shows is in the log of writes
before the place at which that log stands when the snapshot is over; a standby that has flushed so far has all of it.
"""

from __future__ import annotations

import time

import sqlalchemy as sa

from server.services import epochs
from server.services.recovery import safe
from server.storage.database import is_sqlite, reading
from server.storage.tables import book

WAIT_S = 10.0
POLL_S = 0.1
_STANDS_AT = sa.text("SELECT pg_current_wal_insert_lsn()::text")
_FLUSHED = sa.text(
    "SELECT count(*) FROM pg_stat_replication"
    " WHERE state = 'streaming' AND sync_state IN ('sync', 'quorum') AND flush_lsn >= CAST(:lsn AS pg_lsn)"
)
_ANY = sa.text(
    "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' AND sync_state IN ('sync', 'quorum')"
)


def note(wait_s: float = WAIT_S) -> int:
    """Mark as safe what a synchronous standby has. On SQLite, or without such a standby, nothing is marked.

    Args: wait_s: how long it may take to catch up. Returns: how many books are safe further than before.
    """
    with reading() as connection:
        if is_sqlite(connection) or not connection.scalar(_ANY):
            return 0
        epoch = epochs.current(connection)
        heads = {row.id: row.pos for row in connection.execute(sa.select(book.c.id, book.c.pos))}
    with reading() as connection:
        stands_at: str | None = connection.scalar(_STANDS_AT)
    return safe.record_verified(heads, epoch=epoch) if stands_at and _reaches(stands_at, wait_s) else 0


def _reaches(lsn: str, wait_s: float) -> bool:
    """Whether a synchronous standby has flushed up to this place, or does so in time."""
    until = time.monotonic() + wait_s
    while True:
        with reading() as connection:
            if connection.scalar(_FLUSHED, {"lsn": lsn}):
                return True
        if time.monotonic() >= until:
            return False
        time.sleep(POLL_S)
