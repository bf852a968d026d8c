"""Cursors: up to where a device has a book, tagged so that nobody but this server can make one.

The tag names the life of the history in which the cursor was given: what a device still holds of a life that ended says
nothing about the present one beyond their fork, and cannot be taken for a new loss.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import parts
from server.services.epochs import Life
from server.storage.tables import book, log
from sync_protocol.chain import FIRST_HASH

NOTHING = "0"
HEAD_DIGITS = 16
TAG_DIGITS = 12


_HEADS = sa.select(book.c.id, book.c.pos, book.c.head).where(book.c.id.in_(sa.bindparam("books", expanding=True)))
_HASH_AT = sa.select(log.c.hash).where(log.c.book_id == sa.bindparam("book"), log.c.pos == sa.bindparam("at"))


class Contradicted(Exception):
    """A cursor of the present life says what the log does not: this server lost history."""

    def __init__(self, book_id: str, epoch: str) -> None:
        super().__init__(book_id)
        self.book, self.epoch = book_id, epoch


@dataclass(frozen=True, slots=True)
class Cursor:
    """`pos` and the first 16 hex digits of the chain hash there."""

    pos: int
    head: str


def issue(book_id: str, pos: int, head: str, epoch: str) -> str:
    """The cursor for a position of a book. Args: head: the chain hash there, at least 16 digits. epoch: the present life."""
    text = f"{pos}.{head[:HEAD_DIGITS]}"
    return f"{text}.{_tag(book_id, text, epoch)}"


def read(book_id: str, text: str, lives: Sequence[Life]) -> Cursor | None:
    """What a cursor says; None if this server did not issue it for this book, or in a life that has not got this position."""
    pos, _, rest = text.partition(".")
    head, _, tag = rest.partition(".")
    if not (pos.isascii() and pos.isdecimal() and len(pos) < 19):
        return None
    for life in lives:
        right = _tag(book_id, f"{pos}.{head}", life.id).encode()
        if hmac.compare_digest(right, tag.encode(errors="replace")):
            return Cursor(int(pos), head) if life.has(book_id, int(pos)) else None
    return None


def _tag(book_id: str, text: str, epoch: str) -> str:
    message = f"{book_id}.{epoch}.{text}".encode()
    return hmac.digest(parts.keyring().raw("cursor"), message, "sha256").hex()[:TAG_DIGITS]


def check(connection: Connection, held: Mapping[str, str], lives: Sequence[Life]) -> None:
    """Compare what a device holds with the log, also of books that it may hold no more. Raises: Contradicted."""
    told = {book_id: read(book_id, text, lives) for book_id, text in held.items()}
    rows = {row.id: row for row in connection.execute(_HEADS, {"books": list(held)})}
    for book_id, cursor in told.items():
        if cursor is None:
            continue
        row = rows.get(book_id)
        here = None if row is None or cursor.pos > row.pos else row.head
        if row is not None and cursor.pos < row.pos:
            here = hash_at(connection, book_id, cursor.pos)
        if here is None or here[:HEAD_DIGITS] != cursor.head:
            raise Contradicted(book_id, lives[0].id)


def hash_at(connection: Connection, book_id: str, pos: int) -> str:
    """The chain hash at a position of a book that has it."""
    if pos == 0:
        return FIRST_HASH
    found: str | None = connection.scalar(_HASH_AT, {"book": book_id, "at": pos})
    assert found is not None, "positions have no gaps"
    return found
