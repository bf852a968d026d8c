"""Cursors: up to where a device has a book, tagged so that nobody but this server can make one."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from server.services import parts

NOTHING = "0"
HEAD_DIGITS = 16
TAG_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Cursor:
    """`pos` and the first 16 hex digits of the chain hash there."""

    pos: int
    head: str


def issue(book_id: str, pos: int, head: str) -> str:
    """The cursor for a position of a book. Args: head: the chain hash there, at least 16 digits."""
    text = f"{pos}.{head[:HEAD_DIGITS]}"
    return f"{text}.{_tag(book_id, text)}"


def read(book_id: str, text: str) -> Cursor | None:
    """What a cursor says; None if it is not one that this server issued for this book."""
    pos, _, rest = text.partition(".")
    head, _, tag = rest.partition(".")
    if not (pos.isascii() and pos.isdecimal() and len(pos) < 19):
        return None
    if not hmac.compare_digest(_tag(book_id, f"{pos}.{head}").encode(), tag.encode(errors="replace")):
        return None
    return Cursor(int(pos), head)


def _tag(book_id: str, text: str) -> str:
    return hmac.digest(parts.keyring().raw("cursor"), f"{book_id}.{text}".encode(), "sha256").hex()[:TAG_DIGITS]
