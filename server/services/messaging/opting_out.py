"""Who wants no more messages. A number that said so gets none, until somebody at head office takes it back."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from server.services import clock, control_journal
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
    """From now on this number gets nothing, not even after a restore (R35); what waits for it fails.

    Args: by: who entered it; None for a reply.
    """
    if not has_opted_out(connection, phone_key):
        _note(phone_key, stopped=True, word=word[:40], by=by)
    _stop(connection, phone_key, word, by)


def _stop(connection: Connection, phone_key: str, word: str, by: str | None) -> None:
    insert = sqlite.insert(opt_out) if is_sqlite(connection) else postgresql.insert(opt_out)
    row = {"phone_key": phone_key, "word": word[:40], "at": clock.now_ms(), "by": by}
    connection.execute(insert.values(row).on_conflict_do_nothing())
    waiting = sa.and_(message_out.c.phone_key == phone_key, message_out.c.state == QUEUED)
    values = {"state": FAILED, "error": OPTED_OUT, "settled_at": clock.now_ms(), "filed": None}
    connection.execute(sa.update(message_out).where(waiting).values(**values))


def resume(connection: Connection, phone_key: str) -> bool:
    """The person wants messages again; False if the number had not opted out."""
    if not has_opted_out(connection, phone_key):
        return False
    _note(phone_key, stopped=False)
    return _resume(connection, phone_key)


def _resume(connection: Connection, phone_key: str) -> bool:
    return connection.execute(sa.delete(opt_out).where(opt_out.c.phone_key == phone_key)).rowcount == 1


def _note(phone_key: str, **told: Any) -> None:
    """Where a restored backup cannot undo it."""
    subject = hashlib.sha256(phone_key.encode()).hexdigest()[:32]  # a number is no name of an object
    control_journal.append(control_journal.OPT_OUT, subject, {"phone_key": phone_key, **told})


def replay(connection: Connection) -> int:
    """Stop and resume again what the control journal says and this database does not know. Returns: how many numbers."""
    last: dict[str, Mapping[str, Any]] = {
        entry["phone_key"]: entry for entry in control_journal.entries(control_journal.OPT_OUT)
    }
    unknown = [e for key, e in last.items() if e["stopped"] != has_opted_out(connection, key)]
    for entry in unknown:
        if entry["stopped"]:
            _stop(connection, entry["phone_key"], entry["word"], entry["by"])
        else:
            _resume(connection, entry["phone_key"])
    return len(unknown)
