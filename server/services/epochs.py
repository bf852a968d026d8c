"""The lives of the server's history (protocol §11): each begins where the one before was cut off, by a restore or a loss."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import clock
from server.storage.database import is_sqlite, writing
from server.storage.operation_tables import safe
from server.storage.tables import book, epoch, setting

ALARM = "alarm.history-lost"  # the setting that tells of it until somebody has looked into it
_CURRENT = sa.select(epoch.c.id).order_by(epoch.c.number.desc()).limit(1)
_LIVES = sa.select(epoch).order_by(epoch.c.number.desc())
logger = logging.getLogger("roundbook.alarm")


@dataclass(frozen=True, slots=True)
class Life:
    """One life. `shared`: book -> the last position that it has in common with the present one; a book that is not named
    has none. None: it is the present one."""

    id: str
    shared: Mapping[str, int] | None

    def has(self, book_id: str, pos: int) -> bool:
        """Whether this position of that life is part of the present history."""
        return self.shared is None or pos <= self.shared.get(book_id, 0)


def begin_first(connection: Connection) -> bool:
    """Begin the first life, if there is none yet. Returns: whether it was begun now."""
    if connection.scalar(sa.select(sa.func.count()).select_from(epoch)):
        return False
    row = {"id": clock.new_id(), "number": 1, "reason": "first start", "began_at": clock.now_ms()}
    connection.execute(sa.insert(epoch), row)
    return True


def current(connection: Connection) -> str:
    """The id of the life that this history is in."""
    found: str | None = connection.scalar(_CURRENT)
    assert found is not None, "bring_up_to_date begins the first epoch"
    return found


def lives(connection: Connection) -> list[Life]:
    """The present life and those that it descends from, newest first."""
    rows = connection.execute(_LIVES).mappings().all()
    known = {row["id"]: row for row in rows}
    found, row, shared = [Life(rows[0]["id"], None)], rows[0], None
    while row["parent"] in known:
        forks = json.loads(row["forks"])
        shared = forks if shared is None else {b: min(pos, shared[b]) for b, pos in forks.items() if b in shared}
        row = known[row["parent"]]
        found.append(Life(row["id"], shared))
    return found


def forks_since(connection: Connection, epoch_id: str) -> dict[str, int]:
    """Book -> last position shared by that life and the present one. Empty, if this history does not know that life."""
    for life in lives(connection):
        if life.id == epoch_id and life.shared is not None:
            return dict(life.shared)
    return {}


def positions(connection: Connection) -> dict[str, int]:
    """Book -> its position now: the forks of a life that begins with all that is here, as after a restore (R35)."""
    return {row.id: row.pos for row in connection.execute(sa.select(book.c.id, book.c.pos)) if row.pos}


def begin_epoch(
    reason: str,
    forks: Mapping[str, int] | None = None,
    *,
    after: str | None = None,
    alarm: bool = False,
    number_above: int = 0,
) -> str:
    """Begin a new life of the history.

    Args: forks: book -> the last position that is certain to be shared with the life before; {}: none is; None: all that is
        here now, which is what a restore tool says before anybody is served. after: begin only if this is still the present
        life, so that of several who notice the same loss one begins it. alarm: nobody asked for it: tell people.
    Returns: the id of the present life.
    """
    with writing() as connection:
        row = _lock(connection)
        if after is not None and row["id"] != after:
            return str(row["id"])
        begun = {
            "id": clock.new_id(),
            "parent": row["id"],
            "forks": json.dumps(positions(connection) if forks is None else dict(forks), sort_keys=True),
            "reason": reason,
            "began_at": clock.now_ms(),
            "number": max(row["number"], number_above) + 1,
        }
        connection.execute(sa.insert(epoch), begun)
        _cut_marks(connection, json.loads(begun["forks"]))
        if alarm:
            value = json.dumps({"epoch": begun["id"], "reason": reason, "at": begun["began_at"]})
            connection.execute(sa.delete(setting).where(setting.c.name == ALARM))
            connection.execute(sa.insert(setting), {"name": ALARM, "value": value})
    if alarm:
        logger.error("%s: epoch %s begins, and devices offer again what they keep", reason, begun["id"])
    return str(begun["id"])


def lost_history_at(connection: Connection) -> int | None:
    """When history was last lost here, in ms; None, if it never was."""
    began: int | None = connection.scalar(sa.select(sa.func.max(epoch.c.began_at)).where(epoch.c.number > 1))
    return began


def _cut_marks(connection: Connection, forks: Mapping[str, int]) -> None:
    """What a backup held of a life that ended is safe as far as the new one shares it."""
    for row in connection.execute(sa.select(safe.c.book_id, safe.c.pos)).all():
        if row.pos > forks.get(row.book_id, 0):
            which = sa.update(safe).where(safe.c.book_id == row.book_id)
            connection.execute(which.values(pos=forks.get(row.book_id, 0)))


def _lock(connection: Connection) -> sa.RowMapping:
    """The present life's row. The first life's is held to the end of the transaction: whoever begins one waits here."""
    if not is_sqlite(connection):
        connection.execute(sa.select(epoch.c.id).where(epoch.c.number == 1).with_for_update())
    return connection.execute(sa.select(epoch).order_by(epoch.c.number.desc()).limit(1)).mappings().one()
