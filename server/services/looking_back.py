"""How far back a list looks: of what comes in every day the newest LOOKED_MOST records, so that no search costs more the more years there are."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

LOOKED_MOST = 10_000
DAY_MS = 86_400_000
FIRST_DAYS, LEAST_DAYS, MOST_DAYS = 60, 2, 4_000


def begin(
    connection: Connection,
    moment: sa.ColumnElement[int],
    where: Sequence[sa.ColumnElement[bool]],
    since: int | None,
    end: int,
) -> int | None:
    """From when on a list looks, ms; None: all that is asked for is few enough.

    Every count stops after LOOKED_MOST entries of an index, whatever lies there. A day or two are looked through whole.
    Args: moment: when a record happened; where: the books, and until when; since: what is asked for; end: ms, the newest.
    """

    def counted(start: int | None) -> int:
        since_then = [moment >= start] if start is not None else []
        some = sa.select(sa.literal(1)).where(*where, *since_then).limit(LOOKED_MOST + 1).subquery()
        return connection.scalar(sa.select(sa.func.count()).select_from(some)) or 0

    if counted(since) <= LOOKED_MOST:
        return None
    days, there = FIRST_DAYS, counted(end - FIRST_DAYS * DAY_MS)
    if there <= LOOKED_MOST:
        days = min(MOST_DAYS, max(days + 1, days * LOOKED_MOST * 9 // (10 * max(there, 1))))
        there = counted(end - days * DAY_MS)
    while there > LOOKED_MOST and days > LEAST_DAYS:
        days //= 2
        there = counted(end - days * DAY_MS)
    start = end - days * DAY_MS
    return start if since is None or start > since else None
