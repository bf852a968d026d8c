"""A person restored an archive on another machine: he says the code that lies in it, and the day counts."""

from __future__ import annotations

import json

import sqlalchemy as sa

from server.services import clock
from server.services.backup.runs import drill_hash
from server.storage.backup_tables import backup_run
from server.storage.database import writing


class NoDrill(ValueError):
    """The code does not show that an archive was opened; the message says why."""


def record(code: str, by: str) -> int:
    """Write down that somebody restored an archive by hand. Each archive counts once.

    Args: code: what `drill-code.txt` in the archive says. by: user id. Returns: the number of the archive. Raises: NoDrill.
    """
    with writing() as connection:
        which = (backup_run.c.kind == "archive", backup_run.c.drill_hash == drill_hash(code))
        number = connection.scalar(sa.select(backup_run.c.number).where(*which))
        if number is None:
            raise NoDrill("No archive of this server holds this code: copy it from drill-code.txt.")
        before = (backup_run.c.kind == "drill", backup_run.c.number == number)
        if connection.scalar(sa.select(backup_run.c.id).where(*before)) is not None:
            raise NoDrill(f"The drill on archive {number} is written down already: restore a newer one.")
        now = clock.now_ms()
        row = {"kind": "drill", "state": "verified", "started_at": now, "ended_at": now, "number": number}
        connection.execute(sa.insert(backup_run), {**row, "detail": json.dumps({"by": by})})
    return int(number)
