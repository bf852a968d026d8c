"""The notes themselves: records that the server alone writes, in the book of the customer they are about (R10)."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import clock, users
from server.services.book_log import lock_books
from server.services.push_world import Locked
from server.services.push_write import write_entries
from server.storage.tables import record
from server.storage.typed import stored_of, typed_table
from sync_protocol import chain
from sync_protocol.identity import derived_id
from sync_protocol.state import Stamp, Stored
from sync_protocol.verdicts import Author, Decision, Entry

TYPE = "duplicate"
OPEN, DIFFERENT = "open", "different"


def lay(connection: Connection, note_id: str, *, of: str, other: str, field: str) -> bool:
    """Note that `of` shares a field with `other`. Returns: whether it was: not twice, and not for who is gone meanwhile."""
    customer = typed_table("customer")
    book: str | None = connection.scalar(
        sa.select(customer.c.book_id).where(customer.c.id == of, customer.c.removed.is_(False))
    )
    locked = lock_books(connection, [book]) if book else {}
    if (
        book is None
        or not locked
        or connection.scalar(sa.select(record.c.id).where(record.c.id == note_id)) is not None
    ):
        return False
    values = {"of": of, "other": other, "field": field, "state": OPEN}
    author, now = _author()
    note = Stored(
        id=note_id,
        type=TYPE,
        customer=of,
        book=book,
        rev=1,
        ver=chain.next_ver(chain.NO_VER, 1, book, False, values),
        removed=False,
        fields=values,
        stamps=dict.fromkeys(values, Stamp(1, author.device, 0, author.user, now)),
        made_by=author.user,
    )
    entry = Entry("create", note_id, book, note, values)
    _write(connection, Locked(locked, {}, {}, [note_id]), entry, author, now)
    return True


def settle(connection: Connection, note_id: str, state: str, by: str) -> bool:
    """Say what became of a note. Returns: whether it was open."""
    found = connection.execute(sa.select(record).where(record.c.id == note_id)).mappings().first()
    locked = lock_books(connection, [found["book_id"]]) if found is not None else {}
    row = connection.execute(sa.select(record).where(record.c.id == note_id)).mappings().first()
    if row is None or row["book_id"] not in locked:
        return False
    old = stored_of(row)
    if old.fields.get("state") != OPEN or old.removed:
        return False
    author, now = _author(by)
    rev, fields, told = old.rev + 1, {**old.fields, "state": state}, {"state": state}
    new = replace(
        old,
        rev=rev,
        ver=chain.next_ver(old.ver, rev, old.book, False, told),
        fields=fields,
        stamps={**old.stamps, "state": Stamp(rev, author.device, 0, author.user, now)},
    )
    here = Locked(locked, {note_id: old.book}, {}, [note_id], {note_id: old.ver})
    _write(connection, here, Entry("edit", note_id, old.book, new, told), author, now)
    return True


def _author(by: str = users.SYSTEM) -> tuple[Author, int]:
    now = clock.now_ms()
    return Author(by, derived_id("office", by), 0, now), now


def _write(connection: Connection, locked: Locked, entry: Entry, author: Author, now: int) -> None:
    write_entries(connection, locked, {"id": clock.new_id()}, [Decision(entries=[entry])], author=author, at=now)
