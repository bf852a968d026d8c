"""Lookups: a person outside the book asks to read one customer's file, for a reason; the department manager says which parts, until when.

A lookup is granted by somebody else than who asked, ends by itself, and can be ended before. What is granted is a frozen copy.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import books, clock, names, users
from server.services.reading import grants, read_log, reasons
from server.storage.database import reading, writing
from server.storage.people_tables import lookup
from server.storage.scopes import within
from server.storage.tables import record, user_account
from server.storage.typed import typed_table

OPEN, GRANTED, DECLINED, WITHDRAWN, ENDED = "open", "granted", "declined", "withdrawn", "ended"
DAYS, DAYS_MOST = 7, 30
DAY_MS = 86_400_000
REASON_LEAST, REASON_MOST = 5, 1000


class LookupRefused(ValueError):
    """What was asked cannot be done. The message is a code: reason, days, groups, own, decided, absent."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """One request and what became of it. `title`: the customer's name; who only asked knows it from his own hit, masked."""

    id: str
    customer: str
    title: str
    asked_by: str
    asker: str
    reason: str
    asked_at: int
    state: str
    groups: tuple[str, ...]
    decided_by: str
    comment: str
    decided_at: int | None
    until: int | None
    ended_at: int | None

    @property
    def is_readable(self) -> bool:
        """Whether the copy may be read now."""
        return self.state == GRANTED and self.until is not None and clock.now_ms() < self.until


def ask(user_id: str, customer: str, reason: str) -> str:
    """Ask to read a file. The same request again, while it is open or granted, is the same lookup. Returns: its id. Raises: LookupRefused."""
    reason = reasons.tidy(reason)
    if not REASON_LEAST <= len(reason) <= REASON_MOST:
        raise LookupRefused("reason")
    end_due()
    with writing() as connection:
        row = connection.execute(
            sa.select(record.c.book_id).where(
                record.c.id == customer, record.c.type == "customer", record.c.removed.is_(False)
            )
        ).one_or_none()
        if row is None:
            raise LookupRefused("absent")
        lasting = (lookup.c.asked_by == user_id, lookup.c.customer == customer, lookup.c.state.in_((OPEN, GRANTED)))
        found: str | None = connection.scalar(sa.select(lookup.c.id).where(*lasting))
        if found is None:
            found = clock.new_id()
            values = {"id": found, "customer": customer, "book_id": row.book_id, "asked_by": user_id}
            connection.execute(sa.insert(lookup).values(**values, reason=reason, asked_at=clock.now_ms()))
        return found


def grant(
    lookup_id: str, by: str, scope: Collection[str], *, days: int, wanted: Collection[str], comment: str = ""
) -> None:
    """Grant a lookup for these groups of the file and so many days. Raises: LookupRefused."""
    if not 1 <= days <= DAYS_MOST:
        raise LookupRefused("days")
    if not wanted or not set(wanted) <= set(grants.groups()):
        raise LookupRefused("groups")
    asker = _decidable(lookup_id, by, scope)
    books.desk(asker)
    decider = users.by_id(by)
    with writing() as connection:
        now = clock.now_ms()
        until = now + days * DAY_MS
        row = _decide(connection, lookup_id, by, scope, state=GRANTED, comment=comment, until=until, groups=wanted)
        text = connection.scalar(
            sa.select(record.c.fields).where(record.c.id == row.customer, record.c.removed.is_(False))
        )
        if text is None:
            raise LookupRefused("absent")
        grants.lay(
            connection,
            lookup_id,
            to=row.asked_by,
            by=by,
            customer=row.customer,
            fields=grants.copy_of(json.loads(text), wanted),
            until=until,
            reason=row.reason,
            granted_by=decider.name if decider else "",
        )
        read_log.add(connection, row.asked_by, row.customer, "lookups.granted", lookup_id)


def decline(lookup_id: str, by: str, scope: Collection[str], comment: str) -> None:
    """Say no, and why. Raises: LookupRefused."""
    if not comment.strip():
        raise LookupRefused("reason")
    _decidable(lookup_id, by, scope)
    with writing() as connection:
        _decide(connection, lookup_id, by, scope, state=DECLINED, comment=comment)


def withdraw(lookup_id: str, user_id: str) -> None:
    """Take back one's own request that nobody has decided yet. Raises: LookupRefused."""
    its = sa.and_(lookup.c.id == lookup_id, lookup.c.asked_by == user_id, lookup.c.state == OPEN)
    with writing() as connection:
        values = {"state": WITHDRAWN, "ended_at": clock.now_ms()}
        if connection.execute(sa.update(lookup).where(its).values(**values)).rowcount != 1:
            raise LookupRefused("decided")


def end(lookup_id: str, by: str, scope: Collection[str]) -> None:
    """End a granted lookup before its time. Raises: LookupRefused."""
    with writing() as connection:
        row = connection.execute(sa.select(lookup).where(lookup.c.id == lookup_id)).one_or_none()
        if row is None or (row.book_id not in scope and row.asked_by != by):
            raise LookupRefused("absent")
        if row.state != GRANTED:
            raise LookupRefused("decided")
        _end(connection, row, by)


def end_due() -> int:
    """End every lookup whose time has passed: the copies leave the desks. Returns: how many."""
    due = sa.select(lookup).where(lookup.c.state == GRANTED, lookup.c.until <= clock.now_ms())
    with reading() as connection:
        if connection.execute(due.limit(1)).first() is None:
            return 0
    with writing() as connection:
        rows = connection.execute(due.order_by(lookup.c.id)).all()
        for row in rows:
            _end(connection, row, users.SYSTEM)
    return len(rows)


def of_user(user_id: str) -> list[Lookup]:
    """What a user has asked for, the newest first."""
    return _load(lookup.c.asked_by == user_id)


def to_decide(scope: Collection[str]) -> list[Lookup]:
    """The open requests about customers of these books, the oldest first."""
    return list(reversed(_load(sa.and_(lookup.c.state == OPEN, _lies_in(scope)))))


def lasting(scope: Collection[str]) -> list[Lookup]:
    """The granted ones that have not ended."""
    return _load(sa.and_(lookup.c.state == GRANTED, lookup.c.until > clock.now_ms(), _lies_in(scope)))


def by_id(lookup_id: str, user_id: str, scope: Collection[str]) -> Lookup | None:
    """One lookup, for who asked or who may read the customer's book; None for everybody else."""
    found = _load(sa.and_(lookup.c.id == lookup_id, sa.or_(lookup.c.asked_by == user_id, _lies_in(scope))))
    return found[0] if found else None


def open_copy(found: Lookup, reader: str) -> Mapping[str, Any] | None:
    """The granted copy, for who asked; the view is noted. None: there is nothing to read for him."""
    if not found.is_readable or reader != found.asked_by:
        return None
    with writing() as connection:
        fields = grants.content(connection, found.id)
        if fields is not None:
            read_log.add(connection, reader, found.customer, "lookups.show", found.id)
    return fields


def _lies_in(scope: Collection[str]) -> sa.ColumnElement[bool]:
    file = typed_table("customer")
    return lookup.c.customer.in_(sa.select(file.c.id).where(within(file.c.book_id, scope)))


def _is_over(row: sa.RowMapping) -> bool:
    """Whether a grant has run out, though nobody has noted it yet."""
    return row["state"] == GRANTED and row["until"] is not None and row["until"] <= clock.now_ms()


def _load(where: sa.ColumnElement[bool]) -> list[Lookup]:
    asker, decider = user_account.alias(), user_account.alias()
    query = (
        sa.select(lookup, asker.c.name.label("asker"), decider.c.name.label("decider"), record.c.fields)
        .outerjoin(asker, asker.c.id == lookup.c.asked_by)
        .outerjoin(decider, decider.c.id == lookup.c.decided_by)
        .outerjoin(record, record.c.id == lookup.c.customer)
        .where(where)
        .order_by(lookup.c.asked_at.desc(), lookup.c.id.desc())
        .limit(200)
    )
    with reading() as connection:
        rows = connection.execute(query).mappings().all()
    return [
        Lookup(
            id=row["id"],
            customer=row["customer"],
            title=names.title_of("customer", json.loads(row["fields"] or "{}")),
            asked_by=row["asked_by"],
            asker=row["asker"] or "",
            reason=row["reason"],
            asked_at=row["asked_at"],
            state=ENDED if _is_over(row) else row["state"],
            groups=tuple(json.loads(row["groups"])),
            decided_by=row["decider"] or "",
            comment=row["comment"],
            decided_at=row["decided_at"],
            until=row["until"],
            ended_at=row["until"] if _is_over(row) else row["ended_at"],
        )
        for row in rows
    ]


def _decidable(lookup_id: str, by: str, scope: Collection[str]) -> str:
    """Who asked. Raises: LookupRefused, if this person cannot decide it."""
    found = by_id(lookup_id, by, scope)
    if found is None:
        raise LookupRefused("absent")
    if found.asked_by == by:
        raise LookupRefused("own")
    if found.state != OPEN:
        raise LookupRefused("decided")
    return found.asked_by


def _decide(
    connection: Connection,
    lookup_id: str,
    by: str,
    scope: Collection[str],
    *,
    state: str,
    comment: str,
    until: int | None = None,
    groups: Collection[str] = (),
) -> sa.Row[Any]:
    """Decide an open request, once: of two who decide at the same time the first one counts, and never who asked."""
    open_one = sa.and_(lookup.c.id == lookup_id, lookup.c.state == OPEN, lookup.c.asked_by != by, _lies_in(scope))
    values = {"state": state, "decided_by": by, "decided_at": clock.now_ms(), "comment": comment.strip()[:REASON_MOST]}
    ordered = json.dumps([name for name in grants.groups() if name in groups])
    done = connection.execute(sa.update(lookup).where(open_one).values(**values, until=until, groups=ordered))
    if done.rowcount != 1:
        raise LookupRefused("decided")
    return connection.execute(sa.select(lookup).where(lookup.c.id == lookup_id)).one()


def _end(connection: Connection, row: sa.Row[Any], by: str) -> None:
    values = {"state": ENDED, "ended_at": clock.now_ms()}
    lasts = sa.and_(lookup.c.id == row.id, lookup.c.state == GRANTED)
    if connection.execute(sa.update(lookup).where(lasts).values(**values)).rowcount == 1:
        grants.take(connection, row.id, owner=row.asked_by, by=by)
