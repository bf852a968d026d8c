"""Photos that nothing names are kept for 90 days, then their bytes go (R44); never while a backup runs (R45), and never in one step.

A run marks what nothing names. Only a later run, a day on, deletes what was marked, if still nothing names it; what is named
again by then is simply there again. From its mark on a photo counts as unknown: a device that sends it once more sends all of it.
So a run may be killed anywhere: at worst bytes lie here a day longer, or a mark stands over bytes that are gone already.
"""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from server.services import clock, parts
from server.services.backup import at_work
from server.storage.backup_tables import backup_photo, key_holder
from server.storage.database import reading, writing
from server.storage.tables import blob, book, change_set, job, upload
from server.storage.typed import typed_table

KEPT_MS = 90 * 24 * 3600 * 1000
MARKED_MS = 24 * 3600 * 1000
AT_A_TIME = 2000
STORED, MARKED = "stored", "unreferenced"


def collect(now_ms: int | None = None) -> tuple[int, int]:
    """One run. Returns: how many photos were marked, how many were deleted. While a backup runs: none."""
    now = clock.now_ms() if now_ms is None else now_ms
    try:
        with at_work.alone():
            return _mark(now), _delete(now)
    except at_work.Another:
        return 0, 0


def _mark(now: int) -> int:
    marked = 0
    with reading() as connection:
        old = connection.execute(_old(STORED, now - KEPT_MS)).mappings().all()
    for row in old:
        with writing() as connection:
            this = _locked(connection, row, STORED)
            if this is not None and not _is_named(connection, this) and _is_archived(connection, this["sha256"]):
                connection.execute(sa.update(blob).where(*_key(this)).values(state=MARKED, stored_at=now))
                marked += 1
    return marked


def _delete(now: int) -> int:
    deleted = 0
    with reading() as connection:
        marked = connection.execute(_old(MARKED, now - MARKED_MS)).mappings().all()
    for row in marked:
        with writing() as connection:
            this = _locked(connection, row, MARKED)
            if this is None:
                continue
            if _is_named(connection, this) or not _is_archived(connection, this["sha256"]):
                connection.execute(sa.update(blob).where(*_key(this)).values(state=STORED, stored_at=now))
                continue
            connection.execute(sa.delete(blob).where(*_key(this)))
            connection.execute(sa.delete(job).where(job.c.argument == f"{this['book_id']}/{this['sha256']}"))
            for key in _nobody_elses(connection, (this["object_key"], this["thumbnail_key"])):
                parts.objects().delete(
                    key
                )  # before the commit: whoever stores them anew waits for this row, and writes after
            deleted += 1
    return deleted


def _old(state: str, before: int) -> sa.Select[tuple[object, ...]]:
    """Rows of a state since long ago that no photo record names, by a look that locks nothing."""
    photo = typed_table("photo")
    named = sa.exists().where(photo.c.book_id == blob.c.book_id, photo.c.sha256 == blob.c.sha256)
    query = sa.select(blob).where(blob.c.state == state, blob.c.stored_at < before)
    return (query.where(~named) if state == STORED else query).order_by(blob.c.stored_at).limit(AT_A_TIME)


def _locked(connection: Connection, row: RowMapping, state: str) -> RowMapping | None:
    """The row as it is now, with its book, so that no set and no upload comes in between; None if it is not in this state."""
    connection.execute(sa.select(book.c.id).where(book.c.id == row["book_id"]).with_for_update())
    query = sa.select(blob).where(*_key(row), blob.c.state == state).with_for_update()
    return connection.execute(query).mappings().first()


def _key(row: RowMapping) -> tuple[sa.ColumnElement[bool], ...]:
    return blob.c.book_id == row["book_id"], blob.c.sha256 == row["sha256"]


def _is_named(connection: Connection, row: RowMapping) -> bool:
    """Whether a record, removed ones included, names it, or something does that may yet become one: a proposal, a set that waits,
    was refused or put aside, in any book; or an upload is on its way."""
    sha256, photo, proposal = row["sha256"], typed_table("photo"), typed_table("proposal")
    looks = (
        sa.select(photo.c.id).where(photo.c.book_id == row["book_id"], photo.c.sha256 == sha256),
        sa.select(proposal.c.id).where(proposal.c.change.contains(sha256)),
        sa.select(change_set.c.id).where(change_set.c.body.contains(sha256)),
        sa.select(upload.c.id).where(upload.c.sha256 == sha256, upload.c.state == "open"),
    )
    return any(connection.scalar(look.limit(1)) is not None for look in looks)


def _is_archived(connection: Connection, sha256: str) -> bool:
    """Whether an archive has it; where nobody holds keys there are no archives."""
    holders = sa.select(key_holder.c.id).where(key_holder.c.removed_at.is_(None))
    if connection.scalar(holders.limit(1)) is None:
        return True
    return (
        connection.scalar(sa.select(backup_photo.c.sha256).where(backup_photo.c.sha256 == sha256).limit(1)) is not None
    )


def _nobody_elses(connection: Connection, keys: Iterable[str | None]) -> list[str]:
    """Of these files those that no other row names: a move of customers leaves the bytes where they are."""
    found = []
    for key in keys:
        other = sa.select(blob.c.sha256).where(sa.or_(blob.c.object_key == key, blob.c.thumbnail_key == key))
        if key and connection.scalar(other.limit(1)) is None:
            found.append(key)
    return found
