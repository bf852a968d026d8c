"""The server's clock and its source of chance, in one place, so that a test can set both."""

from __future__ import annotations

import secrets
import time

from sync_protocol import identity


def now_ms() -> int:
    """Milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000


def new_id() -> str:
    """A fresh UUIDv7."""
    return identity.new_id(now_ms(), secrets.token_bytes(identity.RANDOM_BYTES))
