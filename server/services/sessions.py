"""Sign-ins that the server keeps: begun with a new id, ended by idleness, age, hand or the end of the account.

A browser holds a random token; the table holds its hash, so that a stolen table opens no session.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from server.services.people import security_log
from server.services.users import User
from server.storage.database import reading, writing
from server.storage.tables import console_session, user_account

IDLE_MS = 30 * 60_000
WHOLE_MS = 12 * 3_600_000
MOST = 20  # open sessions of one user
_HANDLE = 24
SEEN_EVERY_MS = 60_000  # a page view writes only this often


@dataclass(frozen=True, slots=True)
class Held:
    """A live session, its data and its user. `proved_at`: when a second factor last proved who is there; None: never."""

    id_hash: str
    user: User
    data: dict[str, Any]
    seen_at: int
    started_at: int
    proved_at: int | None


@dataclass(frozen=True, slots=True)
class Open:
    """A session as a list shows it. `handle`: by which it is ended; it opens nothing."""

    handle: str
    started_at: int
    seen_at: int
    proved_at: int | None
    address: str
    agent: str


def hash_of(token: str) -> str:
    """What the table knows a token by."""
    return hashlib.sha256(token.encode()).hexdigest()


def begin(
    user_id: str,
    data: Mapping[str, Any],
    now: int,
    *,
    started_at: int | None = None,
    proved_at: int | None = None,
    address: str = "",
    agent: str = "",
) -> str:
    """Begin a session with a new id, sweep what has ended, and return the token for the browser. Beyond MOST the oldest ends.

    Args: started_at: of the session that this one goes on from, whose whole life it keeps. proved_at: when a second factor
        was given. address, agent: what the person's list of sessions tells this one by.
    """
    token = secrets.token_urlsafe(32)
    with writing() as connection:
        connection.execute(sa.delete(console_session).where(_over(now)))
        mine = sa.select(console_session.c.id_hash).where(console_session.c.user_id == user_id)
        ids = connection.scalars(mine.order_by(console_session.c.seen_at.desc(), console_session.c.id_hash)).all()
        connection.execute(sa.delete(console_session).where(console_session.c.id_hash.in_(ids[MOST - 1 :])))
        connection.execute(
            sa.insert(console_session).values(
                id_hash=hash_of(token),
                user_id=user_id,
                data=json.dumps(dict(data)),
                started_at=now if started_at is None else started_at,
                seen_at=now,
                proved_at=proved_at,
                address=address[:60],
                agent=agent[:200],
            )
        )
    return token


def find(token: str, now: int) -> Held | None:
    """The live session of a token, if its user may still sign in."""
    query = (
        sa.select(
            console_session.c.id_hash,
            console_session.c.data,
            console_session.c.seen_at,
            console_session.c.started_at,
            console_session.c.proved_at,
            user_account.c.id,
            user_account.c.login,
            user_account.c.name,
            user_account.c.roles,
            user_account.c.language,
        )
        .join(user_account, user_account.c.id == console_session.c.user_id)
        .where(console_session.c.id_hash == hash_of(token), user_account.c.state == "active", ~_over(now))
    )
    with reading() as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        return None
    user = User(row.id, row.login, row.name, tuple(json.loads(row.roles)), row.language, active=True)
    return Held(row.id_hash, user, json.loads(row.data), row.seen_at, row.started_at, row.proved_at)


def keep(id_hash: str, data: Mapping[str, Any], now: int) -> None:
    """Store what a session holds, and that its user is there."""
    with writing() as connection:
        connection.execute(
            sa.update(console_session)
            .where(console_session.c.id_hash == id_hash)
            .values(data=json.dumps(dict(data)), seen_at=now)
        )


def end(id_hash: str) -> bool:
    """End one session. Returns: whether it was still there."""
    with writing() as connection:
        return connection.execute(sa.delete(console_session).where(console_session.c.id_hash == id_hash)).rowcount == 1


def of_user(user_id: str, now: int) -> list[Open]:
    """The live sessions of a user, the latest first."""
    query = sa.select(console_session).where(console_session.c.user_id == user_id, ~_over(now))
    with reading() as connection:
        rows = connection.execute(query.order_by(console_session.c.seen_at.desc(), console_session.c.id_hash))
        return [
            Open(handle_of(row.id_hash), row.started_at, row.seen_at, row.proved_at, row.address, row.agent)
            for row in rows
        ]


def handle_of(id_hash: str) -> str:
    """What a list names a session by."""
    return id_hash[:_HANDLE]


def end_one(user_id: str, handle: str, by: str) -> bool:
    """End a session of this user. Returns: whether there was one."""
    if len(handle) != _HANDLE:
        return False
    its = console_session.c.id_hash.startswith(handle, autoescape=True)
    with writing() as connection:
        found = connection.execute(sa.delete(console_session).where(console_session.c.user_id == user_id, its)).rowcount
        if found:
            security_log.note(connection, security_log.SESSION_ENDED, user_id, by=by)
    return bool(found)


def end_others(user_id: str, id_hash: str) -> None:
    """End every session of a user but this one."""
    others = sa.and_(console_session.c.user_id == user_id, console_session.c.id_hash != id_hash)
    with writing() as connection:
        if connection.execute(sa.delete(console_session).where(others)).rowcount:
            security_log.note(connection, security_log.SESSION_ENDED, user_id, by=user_id)


def end_all(user_id: str) -> None:
    """End every session of a user, wherever he is signed in."""
    with writing() as connection:
        connection.execute(sa.delete(console_session).where(console_session.c.user_id == user_id))


def _over(now: int) -> sa.ColumnElement[bool]:
    return sa.or_(console_session.c.seen_at <= now - IDLE_MS, console_session.c.started_at <= now - WHOLE_MS)
