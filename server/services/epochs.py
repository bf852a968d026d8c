"""The lives of the server's history (protocol §11)."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import clock
from server.storage.tables import epoch


def begin_first(connection: Connection) -> bool:
    """Begin the first life, if there is none yet. Returns: whether it was begun now."""
    if connection.scalar(sa.select(sa.func.count()).select_from(epoch)):
        return False
    row = {"id": clock.new_id(), "number": 1, "reason": "first start", "began_at": clock.now_ms()}
    connection.execute(sa.insert(epoch), row)
    return True


def current(connection: Connection) -> str:
    """The id of the life that this history is in."""
    found: str | None = connection.scalar(sa.select(epoch.c.id).order_by(epoch.c.number.desc()).limit(1))
    assert found is not None, "bring_up_to_date begins the first epoch"
    return found
