"""The witness: a note beside the database of how far it had come, so that a server that was put back notices by itself (R36).

It lies in the object store, which no restore of the database touches. A worker writes it every few minutes; whoever serves a sync
reads it. A database that has an older life than the witness, or in the same life a lower sum of positions, has lost history:
it says `behind` to devices, and raises an alarm, until a person has begun a new life (`restoring.after_restore`): only so are
revocations and erasures that the database forgot done again before anybody is served.
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.engine import Connection

from server.services import clock, parts
from server.services.recovery import alarms
from server.storage.database import reading
from server.storage.objects import NoSuchObject
from server.storage.tables import book, epoch
from sync_protocol.problems import Problem

KEY = "witness/now"
CHECKED_FOR_MS = (
    10 * 1000
)  # of one process: a note that a worker writes every 5 minutes need not be read at every request
_CHECKED = "roundbook.witness"
_TEXT = "This server's database is older than what it had told before. Nothing was processed; keep all, and ask again later."
logger = logging.getLogger("roundbook.alarm")


@dataclass(frozen=True, slots=True)
class Witness:
    """How far a database had come. `number`: of its life; `positions`: their sum over all books; `at` in ms."""

    epoch: str
    number: int
    positions: int
    at: int


def write() -> Witness | None:
    """Note how far this database has come. A database that is behind notes nothing, and raises the alarm. Returns: what was noted."""
    with reading() as connection:
        now = _state(connection)
    known = stored()
    if known is not None and _is_behind(now, known):
        _alarm(now, known)
        return None
    parts.objects().put(KEY, [json.dumps(asdict(now)).encode()])
    return now


def stored() -> Witness | None:
    """The note; None: there is none yet, or it cannot be read."""
    try:
        told = json.loads(parts.objects().read(KEY))
        return Witness(str(told["epoch"]), int(told["number"]), int(told["positions"]), int(told["at"]))
    except NoSuchObject:
        return None
    except (ValueError, KeyError, TypeError):
        logger.exception("the witness cannot be read; it is written anew")
        return None


def refuse_if_behind() -> None:
    """Before anything is judged or told: this database must be what the witness saw, or more. Raises: Problem(behind)."""
    checked_at, at = current_app.extensions.get(_CHECKED, 0), clock.now_ms()
    if 0 <= at - checked_at < CHECKED_FOR_MS:
        return
    known = stored()
    if known is not None:
        with reading() as connection:
            now = _state(connection)
        if _is_behind(now, known):
            _alarm(now, known)
            raise Problem("behind", _TEXT)
    current_app.extensions[_CHECKED] = at


def look_again() -> None:
    """Forget that it was checked a moment ago: the database may be another one now."""
    current_app.extensions.pop(_CHECKED, None)


def _state(connection: Connection) -> Witness:
    life = connection.execute(sa.select(epoch.c.id, epoch.c.number).order_by(epoch.c.number.desc()).limit(1)).one()
    positions = connection.scalar(sa.select(sa.func.coalesce(sa.func.sum(book.c.pos), 0)))
    return Witness(life.id, life.number, int(positions or 0), clock.now_ms())


def _is_behind(now: Witness, known: Witness) -> bool:
    """A later life of this database was seen, or more of this one. Another life of the same number is another history."""
    if now.number != known.number:
        return now.number < known.number
    return now.epoch != known.epoch or now.positions < known.positions


def _alarm(now: Witness, known: Witness) -> None:
    reason = (
        f"the database is at {now.positions} positions of life {now.number};"
        f" the witness saw {known.positions} of life {known.number}"
    )
    alarms.raise_alarm(alarms.BEHIND, reason)
