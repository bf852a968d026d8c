"""Looking after the backup: a late or failed one turns red and is told to the administrators; the store is read through each week."""

from __future__ import annotations

import json
import logging

import sqlalchemy as sa

from server.services import clock, parts, users
from server.services.backup import checking, documents, memory
from server.services.backup.sealing import Progress, Throttle, no_progress
from server.services.backup.status import CODES, WRONG, Concern, status
from server.services.messaging import outbox
from server.storage.database import reading, writing
from server.storage.tables import user_account

TOLD_AGAIN_MS = 24 * 3600 * 1000
_NOT_YET = ("holders", "never")  # of a server that nobody has set up backups for yet, the console tells
logger = logging.getLogger("roundbook.alarm")


def watch() -> list[Concern]:
    """Tell the administrators what is wrong, once a day for each. Returns: what was told now."""
    found = status()
    wrong = [concern for concern in found.concerns if concern.level == WRONG]
    if not found.holders:
        wrong = [concern for concern in wrong if concern.code not in _NOT_YET]
    now = clock.now_ms()
    told = []
    with writing() as connection:
        before: dict[str, int] = memory.note(connection, "told") or {}
        for concern in wrong:
            if now - before.get(concern.code, 0) >= TOLD_AGAIN_MS:
                before[concern.code] = now
                told.append(concern)
        memory.keep(connection, "told", {c.code: before[c.code] for c in wrong})
        for concern in told:
            _tell(connection, concern, now)
    return told


def _tell(connection: sa.Connection, concern: Concern, now: int) -> None:
    words = CODES[concern.code].format(value=concern.value)
    logger.error("backup: %s", words)
    text = f"{parts.config().company}: backup: {words}"[:300]
    query = sa.select(user_account).where(user_account.c.state == "active", user_account.c.phone.is_not(None))
    for row in connection.execute(query).mappings().all():
        if "administrator" not in json.loads(row["roles"]):
            continue
        day = now // TOLD_AGAIN_MS
        new = outbox.New(users.SYSTEM, row["phone"], text, unique=f"backup/{concern.code}/{day}/{row['id']}")
        try:
            outbox.queue(connection, new)
        except outbox.NotSendable as error:
            logger.warning("user %s cannot be told of the backup: %s", row["login"], error)


def look_through(progress: Progress = no_progress, *, throttled: bool = True) -> checking.Found:
    """Read the whole store and compare it with what was signed; keep what was found for the page. Nothing is repaired."""
    throttle = Throttle(parts.config().backup.bytes_per_s if throttled else 0)
    with reading() as connection:
        known = {kind: memory.tip(connection, kind) for kind in documents.KINDS}
    found = checking.look_through(memory.store(), memory.public(), known=known, throttle=throttle, progress=progress)
    with writing() as connection:
        memory.keep(connection, "looked", {"at": clock.now_ms(), "problems": found.problems[:20]})
    for problem in found.problems:
        logger.error("backup: %s", problem)
    return found
