"""What else tells of a customer who is erased: photos, sets put aside, notices on desks, tables of other subjects."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import moving_photos, parts, push_verdict
from server.services.operations.customer_records import pages
from server.storage import tables
from server.storage.database import db
from server.storage.typed import typed_table

KEPT = ("place", "residence", "read_log", "lookup", "release", "erasure")  # ids, and who saw or did what when


def mentions(connection: Connection, customer: str, ids: Iterable[str]) -> list[str]:
    """Records that are not his and tell of him: notices and copies on desks, other customers' suspicion of a duplicate."""
    record, book, duplicate = tables.record, tables.book, typed_table("duplicate")
    desks = sa.select(book.c.id).where(book.c.kind == "desk")
    found = set(
        connection.scalars(
            sa.select(record.c.id).where(record.c.book_id.in_(desks), record.c.fields.contains(customer))
        )
    )
    notice = typed_table("notice")
    for some in pages(sorted(ids)):
        found |= set(connection.scalars(sa.select(notice.c.id).where(notice.c.of.in_(some))))
    other = sa.or_(duplicate.c.of == customer, duplicate.c.other == customer)
    return sorted(found | set(connection.scalars(sa.select(duplicate.c.id).where(other))))


def forget_photos(connection: Connection, customer: str, books: Sequence[str]) -> tuple[list[str], int]:
    """The photos that only this customer's records name. Called before the records go. Returns: keys of files; how many photos."""
    files: set[str] = set()
    count = 0
    for book in books:
        mine = moving_photos.named_by(connection, customer, book)
        gone = sorted(mine - moving_photos.named_by_others(connection, mine, customer, book))
        for some in pages(gone):
            files |= _forget_uploads(connection, book, some)
            rows = (tables.blob.c.book_id == book, tables.blob.c.sha256.in_(some))
            for row in connection.execute(sa.select(tables.blob).where(*rows)).mappings():
                files |= {key for key in (row["object_key"], row["thumbnail_key"]) if key}
            asked_for = [f"{book}/{sha256}" for sha256 in some]
            connection.execute(sa.delete(tables.job).where(tables.job.c.argument.in_(asked_for)))
            count += connection.execute(sa.delete(tables.blob).where(*rows)).rowcount
    return sorted(files - _still_in_use(connection, files)), count


def _forget_uploads(connection: Connection, book: str, hashes: Sequence[str]) -> set[str]:
    """What is on its way in. Returns: the keys of its pieces."""
    upload = tables.upload
    which = (upload.c.book_id == book, upload.c.sha256.in_(hashes))
    ids = connection.scalars(sa.select(upload.c.id).where(*which)).all()
    connection.execute(sa.delete(upload).where(*which))
    return {key for found in ids for key in parts.objects().keys(f"uploads/{found}")}


def _still_in_use(connection: Connection, keys: Iterable[str]) -> set[str]:
    """Of these files those that a photo of another book names: moves leave the bytes where they are."""
    blob, found = tables.blob, set()
    for some in pages(sorted(keys)):
        found |= set(connection.scalars(sa.select(blob.c.object_key).where(blob.c.object_key.in_(some))))
        found |= set(connection.scalars(sa.select(blob.c.thumbnail_key).where(blob.c.thumbnail_key.in_(some))))
    return found


def forget(connection: Connection, customer: str) -> None:
    """Sets put aside, and rows of every further table that has a customer in it."""
    _forget_sets(connection, customer)
    for table in db.metadata.tables.values():
        if "customer" in table.c and table.name not in KEPT and table.name != "record":
            connection.execute(sa.delete(table).where(table.c.customer == customer))


def _forget_sets(connection: Connection, customer: str) -> None:
    """Sets that wait are refused as `erased`; the content of what is in quarantine goes (R10)."""
    change_set = tables.change_set
    kept = sa.select(change_set).where(change_set.c.body.is_not(None), change_set.c.body.contains(customer))
    for row in connection.execute(kept).mappings().all():
        wire = json.loads(row["body"])
        if row["state"] == "waiting" and isinstance(wire, dict) and "id" in wire:
            told = push_verdict.of_set([{"field": "record", "code": "erased"}])
            push_verdict.finish(
                connection, {**wire, "id": row["id"]}, seq=row["seq"], digest=row["digest"], state="refused",
                told=told, name=wire["id"],
            )  # fmt: skip
        connection.execute(sa.update(change_set).where(change_set.c.id == row["id"]).values(body=None))
