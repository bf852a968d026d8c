"""The copy that a granted lookup puts on the grantee's desk, so that his devices have it too, and its end (decision 9)."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import books, clock
from server.services.book_log import LockedBook, lock_books
from server.services.operations import customer_records
from server.services.push_world import Locked
from server.services.push_write import write_entries
from server.services.reading import on_devices
from server.storage.tables import left_book, log, log_body, record
from sync_protocol import chain
from sync_protocol.fields import Sensitivity
from sync_protocol.identity import derived_id
from sync_protocol.records import record_type
from sync_protocol.state import Stamp, Stored
from sync_protocol.verdicts import Author, Decision, Entry

TYPE = "grant"
GONE, WHY = "erase", "erased"  # a device knows these, and keeps nothing of the record


def groups() -> tuple[str, ...]:
    """The groups of a file that a lookup can be granted for."""
    return tuple(record_type("customer").groups)


def copy_of(fields: Mapping[str, Any], wanted: Collection[str]) -> dict[str, Any]:
    """What of a file is granted: the fields of these groups, without what is private or secret."""
    return {
        name: fields[name]
        for name, spec in record_type("customer").specs().items()
        if spec.group in wanted and spec.sensitivity is Sensitivity.OPEN and fields.get(name) not in (None, "", [])
    }


def lay(
    connection: Connection,
    lookup_id: str,
    *,
    to: str,
    by: str,
    customer: str,
    fields: Mapping[str, Any],
    until: int,
    reason: str,
    granted_by: str,
) -> None:
    """Put a copy on a desk, which there must be, in the transaction that the caller has open. Args: fields: what was granted."""
    desk_row = _desk(connection, to)
    now = clock.now_ms()
    title = record_type("customer").title
    values = {
        "of": customer,
        "customer_name": str(fields.get(title) or customer)[:200],
        "file": json.dumps(dict(fields), ensure_ascii=False),
        "until": until,
        "reason": reason,
        "granted_by": granted_by[:200],
    }
    author = Author(by, derived_id("office", by), 0, now)
    desk = desk_row["id"]
    stored = Stored(
        id=on_devices.copy_id(lookup_id),
        type=TYPE,
        customer=None,
        book=desk,
        rev=1,
        ver=chain.next_ver(chain.NO_VER, 1, desk, False, values),
        removed=False,
        fields=values,
        stamps=dict.fromkeys(values, Stamp(1, author.device, 0, by, now)),
        made_by=by,
    )
    decision = Decision(entries=[Entry("create", stored.id, desk, stored, values)])
    locked = Locked({desk: desk_row}, {}, {}, [stored.id])
    write_entries(connection, locked, {"id": lookup_id}, [decision], author=author, at=now)


def take(connection: Connection, lookup_id: str, *, owner: str, by: str) -> None:
    """Take the copy from the desk again: the log keeps that it was there, and nothing of its content."""
    desk = LockedBook(_desk(connection, owner))
    name = on_devices.copy_id(lookup_id)
    found = customer_records.of_ids(connection, [name]).get(desk.id, [])
    for old in found:
        set_id, now = clock.new_id(), clock.now_ms()
        told = {"rev": old.rev, "ver": old.ver}
        pos = desk.append(GONE, set_id=set_id, n=1, by=by, at=now, values=told, record_id=name)
        desk.lose(name, old.ver)
        connection.execute(sa.insert(left_book).values(book_id=desk.id, record=name, pos=pos, why=WHY))
    positions = sa.select(log.c.pos).where(log.c.book_id == desk.id, log.c.record == name)
    connection.execute(sa.delete(log_body).where(log_body.c.book_id == desk.id, log_body.c.pos.in_(positions)))
    customer_records.delete(connection, found)
    desk.save(connection)


def content(connection: Connection, lookup_id: str) -> dict[str, Any] | None:
    """The fields that were granted, as they were then; None, if the copy is not there any more."""
    text = connection.scalar(sa.select(record.c.fields).where(record.c.id == on_devices.copy_id(lookup_id)))
    found: dict[str, Any] | None = json.loads(json.loads(text)["file"]) if text else None
    return found


def _desk(connection: Connection, user_id: str) -> sa.RowMapping:
    found = books.desk_of(connection, user_id)
    assert found is not None, "a desk is made before the transaction begins"
    return lock_books(connection, [found])[found]
