"""The outbox: a message is a row, and its state only moves forward (sync_protocol/messaging/states.py).

`sending` is committed before the gateway is called. So a worker that dies in between leaves a message of which nobody can
tell whether it went out: it becomes `unknown`, and is never sent again by itself. What a report or the answer says later
moves it on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from server.services import clock, jobs, parts
from server.services.messaging import limits, opting_out
from server.services.messaging.gateways.base import NotTaken, Outcome, Refused, Sent
from server.storage.database import is_sqlite
from server.storage.message_tables import message_out
from sync_protocol.messaging.parts import parts_of
from sync_protocol.messaging.phones import phone_key
from sync_protocol.messaging.states import FAILED, QUEUED, SENDING, SENT, UNKNOWN, behind

SEND_JOB = "send_messages"
ONE, GREETING, GROUP = "one", "greeting", "group"
KINDS = (ONE, GREETING, GROUP)  # what a person wrote to one customer goes before what a list sends to many
RESTORED = "restored"  # why a message is held
PARTS_MOST = 8
ATTEMPTS_MOST = 10
FIRST_WAIT_MS = 30_000
LONGEST_WAIT_MS = 3600_000
_REASON_MOST = 200


class NotSendable(ValueError):
    """This can never be sent. The argument is a code: no-number, no-text, too-long, opted-out."""


@dataclass(frozen=True, slots=True)
class New:
    """A message to be sent. `due_at`: not before, in ms; None for now. `unique`: there is never a second one with this text.
    `held`: why it waits for a person.
    """

    author: str
    phone: str
    text: str
    kind: str = ONE
    book: str | None = None
    customer: str | None = None
    due_at: int | None = None
    template: str | None = None
    params: Mapping[str, str] | None = None
    unique: str | None = None
    id: str | None = None
    again_of: str | None = None
    held: str | None = None


def queue(connection: Connection, new: New) -> str | None:
    """Put a message into the outbox, as part of the caller's transaction; a worker is rung for once that is committed.

    Returns: its id; None when there is one with that id or unique text already. Raises: NotSendable.
    """
    row = row_of(new)
    if opting_out.has_opted_out(connection, row["phone_key"]):
        raise NotSendable("opted-out")
    insert = sqlite.insert(message_out) if is_sqlite(connection) else postgresql.insert(message_out)
    added = connection.execute(insert.values(row).on_conflict_do_nothing().returning(message_out.c.id))
    message_id: str | None = added.scalar_one_or_none()
    if message_id is not None and new.held is None and row["due_at"] <= clock.now_ms():
        jobs.ask_for(connection, SEND_JOB)
    return message_id


def row_of(new: New) -> dict[str, Any]:
    """A message as a row of the outbox, moved out of nobody's quiet hours yet. Raises: NotSendable."""
    key = phone_key(new.phone, parts.config().sms.country)
    text = new.text.strip()
    if not key:
        raise NotSendable("no-number")
    if not text:
        raise NotSendable("no-text")
    found = parts_of(text)
    if found.parts > PARTS_MOST:
        raise NotSendable("too-long")
    now = clock.now_ms()
    return {
        "id": new.id or clock.new_id(),
        "book_id": new.book,
        "customer": new.customer,
        "kind": new.kind,
        "phone": new.phone.strip(),
        "phone_key": key,
        "text": text,
        "encoding": found.encoding,
        "parts": found.parts,
        "template": new.template,
        "params": json.dumps(dict(new.params or {}), ensure_ascii=False),
        "author": new.author,
        "state": QUEUED,
        "due_at": now if new.due_at is None else max(now, new.due_at),
        "unique_key": new.unique,
        "again_of": new.again_of,
        "held": new.held,
        "attempt": 0,
        "created_at": now,
    }


def begin(connection: Connection, row: Mapping[Any, Any], gateway: str, until: int) -> bool:
    """Say that a message is being sent, before it is; False if somebody else was quicker."""
    mine = sa.and_(message_out.c.id == row["id"], message_out.c.state == QUEUED)
    values = {
        "state": SENDING,
        "sending_until": until,
        "attempt": message_out.c.attempt + 1,
        "gateway": gateway,
        "sent_at": clock.now_ms(),
        "error": None,
    }
    return connection.execute(sa.update(message_out).where(mine).values(**values)).rowcount == 1


def settle(connection: Connection, message_id: str, attempt: int, outcome: Outcome) -> None:
    """Write down what the gateway said to one attempt. A report that was quicker is not overruled."""
    if isinstance(outcome, Sent):
        if outcome.gateway_id:
            named = sa.update(message_out).where(message_out.c.id == message_id)
            connection.execute(named.values(gateway_id=outcome.gateway_id))
        move(connection, message_id, SENT)
    elif isinstance(outcome, Refused):
        move(connection, message_id, FAILED, outcome.reason)
    elif isinstance(outcome, NotTaken):
        _put_back(connection, message_id, attempt, outcome)
    else:
        move(connection, message_id, UNKNOWN, outcome.reason)


def move(connection: Connection, message_id: str, state: str, reason: str | None = None) -> bool:
    """Move a message forward to a state; False if as much or more is known of it already."""
    this = sa.and_(message_out.c.id == message_id, message_out.c.state.in_(behind(state)))
    return _move(connection, this, state, reason) == 1


def _move(connection: Connection, where: sa.ColumnElement[bool], state: str, reason: str | None) -> int:
    error = reason[:_REASON_MOST] if reason else None
    values = {"state": state, "error": error, "settled_at": clock.now_ms(), "sending_until": None, "filed": None}
    return connection.execute(sa.update(message_out).where(where).values(**values)).rowcount


def _put_back(connection: Connection, message_id: str, attempt: int, outcome: NotTaken) -> None:
    """The gateway certainly does not have it: wait, and try again. Only the attempt that was told so may say it."""
    this = sa.and_(
        message_out.c.id == message_id, message_out.c.state.in_((SENDING, UNKNOWN)), message_out.c.attempt == attempt
    )
    if attempt >= ATTEMPTS_MOST and not outcome.away:
        _move(connection, this, FAILED, outcome.reason)
        return
    wait_ms = min(FIRST_WAIT_MS << min(attempt - 1, 7), LONGEST_WAIT_MS)
    values: dict[str, Any] = {
        "state": QUEUED,
        "due_at": clock.now_ms() + (FIRST_WAIT_MS if outcome.away else wait_ms),
        "error": outcome.reason[:_REASON_MOST],
        "sending_until": None,
        "sent_at": None,
    }
    if outcome.away:
        values["attempt"] = message_out.c.attempt - 1  # it says nothing about the message
    connection.execute(sa.update(message_out).where(this).values(**values))


def give_up_lost(connection: Connection, now: int) -> int:
    """Messages whose worker ended in the midst of a call: nobody can tell whether they went out. Returns how many."""
    lost = sa.and_(message_out.c.state == SENDING, message_out.c.sending_until <= now)
    return _move(connection, lost, UNKNOWN, "worker-ended")


def hold_all(connection: Connection) -> int:
    """After history was lost: what waits here may have gone out since, and waits for a person (R35). Returns how many."""
    waiting = sa.and_(message_out.c.state == QUEUED, message_out.c.held.is_(None))
    held = connection.execute(sa.update(message_out).where(waiting).values(held=RESTORED)).rowcount
    return held + _move(connection, message_out.c.state == SENDING, UNKNOWN, RESTORED)


def has_work(connection: Connection, now: int) -> bool:
    """Whether something is due, or lost."""
    due = sa.and_(message_out.c.state == QUEUED, message_out.c.held.is_(None), message_out.c.due_at <= now)
    lost = sa.and_(message_out.c.state == SENDING, message_out.c.sending_until <= now)
    return any(connection.scalar(sa.select(message_out.c.id).where(one).limit(1)) is not None for one in (due, lost))


def next_due_at(connection: Connection, now: int) -> int | None:
    """When the next message falls due, in ms; None if there is none."""
    later = sa.and_(message_out.c.state == QUEUED, message_out.c.held.is_(None), message_out.c.due_at > now)
    found: int | None = connection.scalar(sa.select(sa.func.min(message_out.c.due_at)).where(later))
    return found


def postpone_quiet(connection: Connection, now: int) -> int:
    """In the quiet hours, put off all that is due until they end. Returns how many."""
    quiet = limits.load(connection).quiet
    if not quiet.holds(now):
        return 0
    due = sa.and_(message_out.c.state == QUEUED, message_out.c.due_at <= now)
    put_off = sa.update(message_out).where(due).values(due_at=quiet.first_after(now))
    return connection.execute(put_off).rowcount
