"""What the pages about messages show: the outbox by state, one list, the conversation's open ends."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import clock, names
from server.services.messaging import lists, outbox, replies
from server.services.messaging.outbox import New
from server.storage.database import reading, writing
from server.storage.message_tables import message_in, message_list, message_out, message_recipient, opt_out
from server.storage.scopes import within
from server.storage.typed import typed_table
from sync_protocol.messaging.states import FAILED, FORWARD, UNKNOWN

PAGE = 50


@dataclass(frozen=True, slots=True)
class Outbox:
    """A page of the outbox. `counts`: state -> how many; `pages`: of those that are shown."""

    rows: list[dict[str, Any]]
    counts: Mapping[str, int]
    names: names.Names
    page: int
    pages: int
    tray: int
    waiting_lists: int


def _readable(scope: Collection[str]) -> sa.ColumnElement[bool]:
    return within(message_out.c.book_id, scope)


def page(scope: Collection[str], state: str = "", number: int = 1) -> Outbox:
    """One page of the messages to customers of these books, the newest first."""
    where = _readable(scope)
    with reading() as connection:
        found = connection.execute(
            sa.select(message_out.c.state, sa.func.count()).where(where).group_by(message_out.c.state)
        )
        counts = {row[0]: row[1] for row in found}
        if state:
            where = sa.and_(where, message_out.c.state == state)
        total = counts.get(state, 0) if state else sum(counts.values())
        query = sa.select(message_out).where(where).order_by(message_out.c.created_at.desc(), message_out.c.id)
        rows = connection.execute(query.limit(PAGE).offset((number - 1) * PAGE)).mappings().all()
        return Outbox(
            [dict(row) for row in rows],
            {name: counts.get(name, 0) for name in FORWARD},
            names.load(
                connection, scope, records=[row["customer"] for row in rows], users=[row["author"] for row in rows]
            ),
            number,
            max(1, -(-total // PAGE)),
            _count(connection, message_in, message_in.c.state == replies.TRAY),
            _count(connection, message_list, message_list.c.state == lists.WAITING),
        )


def _count(connection: Connection, table: sa.Table, where: sa.ColumnElement[bool]) -> int:
    return connection.scalar(sa.select(sa.func.count()).select_from(table).where(where)) or 0


@dataclass(frozen=True, slots=True)
class Addressee:
    """A customer to whom one message is written."""

    id: str
    book: str
    fields: Mapping[str, Any]


def addressee(scope: Collection[str], customer: str) -> Addressee | None:
    """A customer of these books; None: not there, or not for this reader."""
    table = typed_table("customer")
    query = sa.select(table).where(table.c.id == customer, within(table.c.book_id, scope), table.c.removed.is_(False))
    with reading() as connection:
        row = connection.execute(query).mappings().first()
    return Addressee(row["id"], row["book_id"], dict(row)) if row else None


def send_again(scope: Collection[str], message_id: str, by: str) -> bool:
    """A person decides that a message whose outcome is unknown, or that failed, goes out once more: a new message.

    Returns: whether it could be; not twice for the same one. Raises: NotSendable.
    """
    with writing() as connection:
        this = sa.and_(message_out.c.id == message_id, _readable(scope), message_out.c.state.in_((UNKNOWN, FAILED)))
        row = connection.execute(sa.select(message_out).where(this)).mappings().first()
        if row is None:
            return False
        new = New(
            author=by,
            phone=row["phone"],
            text=row["text"],
            kind=row["kind"],
            book=row["book_id"],
            customer=row["customer"],
            template=row["template"],
            unique=f"again/{message_id}",
            again_of=message_id,
        )
        return outbox.queue(connection, new) is not None


def release(scope: Collection[str], message_id: str, by: str) -> bool:
    """Let a message go that is held: it is this person's now, and goes when it was to go, not before. False if it is not held."""
    now = clock.now_ms()
    with writing() as connection:
        this = sa.and_(message_out.c.id == message_id, _readable(scope), message_out.c.held.is_not(None))
        due_at = sa.case((message_out.c.due_at > now, message_out.c.due_at), else_=now)
        freed = sa.update(message_out).where(this).values(held=None, author=by, due_at=due_at)
        return connection.execute(freed).rowcount == 1


@dataclass(frozen=True, slots=True)
class ListPage:
    """One list with what it comes to and what became of it. `people`: the first of its recipients."""

    row: Mapping[str, Any]
    summary: lists.Summary
    counts: Mapping[str, int]
    people: list[dict[str, Any]]
    names: names.Names
    may_have_gone_out: bool


def _seen_by(scope: Collection[str]) -> sa.ColumnElement[bool]:
    """Lists with somebody of these books on them."""
    on_it = sa.and_(message_recipient.c.list_id == message_list.c.id, within(message_recipient.c.book_id, scope))
    return sa.exists().where(on_it)


def all_lists(
    scope: Collection[str], limit: int = 100
) -> tuple[list[dict[str, Any]], dict[str, dict[str, int]], names.Names]:
    """The lists on which somebody of these books is, those that wait for approval first; what became of the messages to them,
    with "waiting" for those that no message is made for yet; who drew the lists up.
    """
    query = sa.select(message_list).where(_seen_by(scope))
    query = query.order_by(message_list.c.state != lists.WAITING, message_list.c.created_at.desc())
    with reading() as connection:
        rows = [dict(row) for row in connection.execute(query.limit(limit)).mappings()]
        counts = lists.counts(connection, [row["id"] for row in rows], scope)
        undecided = [row["id"] for row in rows if row["state"] == lists.WAITING]
        for list_id, number in lists.recipients(connection, undecided, scope).items():
            counts[list_id] = {lists.WAITING: number}
        return rows, counts, names.load(connection, (), users=[row["author"] for row in rows])


def list_page(scope: Collection[str], list_id: str) -> ListPage | None:
    """One list, as far as it is about customers of these books; None if it is about none of them."""
    this = sa.and_(message_list.c.id == list_id, _seen_by(scope))
    with reading() as connection:
        row = connection.execute(sa.select(message_list).where(this)).mappings().first()
        if row is None:
            return None
        mine = sa.and_(message_recipient.c.list_id == list_id, within(message_recipient.c.book_id, scope))
        people = sa.select(message_recipient).where(mine)
        people = people.order_by(message_recipient.c.left_out.is_(None), message_recipient.c.n).limit(PAGE)
        users = [row["author"], *([row["decided_by"]] if row["decided_by"] else [])]
        return ListPage(
            dict(row),
            lists.summary(connection, list_id, scope),
            lists.counts(connection, [list_id], scope).get(list_id, {}),
            [dict(one) for one in connection.execute(people).mappings()],
            names.load(connection, (), users=users),
            lists.may_have_gone_out(connection, row),
        )


def stopped(limit: int = 200) -> list[dict[str, Any]]:
    """The numbers that get no messages, the latest first."""
    with reading() as connection:
        query = sa.select(opt_out).order_by(opt_out.c.at.desc()).limit(limit)
        return [dict(row) for row in connection.execute(query).mappings()]
