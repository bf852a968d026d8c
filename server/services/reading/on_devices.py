"""What was read of granted copies on devices: each reading that comes in is a line of the read log, whether or not it was granted."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services.reading import read_log
from server.services.reading.read_log import AFTER, BEFORE, NO_GRANT
from server.storage.people_tables import lookup
from sync_protocol.identity import derived_id
from sync_protocol.state import Stored

TYPE = "reading"
WHAT = "lookups.on_device"


def note(connection: Connection, readings: Sequence[Stored]) -> None:
    """Put readings that were just written into the read log, in the transaction that wrote them: so each comes in once.

    The instant is that of the device, as the server corrects all instants of that device (R22).
    """
    for one in readings:
        stamp = one.stamps["opened_at"]
        note_one(connection, one.made_by, str(one.fields["of"]), str(one.fields["grant"]), stamp.device, stamp.time)


def note_one(connection: Connection, by: str, customer: str, copy: str, device_id: str, read_at: int) -> None:
    """One line. Args: by: who read. copy: the id of the copy, by which he might. read_at: ms, corrected."""
    lookup_id, mark = _right(connection, by, customer, copy, read_at)
    on_device = read_log.OnDevice(device_id, read_at, mark)
    read_log.add(connection, by, customer, WHAT, lookup_id, on_device=on_device)


def copy_id(lookup_id: str) -> str:
    """The id of the record that is the copy of a lookup."""
    return derived_id(lookup_id, "grant")


def _right(connection: Connection, reader: str, customer: str, copy: str, at: int) -> tuple[str, str]:
    """The lookup by which a copy was read, and what is wrong with that, if anything."""
    its = (lookup.c.asked_by == reader, lookup.c.customer == customer, lookup.c.until.is_not(None))
    query = sa.select(lookup.c.id, lookup.c.decided_at, lookup.c.until, lookup.c.ended_at).where(*its)
    found = next((row for row in connection.execute(query) if copy_id(row.id) == copy), None)
    if found is None:
        return "", NO_GRANT
    if at < found.decided_at:
        return found.id, BEFORE
    end = found.until if found.ended_at is None else min(found.until, found.ended_at)
    return found.id, AFTER if at >= end else ""
