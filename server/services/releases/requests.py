"""Releases: a print of one customer's file, or an export of a list. Nobody approves his own; an approved one has a number of its own.

States: open → approved or declined or withdrawn; an approved one can be taken out for a week. Paper is to come back by a day.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import clock, names, parts
from server.services.reading import reasons
from server.storage.database import is_sqlite, reading, writing
from server.storage.people_tables import release
from server.storage.scopes import within
from server.storage.tables import record, user_account
from server.storage.typed import typed_table

OPEN, APPROVED, DECLINED, WITHDRAWN = "open", "approved", "declined", "withdrawn"
PRINT, EXPORT = "print", "export"
GOOD_FOR_MS = 7 * 86_400_000
REASON_LEAST, REASON_MOST, RECIPIENT_MOST = 5, 1000, 200
_LOCK = 0x5EAD_107  # keeps two approvals apart on PostgreSQL, so that numbers have no gap


class ReleaseRefused(ValueError):
    """What was asked cannot be done. The message is a code: reason, recipient, day, own, decided, absent."""


@dataclass(frozen=True, slots=True)
class Release:
    """One release. `query`: the filters of an exported list. `number`: None until it is approved. Instants in ms."""

    id: str
    number: int | None
    kind: str
    customer: str | None
    title: str
    query: Mapping[str, str]
    reason: str
    recipient: str
    asked_by: str
    asker: str
    asked_at: int
    state: str
    decider: str
    decided_at: int | None
    comment: str
    until: int | None
    return_by: str | None
    returned_at: int | None

    @property
    def is_good(self) -> bool:
        """Whether it can be taken out now."""
        return self.state == APPROVED and self.until is not None and clock.now_ms() < self.until

    @property
    def is_overdue(self) -> bool:
        """Whether paper should be back and is not."""
        if self.state != APPROVED or not self.return_by or self.returned_at is not None:
            return False
        today = datetime.fromtimestamp(clock.now_ms() / 1000, ZoneInfo(parts.config().time_zone)).date()
        return self.return_by < today.isoformat()


def ask_print(
    user_id: str, customer: str, scope: Collection[str], reason: str, recipient: str, return_by: str | None
) -> str:
    """Ask for a print of a file that one may read. Returns: the id. Raises: ReleaseRefused."""
    with writing() as connection:
        row = connection.execute(
            sa.select(record.c.fields, record.c.book_id).where(
                record.c.id == customer,
                record.c.type == "customer",
                record.c.removed.is_(False),
                within(record.c.book_id, scope),
            )
        ).one_or_none()
        if row is None:
            raise ReleaseRefused("absent")
        title = names.title_of("customer", json.loads(row.fields)) or customer
        return _insert(
            connection, user_id, PRINT, title, reason, recipient, return_by, customer=customer, book_id=row.book_id
        )


def ask_export(user_id: str, title: str, query: Mapping[str, str], reason: str, recipient: str) -> str:
    """Ask for a list of customers as a workbook. Args: query: its filters, as in the address of the list. Raises: ReleaseRefused."""
    with writing() as connection:
        return _insert(connection, user_id, EXPORT, title, reason, recipient, None, query=query)


def approve(release_id: str, by: str, scope: Collection[str], comment: str = "") -> int:
    """Approve an open release of somebody else. Returns: its number. Raises: ReleaseRefused."""
    with writing() as connection:
        if not is_sqlite(connection):
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        number = int(connection.scalar(sa.select(sa.func.max(release.c.number))) or 0) + 1
        until = clock.now_ms() + GOOD_FOR_MS
        _decide(connection, release_id, by, scope, {"state": APPROVED, "number": number, "until": until}, comment)
    return number


def decline(release_id: str, by: str, scope: Collection[str], comment: str) -> None:
    """Say no, and why. Raises: ReleaseRefused."""
    if not comment.strip():
        raise ReleaseRefused("reason")
    with writing() as connection:
        _decide(connection, release_id, by, scope, {"state": DECLINED}, comment)


def withdraw(release_id: str, user_id: str) -> None:
    """Take back one's own request that nobody has decided. Raises: ReleaseRefused."""
    its = sa.and_(release.c.id == release_id, release.c.asked_by == user_id, release.c.state == OPEN)
    with writing() as connection:
        if connection.execute(sa.update(release).where(its).values(state=WITHDRAWN)).rowcount != 1:
            raise ReleaseRefused("decided")


def note_returned(release_id: str, by: str, scope: Collection[str]) -> None:
    """The paper is back. Raises: ReleaseRefused."""
    its = sa.and_(
        release.c.id == release_id,
        release.c.state == APPROVED,
        release.c.kind == PRINT,
        release.c.returned_at.is_(None),
        release.c.asked_by != by,
        _within(scope),
    )
    with writing() as connection:
        if connection.execute(sa.update(release).where(its).values(returned_at=clock.now_ms())).rowcount != 1:
            raise ReleaseRefused("decided")


def of_user(user_id: str) -> list[Release]:
    """What a user has asked for, the newest first."""
    return _load(release.c.asked_by == user_id)


def to_decide(scope: Collection[str]) -> list[Release]:
    """The open ones, the oldest first."""
    return list(reversed(_load(sa.and_(release.c.state == OPEN, _within(scope)))))


def register(scope: Collection[str]) -> list[Release]:
    """All that were approved, by number, the newest first."""
    return _load(sa.and_(release.c.state == APPROVED, _within(scope)), by_number=True)


def by_id(release_id: str, user_id: str, scope: Collection[str], *, decides: bool) -> Release | None:
    """One release, for who asked, and for who decides about its book; None for everybody else."""
    others = _within(scope) if decides else sa.false()
    found = _load(sa.and_(release.c.id == release_id, sa.or_(release.c.asked_by == user_id, others)))
    return found[0] if found else None


def _within(scope: Collection[str]) -> sa.ColumnElement[bool]:
    """About a customer of these books; a list is of whatever its asker may read."""
    file = typed_table("customer")
    here = sa.select(file.c.id).where(within(file.c.book_id, scope))
    return sa.or_(release.c.customer.is_(None), release.c.customer.in_(here))


def _insert(
    connection: Connection,
    user_id: str,
    kind: str,
    title: str,
    reason: str,
    recipient: str,
    return_by: str | None,
    *,
    customer: str | None = None,
    book_id: str | None = None,
    query: Mapping[str, str] | None = None,
) -> str:
    reason, recipient = reasons.tidy(reason), reasons.tidy(recipient)
    if not REASON_LEAST <= len(reason) <= REASON_MOST:
        raise ReleaseRefused("reason")
    if not 1 <= len(recipient) <= RECIPIENT_MOST or not recipient.isprintable():
        raise ReleaseRefused("recipient")
    if return_by:
        try:
            date.fromisoformat(return_by)
        except ValueError as error:
            raise ReleaseRefused("day") from error
    release_id = clock.new_id()
    values = {"id": release_id, "kind": kind, "customer": customer, "book_id": book_id, "title": title[:200]}
    values |= {"reason": reason, "recipient": recipient, "asked_by": user_id, "return_by": return_by or None}
    text = json.dumps(dict(query or {}), ensure_ascii=False)
    connection.execute(sa.insert(release).values(**values, query=text, asked_at=clock.now_ms()))
    return release_id


def _decide(
    connection: Connection, release_id: str, by: str, scope: Collection[str], values: Mapping[str, object], comment: str
) -> None:
    """Decide an open release, once, and never one's own."""
    row = connection.execute(sa.select(release).where(release.c.id == release_id, _within(scope))).one_or_none()
    if row is None:
        raise ReleaseRefused("absent")
    if row.asked_by == by:
        raise ReleaseRefused("own")
    open_one = sa.and_(release.c.id == release_id, release.c.state == OPEN)
    said = {"decided_by": by, "decided_at": clock.now_ms(), "comment": comment.strip()[:REASON_MOST]}
    if connection.execute(sa.update(release).where(open_one).values(**values, **said)).rowcount != 1:
        raise ReleaseRefused("decided")


def _load(where: sa.ColumnElement[bool], *, by_number: bool = False) -> list[Release]:
    asker, decider = user_account.alias(), user_account.alias()
    order = release.c.number.desc() if by_number else release.c.asked_at.desc()
    query = (
        sa.select(release, asker.c.name.label("asker"), decider.c.name.label("decider"))
        .outerjoin(asker, asker.c.id == release.c.asked_by)
        .outerjoin(decider, decider.c.id == release.c.decided_by)
        .where(where)
        .order_by(order, release.c.id.desc())
        .limit(500)
    )
    with reading() as connection:
        rows = connection.execute(query).mappings().all()
    wanted = ("id", "number", "kind", "customer", "title", "reason", "recipient", "asked_by", "asked_at", "state")
    later = ("decided_at", "comment", "until", "return_by", "returned_at")
    return [
        Release(
            **{name: row[name] for name in (*wanted, *later)},
            query=json.loads(row["query"]),
            asker=row["asker"] or "",
            decider=row["decider"] or "",
        )
        for row in rows
    ]
