"""Alarms that stay until somebody has looked into them: this server lost history or is behind, a device was copied (R36, R40).

They lie in the table of settings under `alarm.<kind>`, with the subject behind it where there are several.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from server.services import clock, epochs
from server.storage import retrying
from server.storage.database import is_sqlite, reading
from server.storage.tables import device, setting, user_account

PREFIX = "alarm."
HISTORY_LOST = epochs.ALARM.removeprefix(PREFIX)
BEHIND = "behind"
COPIED = "device-copied"
logger = logging.getLogger("roundbook.alarm")


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm. `subject`: a device, or empty. `about`: its name and its user's, for people. `at` in ms."""

    kind: str
    subject: str
    about: str
    reason: str
    at: int


def raise_alarm(kind: str, reason: str, subject: str = "") -> bool:
    """Keep an alarm, and write it into the log. Returns: whether it is new; one that nobody has looked into yet stays as it was."""
    name = _name(kind, subject)
    with reading() as connection:
        if connection.scalar(sa.select(setting.c.name).where(setting.c.name == name)) is not None:
            return False
    value = json.dumps({"reason": reason, "at": clock.now_ms()})
    retrying.write(lambda connection: _keep(connection, {"name": name, "value": value}))
    logger.error("%s %s: %s", kind, subject, reason)
    return True


def _keep(connection: Connection, row: dict[str, str]) -> None:
    insert = (sqlite if is_sqlite(connection) else postgresql).insert(setting)
    connection.execute(insert.on_conflict_do_nothing(index_elements=["name"]), row)


def alarms() -> list[Alarm]:
    """All that nobody has looked into yet, the newest first."""
    query = sa.select(setting).where(setting.c.name.startswith(PREFIX, autoescape=True))
    with reading() as connection:
        found = []
        for row in connection.execute(query):
            kind, _, subject = row.name.removeprefix(PREFIX).partition(":")
            told = json.loads(row.value)
            found.append(Alarm(kind, subject, _about(connection, subject), str(told["reason"]), int(told["at"])))
    return sorted(found, key=lambda alarm: (-alarm.at, alarm.kind, alarm.subject))


def acknowledge(kind: str, subject: str, by: str) -> bool:
    """Somebody has looked into it. Returns: whether there was such an alarm."""
    which = setting.c.name == _name(kind, subject)
    done = retrying.write(lambda connection: connection.execute(sa.delete(setting).where(which)).rowcount)
    if done:
        logger.warning("alarm %s %s was looked into by user %s", kind, subject, by)
    return bool(done)


def _name(kind: str, subject: str) -> str:
    return f"{PREFIX}{kind}:{subject}" if subject else f"{PREFIX}{kind}"


def _about(connection: Connection, subject: str) -> str:
    query = (
        sa.select(device.c.name, user_account.c.name.label("user"))
        .join(user_account, user_account.c.id == device.c.user_id)
        .where(device.c.id == subject)
    )
    row = connection.execute(query).first() if subject else None
    return f"{row.user} · {row.name or subject}" if row else subject
