"""Work that shows in the database that it waits: for each kind a look that finds out, and the job that does it.

What such a job is for is not in the job's row. So nothing is lost when the row is, and one job a kind is enough however
much there is to do.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from sqlalchemy import Connection

from server.services import jobs
from server.services.messaging import filing, outbox, sending, wanted


@dataclasses.dataclass(frozen=True)
class Standing:
    """A job that is asked for whenever there is something to do. `waits`: whether there is, at an instant in ms."""

    name: str
    waits: Callable[[Connection, int], bool]


STANDING = (
    Standing(outbox.SEND_JOB, outbox.has_work),
    Standing(wanted.JOB, wanted.has_work),
    Standing("file_messages", filing.has_work),
    Standing("hear_messages", sending.is_time_to_listen),
)


def ask(connection: Connection, now: int, standing: tuple[Standing, ...] = STANDING) -> int:
    """Ask for the jobs that have something to do and neither wait nor run. Returns how many."""
    added = 0
    for one in standing:
        if not jobs.is_open(connection, one.name) and one.waits(connection, now):
            added += jobs.ask_for(connection, one.name) is not None
    return added
