"""Up to where verified backups reach: what devices need not keep in their journals any more (R37).

A position is safe when an archive or a sealed segment that holds it was read back from where it is stored, opened and compared,
or when a synchronous standby has flushed it (standby.py). Nothing else makes it so: an upload that was reported done, a backup that nobody read, a book that did not change.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from server.services import clock, epochs
from server.storage import retrying
from server.storage.database import is_sqlite
from server.storage.operation_tables import safe
from server.storage.tables import book

AT_A_TIME = 500


def record_verified(positions: Mapping[str, int], *, epoch: str) -> int:
    """A backup was read back and is right: it holds all entries of these books up to these positions.

    Args: positions: book -> position. epoch: the life of the history that the backup was made in. One of another life says nothing
        of the present one and counts for nothing; so does a position that this book has not got.
    Returns: how many books are safe further than before. Marks only rise. Raises: retrying.StillBusy.
    """
    return retrying.write(lambda connection: _record(connection, positions, epoch))


def _record(connection: Connection, positions: Mapping[str, int], epoch: str) -> int:
    if epoch != epochs.current(connection):
        return 0
    known, heads = _marks(connection, positions), _heads(connection, positions)
    now = clock.now_ms()
    rows = [
        {"book_id": name, "pos": pos, "verified_at": now}
        for name, pos in sorted(positions.items())
        if known.get(name, 0) < pos <= heads.get(name, 0)
    ]
    if rows:
        insert = (sqlite if is_sqlite(connection) else postgresql).insert(safe)
        risen = {name: insert.excluded[name] for name in ("pos", "verified_at")}
        connection.execute(insert.on_conflict_do_update(index_elements=["book_id"], set_=risen), rows)
    return len(rows)


def positions(connection: Connection, books: Collection[str]) -> dict[str, int]:
    """What devices are told of these books, in the snapshot of the answer. A book without a mark is not named."""
    return _marks(connection, books)


def _marks(connection: Connection, books: Collection[str]) -> dict[str, int]:
    query, wanted = sa.select(safe.c.book_id, safe.c.pos), sorted(books)
    found: dict[str, int] = {}
    for start in range(0, len(wanted), AT_A_TIME):
        which = safe.c.book_id.in_(wanted[start : start + AT_A_TIME])
        found |= {row.book_id: row.pos for row in connection.execute(query.where(which))}
    return found


def _heads(connection: Connection, books: Collection[str]) -> dict[str, int]:
    wanted = sorted(books)
    found: dict[str, int] = {}
    for start in range(0, len(wanted), AT_A_TIME):
        query = sa.select(book.c.id, book.c.pos).where(book.c.id.in_(wanted[start : start + AT_A_TIME]))
        found |= {row.id: row.pos for row in connection.execute(query)}
    return found
