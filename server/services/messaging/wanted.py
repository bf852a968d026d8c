"""Messages that people wrote in the field app: they come as records of their customer's file, and go into the outbox."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import epochs, push, users
from server.services.messaging import outbox
from server.services.messaging.outbox import New, NotSendable
from server.storage.database import reading, writing
from server.storage.message_tables import message_out
from server.storage.typed import typed_table
from sync_protocol.acts import may
from sync_protocol.messaging.states import FAILED

JOB = "take_up_messages"
AT_A_TIME = 200


def _untold() -> sa.ColumnElement[bool]:
    table = typed_table("message")
    known = sa.select(message_out.c.id).where(message_out.c.id == table.c.id).exists()
    return sa.and_(table.c.state.is_(None), table.c.removed.is_(False), ~known)


def has_work(connection: Connection, _now: int) -> bool:
    """Whether a device has sent a message that is not in the outbox."""
    table = typed_table("message")
    return connection.scalar(sa.select(table.c.id).where(_untold()).limit(1)) is not None


def take_up() -> int:
    """Put into the outbox what devices have sent; what cannot go says so in its record. May run twice. Returns how many."""
    table = typed_table("message")
    with reading() as connection:
        rows = connection.execute(sa.select(table).where(_untold()).limit(AT_A_TIME)).mappings().all()
        phones = _phones(connection, [row["customer"] for row in rows if not row["person_phone"]])
    for row in rows:
        reason = _queue(row, row["person_phone"] or phones.get(row["customer"], ""))
        if reason:
            _say_why(row, reason)
    return len(rows)


def _phones(connection: Connection, customers: list[str]) -> dict[str, str]:
    table = typed_table("customer")
    query = sa.select(table.c.id, table.c.contact_phone).where(table.c.id.in_(customers))
    return {row.id: row.contact_phone or "" for row in connection.execute(query)}


def _queue(row: Mapping[Any, Any], phone: str) -> str:
    """Put one into the outbox. Returns: why not; "" if it is there."""
    author = users.by_id(row["made_by"])
    if author is None or not author.active or not may(author.roles, "send_one_message"):
        return "not-allowed"
    new = New(
        author=row["made_by"],
        phone=phone,
        text=row["content"] or "",
        book=row["book_id"],
        customer=row["customer"],
        due_at=row["send_at"],
        template=row["template"],
        id=row["id"],
        held=outbox.RESTORED if _is_of_a_lost_life(row["written_at"]) else None,
    )
    try:
        with writing() as connection:
            outbox.queue(connection, new)
    except NotSendable as error:
        return str(error)
    return ""


def _is_of_a_lost_life(written_at: int | None) -> bool:
    """Whether it was written before history was lost: a device offers it again, and it may have gone out already (R35, R38)."""
    with reading() as connection:
        lost_at = epochs.lost_history_at(connection)
    return lost_at is not None and (written_at or 0) < lost_at


def _say_why(row: Mapping[Any, Any], reason: str) -> None:
    change = {
        "op": "edit",
        "type": "message",
        "record": row["id"],
        "customer": row["customer"],
        "seat": "maintainer",
        "term": 0,
        "set": {"state": FAILED, "problem": reason},
    }
    push.office_push(users.SYSTEM, row["book_id"], "message not sent", [change], system=True)
