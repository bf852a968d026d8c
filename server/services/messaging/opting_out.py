"""Who wants no more messages. A number that said so gets none, until somebody at head office takes it back."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from server.services import clock
from server.storage.database import is_sqlite
from server.storage.message_tables import message_out, opt_out
from sync_protocol.messaging.states import FAILED, QUEUED

OPTED_OUT = "opted-out"
_AT_A_TIME = 500


def has_opted_out(connection: Connection, phone_key: str) -> bool:
    """Whether this number gets no messages."""
    return connection.scalar(sa.select(opt_out.c.at).where(opt_out.c.phone_key == phone_key)) is not None


def opted_out(connection: Connection, phone_keys: Collection[str]) -> set[str]:
    """Those of the numbers that get no messages."""
    keys, found = list(phone_keys), set()
    for start in range(0, len(keys), _AT_A_TIME):
        some = keys[start : start + _AT_A_TIME]
        found |= set(connection.scalars(sa.select(opt_out.c.phone_key).where(opt_out.c.phone_key.in_(some))))
    return found


def stop(connection: Connection, phone_key: str, word: str, by: str | None = None) -> None:
    """From now on this number gets nothing; what waits for it fails. Args: by: who entered it; None for a reply."""
    insert = sqlite.insert(opt_out) if is_sqlite(connection) else postgresql.insert(opt_out)
    row = {"phone_key": phone_key, "word": word[:40], "at": clock.now_ms(), "by": by}
    connection.execute(insert.values(row).on_conflict_do_nothing())
    waiting = sa.and_(message_out.c.phone_key == phone_key, message_out.c.state == QUEUED)
    values = {"state": FAILED, "error": OPTED_OUT, "settled_at": clock.now_ms(), "filed": None}
    connection.execute(sa.update(message_out).where(waiting).values(**values))


def resume(connection: Connection, phone_key: str) -> bool:
    """The person wants messages again; False if the number had not opted out."""
    return connection.execute(sa.delete(opt_out).where(opt_out.c.phone_key == phone_key)).rowcount == 1
