"""The hashes that make histories comparable: `ver` of a record, the chain of a book's log, the check sum of a book.

Every hash is SHA-256 over canonical JSON (see `canonical`), so that a stranger can compute it in any language. What is hashed
here was checked when its set was received, or is made of numbers and hashes: it is written without a second look.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from sync_protocol.json_text import dumps_by_name

NO_VER = ""
FIRST_HASH = "0" * 64
CHECK_MODULUS = 2**96


def next_ver(previous: str, rev: int, book: str, removed: bool, values: Mapping[str, Any]) -> str:
    """The version after one effect. Args: previous: the ver before, "" at creation. rev: the new one. values: what was set."""
    found = hashlib.sha256(dumps_by_name([previous, rev, book, removed, values])).hexdigest()
    return f"{rev}-{found[:12]}"


def rev_of(ver: str) -> int:
    """The rev that a ver names. Raises: ValueError if it is not of the form."""
    rev, dash, tail = ver.partition("-")
    if not (dash and rev.isascii() and rev.isdecimal() and len(tail) == 12 and len(rev) < 16):
        raise ValueError("ver.format")
    return int(rev)


def next_hash(previous: str, pos: int, entry_digest: str) -> str:
    """hash(p) of R2, 64 hex digits. hash(0) is 64 zeros."""
    return hashlib.sha256(dumps_by_name([previous, pos, entry_digest])).hexdigest()


def check_item(record: str, ver: str) -> int:
    """What one record adds to the check sum of its book (R30): the first 12 bytes of a hash over its id and version."""
    return int.from_bytes(hashlib.sha256(dumps_by_name([record, ver])).digest()[:12], "big")


def check_text(total: int) -> str:
    """A check sum as it travels: 24 hex digits."""
    return f"{total % CHECK_MODULUS:024x}"
