"""What happened to accounts: signing in, second factors, sessions, roles. Written by the services, read by administrators."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import clock
from server.storage.database import reading
from server.storage.people_tables import security_event
from server.storage.tables import user_account

SIGNED_IN, LOCKED, FACTOR_SET, FACTOR_RESET = "signed_in", "locked", "factor_set", "factor_reset"
FACTOR_WRONG, CODE_USED, CODES_RENEWED, FACTOR_LOCKED = "factor_wrong", "code_used", "codes_renewed", "factor_locked"
SESSION_ENDED, PASSWORD_SET, ROLES_SET, LINKED = "session_ended", "password_set", "roles_set", "linked"
ALARMS = frozenset({LOCKED, FACTOR_LOCKED, FACTOR_RESET, CODE_USED})


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the log. `user`, `by`: names, None where there is nobody. `at` in ms."""

    kind: str
    user: str | None
    by: str | None
    detail: str
    address: str
    at: int

    @property
    def is_alarm(self) -> bool:
        """Whether an administrator should look at it."""
        return self.kind in ALARMS


def note(
    connection: Connection,
    kind: str,
    user_id: str | None,
    *,
    by: str | None = None,
    detail: str = "",
    address: str = "",
) -> None:
    """Write a line in the transaction that the caller has open."""
    connection.execute(
        sa.insert(security_event).values(
            kind=kind, user_id=user_id, by=by, detail=detail[:200], address=address[:60], at=clock.now_ms()
        )
    )


def latest(most: int = 100, user_id: str | None = None) -> list[Event]:
    """The newest lines, of everybody or about one person."""
    about, who = user_account.alias(), user_account.alias()
    query = (
        sa.select(security_event, about.c.name.label("about"), who.c.name.label("who"))
        .outerjoin(about, about.c.id == security_event.c.user_id)
        .outerjoin(who, who.c.id == security_event.c.by)
        .order_by(security_event.c.id.desc())
        .limit(most)
    )
    if user_id is not None:
        query = query.where(security_event.c.user_id == user_id)
    with reading() as connection:
        return [
            Event(row.kind, row.about, row.who, row.detail, row.address, row.at) for row in connection.execute(query)
        ]
