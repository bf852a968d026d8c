"""What the security log is told of signing in: that somebody came in, and that too many tries were wrong."""

from __future__ import annotations

from server.services import tries, users
from server.services.people import security_log
from server.storage.database import writing


def note_right(user_id: str, address: str, detail: str = "") -> None:
    """Somebody has signed in."""
    with writing() as connection:
        security_log.note(connection, security_log.SIGNED_IN, user_id, by=user_id, detail=detail, address=address)


def note_wrong(login: str, address: str, now: int) -> None:
    """A wrong try, of which only those that lock a login are kept. What was typed is not: it may be a password in the wrong place."""
    if tries.begins_to_wait(login, now):
        user = users.by_login(login)
        with writing() as connection:
            security_log.note(connection, security_log.LOCKED, user.id if user else None, address=address)
