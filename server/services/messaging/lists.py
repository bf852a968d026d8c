"""Messages to many: a list is drawn up, frozen with each person's own text, approved by somebody else, and only then queued."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import clock, epochs, jobs, parts
from server.services.messaging import opting_out, outbox
from server.services.messaging.templates import values_for
from server.storage.database import reading, writing
from server.storage.message_tables import message_list, message_out, message_recipient
from server.storage.scopes import within
from server.storage.tables import book, seat, user_account
from server.storage.typed import typed_table
from sync_protocol.messaging.parts import parts_of
from sync_protocol.messaging.phones import phone_key
from sync_protocol.messaging.states import FAILED, QUEUED
from sync_protocol.messaging.templates import MissingValue, filled, named_in

WAITING, APPROVED, DECLINED, CANCELLED = "waiting", "approved", "declined", "cancelled"
RECIPIENTS_MOST = 50_000
FILTERS = ("customer_state", "grade", "business_type", "customer_status", "region")
_ROWS = 1000
_READ = ("id", "book_id", "store_name", "contact_person", "contact_phone", "customer_status", "business_status")


class ListError(ValueError):
    """The list cannot be drawn up, or decided so. The argument is a code: nobody, too-many, own-list, decided, no-text."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Whom a list is for and what it says. `equal`: field of the customer -> value. `send_at`: ms, None for at once.

    `customers`: these alone, in place of a filter. `unique`: there is never a second list with this text.
    """

    author: str
    name: str
    text: str
    kind: str = outbox.GROUP
    book: str = ""
    equal: Mapping[str, str] | None = None
    customers: Collection[str] | None = None
    template: str | None = None
    send_at: int | None = None
    holiday: str = ""
    unique: str | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """What a list comes to. `left_out`: reason -> how many."""

    recipients: int
    parts: int
    cost_minor: int
    left_out: Mapping[str, int]
    example: str


def draw_up(wish: Wish, scope: Collection[str]) -> str | None:
    """Make a list that waits for approval: who is on it and what each gets is fixed now.

    Returns: its id; None when there is one with that unique text. Raises: ListError; UnknownPlaceholder.
    """
    if not wish.text.strip():
        raise ListError("no-text")
    named_in(wish.text)
    with reading() as connection:
        people = _recipients(connection, wish, scope)
    if not any(row["left_out"] is None for row in people):
        raise ListError("nobody")
    list_id = clock.new_id()
    with writing() as connection:
        if wish.unique and connection.scalar(
            sa.select(message_list.c.id).where(message_list.c.unique_key == wish.unique)
        ):
            return None
        connection.execute(sa.insert(message_list), _list_row(list_id, wish))
        for start in range(0, len(people), _ROWS):
            rows = [{"list_id": list_id, **row} for row in people[start : start + _ROWS]]
            connection.execute(sa.insert(message_recipient), rows)
    return list_id


def preview(wish: Wish, scope: Collection[str]) -> Summary:
    """What a list would come to, before it is made. Raises: ListError("too-many"); UnknownPlaceholder."""
    named_in(wish.text)
    with reading() as connection:
        return _summary(_recipients(connection, wish, scope))


def summary(connection: Connection, list_id: str, scope: Collection[str]) -> Summary:
    """What a list comes to for the customers of these books."""
    mine = sa.and_(message_recipient.c.list_id == list_id, within(message_recipient.c.book_id, scope))
    query = sa.select(message_recipient).where(mine).order_by(message_recipient.c.n)
    return _summary([dict(row) for row in connection.execute(query).mappings()])


def _summary(people: Sequence[Mapping[str, Any]]) -> Summary:
    going = [row for row in people if row["left_out"] is None]
    left: dict[str, int] = {}
    for row in people:
        if row["left_out"]:
            left[row["left_out"]] = left.get(row["left_out"], 0) + 1
    number = sum(row["parts"] for row in going)
    return Summary(len(going), number, number * parts.config().sms.price_minor, left, going[0]["text"] if going else "")


def _list_row(list_id: str, wish: Wish) -> dict[str, Any]:
    now = clock.now_ms()
    return {
        "id": list_id,
        "name": wish.name.strip()[:100] or "–",
        "kind": wish.kind,
        "text": wish.text.strip(),
        "template": wish.template,
        "author": wish.author,
        "created_at": now,
        "send_at": wish.send_at or now,
        "state": WAITING,
        "unique_key": wish.unique,
    }


def _recipients(connection: Connection, wish: Wish, scope: Collection[str]) -> list[dict[str, Any]]:
    """The customers of the list in a fixed order, with each one's text, and why some get none."""
    rows = _customers(connection, wish, scope)
    if len(rows) > RECIPIENTS_MOST:
        raise ListError("too-many")
    country = parts.config().sms.country
    keys = [phone_key(row["contact_phone"], country) for row in rows]
    stopped = opting_out.opted_out(connection, {key for key in keys if key})
    managers = _managers(connection)
    on = _day(wish.send_at or clock.now_ms())
    seen: set[str] = set()
    found = []
    for n, (row, key) in enumerate(zip(rows, keys, strict=True), 1):
        values = values_for(row, managers.get(row["book_id"], ""), on, wish.holiday)
        left_out = _gone(row, wish) or _left_out(key, stopped, seen)
        found.append({"n": n, **_recipient(row, key, wish.text, values, left_out)})
        if found[-1]["left_out"] is None:
            seen.add(key)
    return found


def _gone(row: Mapping[Any, Any], wish: Wish) -> str | None:
    """Whether this customer is left in peace: he has left, or his business is closed, and the list is not for such ones."""
    if row["customer_status"] == "left" and not (wish.equal or {}).get("customer_status"):
        return "left"
    return "closed" if row["business_status"] == "closed" else None


def _recipient(
    row: Mapping[Any, Any], key: str, text: str, values: Mapping[str, str], left_out: str | None
) -> dict[str, Any]:
    try:
        body = filled(text, values).strip()
    except MissingValue as missing:
        body, left_out = "", left_out or f"no-{missing}"
    taken = parts_of(body)
    if taken.parts > outbox.PARTS_MOST:
        left_out = left_out or "too-long"
    return {
        "book_id": row["book_id"],
        "customer": row["id"],
        "name": row["store_name"] or "",
        "phone": (row["contact_phone"] or "").strip(),
        "phone_key": key,
        "text": body,
        "encoding": taken.encoding,
        "parts": taken.parts,
        "params": json.dumps({name: values[name] for name in named_in(text)}, ensure_ascii=False),
        "left_out": left_out,
    }


def _left_out(key: str, stopped: set[str], seen: set[str]) -> str | None:
    if not key:
        return "no-number"
    if key in stopped:
        return opting_out.OPTED_OUT
    return "same-number" if key in seen else None


def _customers(connection: Connection, wish: Wish, scope: Collection[str]) -> list[Mapping[Any, Any]]:
    table = typed_table("customer")
    in_a_round = table.c.book_id.in_(sa.select(book.c.id).where(book.c.kind == "round"))  # no archive
    query = sa.select(*[table.c[name] for name in _READ]).where(table.c.removed.is_(False), in_a_round)
    query = query.where(within(table.c.book_id, scope))
    if wish.customers is not None:
        query = query.where(table.c.id.in_(list(wish.customers)))
    if wish.book:
        query = query.where(table.c.book_id == wish.book)
    for name, value in (wish.equal or {}).items():
        if name in FILTERS and value:
            query = query.where(table.c[name] == value)
    return list(connection.execute(query.order_by(table.c.store_name, table.c.id)).mappings())


def _managers(connection: Connection) -> dict[str, str]:
    query = (
        sa.select(seat.c.book_id, user_account.c.name)
        .join(user_account, user_account.c.id == seat.c.user_id)
        .where(seat.c.seat == "maintainer")
    )
    return {row.book_id: row.name for row in connection.execute(query)}


def _day(at_ms: int) -> date:
    return datetime.fromtimestamp(at_ms / 1000, ZoneInfo(parts.config().time_zone)).date()


def approve(list_id: str, by: str) -> int:
    """Queue the messages of a list, all of them in one transaction. Returns how many.

    Raises: ListError: own-list, if the one who drew it up would approve it; decided; too-late, for a greeting after its day.
    """
    now = clock.now_ms()
    with writing() as connection:
        row = _decide(connection, list_id, by, APPROVED)
        if row["kind"] == outbox.GREETING and _day(now) > _day(row["send_at"]):
            raise ListError("too-late")
        number = _insert_all(connection, row, now)
        if row["send_at"] <= now:
            jobs.ask_for(connection, outbox.SEND_JOB)
    return number


def may_have_gone_out(connection: Connection, row: Mapping[Any, Any]) -> bool:
    """Whether a list that waits may have been approved and sent in a history that was lost (R35): it waited in the backup already,
    or it is a greeting for a time before the loss, drawn up once more. Whoever approves it is asked to think of that.
    """
    lost_at = epochs.lost_history_at(connection)
    if lost_at is None or row["state"] != WAITING:
        return False
    again = row["kind"] == outbox.GREETING and row["send_at"] <= lost_at
    return bool(again or row["created_at"] < lost_at)


def _insert_all(connection: Connection, row: Mapping[Any, Any], now: int) -> int:
    query = sa.select(message_recipient).where(
        message_recipient.c.list_id == row["id"], message_recipient.c.left_out.is_(None)
    )
    people = connection.execute(query.order_by(message_recipient.c.n)).mappings().all()
    for start in range(0, len(people), _ROWS):
        connection.execute(sa.insert(message_out), [_message(one, row, now) for one in people[start : start + _ROWS]])
    return len(people)


def _message(person: Mapping[Any, Any], row: Mapping[Any, Any], now: int) -> dict[str, Any]:
    same = ("book_id", "customer", "list_id", "phone", "phone_key", "text", "encoding", "parts", "params")
    return {
        **{name: person[name] for name in same},
        "id": clock.new_id(),
        "kind": row["kind"],
        "template": row["template"],
        "author": row["author"],
        "state": QUEUED,
        "due_at": max(now, row["send_at"]),
        "unique_key": f"list/{row['id']}/{person['n']}",
        "attempt": 0,
        "created_at": now,
    }


def decline(list_id: str, by: str) -> None:
    """Say no to a list. Raises: ListError."""
    with writing() as connection:
        _decide(connection, list_id, by, DECLINED)


def cancel(list_id: str, by: str) -> int:
    """Stop an approved list: what has not gone out yet will not. Returns how many that are. Raises: ListError."""
    now = clock.now_ms()
    with writing() as connection:
        this = sa.and_(message_list.c.id == list_id, message_list.c.state.in_((WAITING, APPROVED)))
        done = connection.execute(
            sa.update(message_list).where(this).values(state=CANCELLED, decided_by=by, decided_at=now)
        )
        if done.rowcount != 1:
            raise ListError("decided")
        waiting = sa.and_(message_out.c.list_id == list_id, message_out.c.state == QUEUED)
        values = {"state": FAILED, "error": "list-cancelled", "settled_at": now, "filed": None}
        return connection.execute(sa.update(message_out).where(waiting).values(**values)).rowcount


def _decide(connection: Connection, list_id: str, by: str, state: str) -> Mapping[Any, Any]:
    query = sa.select(message_list).where(message_list.c.id == list_id).with_for_update()
    row = connection.execute(query).mappings().first()
    if row is None or row["state"] != WAITING:
        raise ListError("decided")
    if row["author"] == by:
        raise ListError("own-list")
    decided = sa.update(message_list).where(message_list.c.id == list_id)
    connection.execute(decided.values(state=state, decided_by=by, decided_at=clock.now_ms()))
    return row


def counts(connection: Connection, list_ids: Iterable[str], scope: Collection[str]) -> dict[str, dict[str, int]]:
    """List -> state -> how many of its messages to customers of these books."""
    query = (
        sa.select(message_out.c.list_id, message_out.c.state, sa.func.count())
        .where(message_out.c.list_id.in_(list(list_ids)), within(message_out.c.book_id, scope))
        .group_by(message_out.c.list_id, message_out.c.state)
    )
    found: dict[str, dict[str, int]] = {}
    for list_id, state, number in connection.execute(query):
        found.setdefault(list_id, {})[state] = number
    return found


def recipients(connection: Connection, list_ids: Iterable[str], scope: Collection[str]) -> dict[str, int]:
    """List -> how many customers of these books it is for."""
    on_them = sa.and_(
        message_recipient.c.list_id.in_(list(list_ids)),
        message_recipient.c.left_out.is_(None),
        within(message_recipient.c.book_id, scope),
    )
    query = sa.select(message_recipient.c.list_id, sa.func.count()).where(on_them).group_by(message_recipient.c.list_id)
    return {row[0]: row[1] for row in connection.execute(query)}
