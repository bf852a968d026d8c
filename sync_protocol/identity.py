"""Ids of records and change sets: UUIDv7 (RFC 9562), made where the work is done."""

from __future__ import annotations

import hashlib
import re
import uuid

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
RANDOM_BYTES = 10


def new_id(now_ms: int, randomness: bytes) -> str:
    """A UUIDv7 in lower case. Args: now_ms: the maker's clock. randomness: 10 random bytes, of which 74 bits are used."""
    assert len(randomness) == RANDOM_BYTES, "a UUIDv7 takes 10 random bytes"
    value = (now_ms & (2**48 - 1)) << 80 | int.from_bytes(randomness, "big")
    value = value & ~(0xF << 76) | 7 << 76
    value = value & ~(0x3 << 62) | 2 << 62
    return str(uuid.UUID(int=value))


def is_id(value: object) -> bool:
    """Whether this is a UUID in canonical lower-case form, of any version."""
    return isinstance(value, str) and _UUID.fullmatch(value) is not None


def derived_id(*parts: str) -> str:
    """An id that the same parts always give (UUIDv8 of their SHA-256): records made from what is already named elsewhere."""
    value = int.from_bytes(hashlib.sha256("\n".join(parts).encode()).digest()[:16], "big")
    value = value & ~(0xF << 76) | 8 << 76
    value = value & ~(0x3 << 62) | 2 << 62
    return str(uuid.UUID(int=value))
