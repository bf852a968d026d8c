"""What one device may leave behind at head office: so many proposals a day, so many bytes put aside."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import clock
from server.storage.tables import change_set
from server.storage.typed import typed_table

PROPOSALS_A_DAY = 200
DAY_MS = 24 * 3600 * 1000
QUARANTINE_BYTES = 50 * 1024 * 1024


def proposals_are_used_up(connection: Connection, device_id: str, more: int) -> bool:
    """Whether so many more proposals of this device would be too many within a day."""
    proposal, since = typed_table("proposal"), clock.now_ms() - DAY_MS
    made = sa.select(sa.func.count()).select_from(
        proposal.join(change_set, change_set.c.id == proposal.c.change_set)
    ).where(change_set.c.device_id == device_id, change_set.c.received_at > since)  # fmt: skip
    return int(connection.scalar(made) or 0) + more > PROPOSALS_A_DAY


def has_room(connection: Connection, device_id: str, set_id: str, body: str) -> bool:
    """Whether the body of this set can be kept beside what this device has put aside: waiting, refused, quarantined."""
    length = sa.func.octet_length(change_set.c.body)  # neither engine reads the text for it
    kept = sa.select(sa.func.coalesce(sa.func.sum(length), 0)).where(
        change_set.c.device_id == device_id, change_set.c.id != set_id, change_set.c.body.is_not(None)
    )
    return int(connection.scalar(kept) or 0) + len(body.encode()) <= QUARANTINE_BYTES
