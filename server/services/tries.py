"""Wrong tries to sign in slow down the next ones: by login and by address, the same for a login that does not exist.

The counters lie in a fixed number of rows, so that a flood of invented logins cannot fill the database.
"""

from __future__ import annotations

import hashlib
import json

import sqlalchemy as sa

from server.storage.database import reading, writing
from server.storage.tables import setting

FREE = 5  # wrong tries before the first wait
LONGEST_MS = 15 * 60_000
FREE_BY_ADDRESS = 100  # an office may share one address, and all may come through one proxy:
LONGEST_BY_ADDRESS_MS = 30_000  # there, a stranger who guesses must not lock everybody out
FORGOTTEN_MS = 60 * 60_000
_ROWS = 4096
_ADDRESS = "tries-address-"


def wait_ms(login: str, address: str, now: int) -> int:
    """How long this login from this address must wait before its next try; 0: it may try now."""
    with reading() as connection:
        rows = connection.execute(
            sa.select(setting.c.name, setting.c.value).where(setting.c.name.in_([_login(login), _address(address)]))
        ).all()
    return max((_wait(name, value, now) for name, value in rows), default=0)


def note_wrong(login: str, address: str, now: int) -> None:
    """Count a wrong try."""
    with writing() as connection:
        for name in (_login(login), _address(address)):
            stored = connection.execute(sa.select(setting.c.value).where(setting.c.name == name)).scalar()
            count, at = json.loads(stored) if stored else (0, now)
            value = json.dumps([1 if now - at > FORGOTTEN_MS else count + 1, now])
            if stored is None:
                connection.execute(sa.insert(setting).values(name=name, value=value))
            else:
                connection.execute(sa.update(setting).where(setting.c.name == name).values(value=value))


def begins_to_wait(login: str, now: int) -> bool:
    """Whether the last wrong try was the one after which this login has to wait for the first time."""
    with reading() as connection:
        stored = connection.execute(sa.select(setting.c.value).where(setting.c.name == _login(login))).scalar()
    count, at = json.loads(stored) if stored else (0, now)
    return bool(count == FREE and now - at <= FORGOTTEN_MS)


def note_right(login: str) -> None:
    """A right try clears the login's counter; the address keeps its own."""
    with writing() as connection:
        connection.execute(sa.delete(setting).where(setting.c.name == _login(login)))


def _wait(name: str, stored: str, now: int) -> int:
    count, at = map(int, json.loads(stored))
    by_address = name.startswith(_ADDRESS)
    over = count - (FREE_BY_ADDRESS if by_address else FREE)
    if over < 0 or now - at > FORGOTTEN_MS:
        return 0
    longest = LONGEST_BY_ADDRESS_MS if by_address else LONGEST_MS
    return max(0, at + min(longest, 1000 << min(over, 20)) - now)


def _login(login: str) -> str:
    return f"tries-login-{_row(login.strip().casefold())}"


def _address(address: str) -> str:
    return f"{_ADDRESS}{_row(address)}"


def _row(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") % _ROWS
