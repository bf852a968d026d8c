"""The photos of a customer who goes to another book: rows are keyed anew, the sealed bytes stay where they are.

A photo that somebody else's record in the book left names as well stays known there too; both rows then name one object.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import jobs
from server.storage.tables import blob, upload
from server.storage.typed import typed_table

AT_A_TIME = 500
CARRIED = ("size_bytes", "media_type", "state", "object_key", "thumbnail_key", "device_id", "stored_at")


def named_by(connection: Connection, customer: str, book_id: str) -> set[str]:
    """The photos that a customer's records name: photos themselves, and those that an open proposal would create."""
    photo, proposal = typed_table("photo"), typed_table("proposal")
    query = sa.select(photo.c.sha256).where(photo.c.customer == customer, photo.c.book_id == book_id)
    asked = sa.select(proposal.c.change).where(proposal.c.customer == customer, *_would_create(book_id))
    return {
        found for found in (*connection.scalars(query), *map(_proposed, connection.scalars(asked))) if found is not None
    }


def named_by_others(connection: Connection, hashes: set[str], customer: str, book_id: str) -> set[str]:
    """Of these photos those that records, or open proposals, of other customers of the book name as well."""
    photo, proposal = typed_table("photo"), typed_table("proposal")
    found: set[str] = set()
    for some in _pages(sorted(hashes)):
        query = sa.select(photo.c.sha256).where(photo.c.book_id == book_id, photo.c.sha256.in_(some))
        found |= set(connection.scalars(query.where(photo.c.customer != customer)))
    asked = sa.select(proposal.c.change).where(*_would_create(book_id), proposal.c.customer != customer)
    return found | (hashes & {name for name in map(_proposed, connection.scalars(asked)) if name})


def _would_create(book_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    proposal = typed_table("proposal")
    return (proposal.c.book_id == book_id, proposal.c.of_type == "photo", proposal.c.state == "open")


def _proposed(change: str) -> str | None:
    found: str | None = json.loads(change).get("set", {}).get("sha256")
    return found


def carry(connection: Connection, hashes: set[str], from_book: str, to_book: str) -> None:
    """Make photos known where their records lie now, and unknown where no record names them any more (R43).

    Args: hashes: `named_by` before the records moved; this is called behind their move. What is on its way in by an upload ends in the new book.
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
    waiting = sa.select(proposal.c.change).where(*_would_create(book_id))
    proposed = {_proposed(change) for change in connection.scalars(waiting)}
    return {found for found in hashes if found in proposed} | set(connection.scalars(query))


def _pages(items: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(items), AT_A_TIME):
        yield items[start : start + AT_A_TIME]
