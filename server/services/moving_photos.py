"""The photos of a customer who goes to another book: rows are keyed anew, the sealed bytes stay where they are.

A photo that somebody else's record in the book left names as well stays known there too; both rows then name one object.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import jobs
from server.storage.tables import blob, upload
from server.storage.typed import typed_table
from sync_protocol.state import Stored

AT_A_TIME = 500
CARRIED = ("size_bytes", "media_type", "state", "object_key", "thumbnail_key", "device_id", "stored_at")


def hashes_in(records: Iterable[Stored]) -> set[str]:
    """The photos that these records name: photos themselves, and those that a proposal would create."""
    return {found for stored in records if (found := _hash_in(stored))}


def _hash_in(stored: Stored) -> str | None:
    if stored.type == "photo":
        return stored.fields.get("sha256")
    if stored.type == "proposal" and stored.fields.get("of_type") == "photo":
        return _proposed(stored.fields["change"])
    return None


def _proposed(change: str) -> str | None:
    found: str | None = json.loads(change).get("set", {}).get("sha256")
    return found


def carry(connection: Connection, hashes: set[str], from_book: str, to_book: str) -> None:
    """Make photos known where their records lie now, and unknown where no record names them any more (R43).

    Called behind the move of the records. What is on its way in by an upload ends in the new book.
    """
    for some in _pages(sorted(hashes)):
        gone = [found for found in some if found not in _still_named(connection, some, from_book)]
        # uploads first: a last piece that is just being stored holds its upload's row, and is waited for
        going = (upload.c.book_id == from_book, upload.c.sha256.in_(gone), upload.c.state == "open")
        connection.execute(sa.update(upload).where(*going).values(book_id=to_book))
        _carry_rows(connection, some, from_book, to_book)
        connection.execute(sa.delete(blob).where(blob.c.book_id == from_book, blob.c.sha256.in_(gone)))


def _carry_rows(connection: Connection, hashes: Sequence[str], from_book: str, to_book: str) -> None:
    known = {row.sha256: row.state for row in connection.execute(_rows(to_book, hashes))}
    for row in connection.execute(_rows(from_book, hashes)).mappings().all():
        values = {name: row[name] for name in CARRIED}
        state = known.get(row["sha256"])
        if state is None:
            connection.execute(sa.insert(blob), {"book_id": to_book, "sha256": row["sha256"], **values})
        elif state != "stored" and row["state"] == "stored":
            here = (blob.c.book_id == to_book, blob.c.sha256 == row["sha256"])
            connection.execute(sa.update(blob).where(*here).values(**values))
        if row["state"] == "stored" and state != "stored" and row["thumbnail_key"] is None:
            name = f"{to_book}/{row['sha256']}"
            jobs.enqueue(connection, "thumbnail", name, unique=f"thumbnail:{name}")


def _rows(book_id: str, hashes: Sequence[str]) -> sa.Select[tuple[object, ...]]:
    return sa.select(blob).where(blob.c.book_id == book_id, blob.c.sha256.in_(hashes))


def _still_named(connection: Connection, hashes: Sequence[str], book_id: str) -> set[str]:
    photo, proposal = typed_table("photo"), typed_table("proposal")
    query = sa.select(photo.c.sha256).where(photo.c.book_id == book_id, photo.c.sha256.in_(hashes))
    waiting = sa.select(proposal.c.change).where(
        proposal.c.book_id == book_id, proposal.c.of_type == "photo", proposal.c.state == "open"
    )
    proposed = {_proposed(change) for change in connection.scalars(waiting)}
    return {found for found in hashes if found in proposed} | set(connection.scalars(query))


def _pages(items: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(items), AT_A_TIME):
        yield items[start : start + AT_A_TIME]
