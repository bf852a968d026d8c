"""Replies: filed as a contact into the customer's register; who is not known goes to a tray; some words mean no more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from server.services import clock, jobs, parts, push, users
from server.services.messaging import limits, opting_out
from server.services.messaging.gateways.base import Reply
from server.storage.database import is_sqlite, reading, writing
from server.storage.message_tables import message_in, message_out
from server.storage.tables import place
from server.storage.typed import typed_table
from sync_protocol.identity import derived_id
from sync_protocol.messaging.phones import phone_key

FILE_JOB = "file_messages"
FILED, TRAY, DISMISSED, TO_FILE = "filed", "tray", "dismissed", "to-file"
LONGEST_TEXT = 2000
_TAIL = 4  # digits by which the table is searched before numbers are compared in full


def take(connection: Connection, gateway: str, reply: Reply) -> str | None:
    """Keep a reply, and see whose it is. Returns: its id; None if the gateway told us of it before."""
    key = phone_key(reply.phone, parts.config().sms.country)
    customer = customer_of(connection, key)
    row = {
        "id": clock.new_id(),
        "gateway": gateway,
        "gateway_id": reply.gateway_id,
        "phone": reply.phone[:40],
        "phone_key": key,
        "text": _clean(reply.text),
        "received_at": reply.at or clock.now_ms(),
        "customer": customer,
        "state": TO_FILE if customer else TRAY,
    }
    insert = sqlite.insert(message_in) if is_sqlite(connection) else postgresql.insert(message_in)
    added = connection.execute(insert.values(row).on_conflict_do_nothing().returning(message_in.c.id))
    message_id: str | None = added.scalar_one_or_none()
    if message_id is None:
        return None
    if key and limits.load(connection).is_stop(reply.text):
        opting_out.stop(connection, key, reply.text.strip())
    if customer:
        jobs.ask_for(connection, FILE_JOB)
    return message_id


def _clean(text: str) -> str:
    """The text without what no field may hold."""
    kept = "".join(c for c in text if c in "\n\t" or (c >= " " and c != "\x7f" and not "\ud800" <= c <= "\udfff"))
    return kept[:LONGEST_TEXT]


def customer_of(connection: Connection, key: str) -> str | None:
    """The customer who has this number: to whom we wrote last, if several have it; None if nobody has it."""
    if not key:
        return None
    wrote = sa.select(message_out.c.customer).where(message_out.c.phone_key == key, message_out.c.customer.is_not(None))
    last: str | None = connection.scalar(wrote.order_by(message_out.c.created_at.desc()).limit(1))
    if last is not None:
        return last
    table = typed_table("customer")
    tail = "%" + "%".join(key[-_TAIL:]) + "%"
    query = sa.select(table.c.id, table.c.contact_phone, table.c.second_phone).where(
        table.c.removed.is_(False), sa.or_(table.c.contact_phone.like(tail), table.c.second_phone.like(tail))
    )
    country = parts.config().sms.country
    found = [row.id for row in connection.execute(query) if key in _keys(row, country)]
    return found[0] if len(found) == 1 else None


def _keys(row: Any, country: str) -> set[str]:
    return {phone_key(row.contact_phone, country), phone_key(row.second_phone, country)}


def file_all(limit: int = 100) -> int:
    """Write the replies whose customer is known into his register. May run twice. Returns how many."""
    with reading() as connection:
        query = sa.select(message_in).where(message_in.c.state == TO_FILE).order_by(message_in.c.received_at)
        rows = [dict(row) for row in connection.execute(query.limit(limit)).mappings()]
    for row in rows:
        _file(row)
    return len(rows)


def _file(row: Mapping[str, Any]) -> None:
    with reading() as connection:
        book = connection.scalar(sa.select(place.c.book_id).where(place.c.record == row["customer"]))
    verdict = push.office_push(users.SYSTEM, book, "file reply", [_contact(row)], system=True) if book else None
    state = FILED if verdict and verdict["state"] in ("applied", "merged") else TRAY
    with writing() as connection:
        this = sa.update(message_in).where(message_in.c.id == row["id"], message_in.c.state == TO_FILE)
        connection.execute(this.values(state=state, book_id=book))


def _contact(row: Mapping[str, Any]) -> dict[str, Any]:
    values = {
        "channel": "sms",
        "contacted_at": row["received_at"],
        "purpose": "contact",
        "initiative": "theirs",
        "content": row["text"] or "–",
        "person_phone": row["phone"],
    }
    try_phone = row["phone"].lstrip("+")
    if not try_phone.isdigit() or not 4 <= len(try_phone) <= 31:
        values.pop("person_phone")
    return {
        "op": "create",
        "type": "contact_record",
        "record": derived_id("reply", row["id"]),
        "customer": row["customer"],
        "seat": "maintainer",
        "term": 0,
        "set": values,
    }


def assign(connection: Connection, message_id: str, customer: str, by: str) -> bool:
    """Say whose message of the tray this is; it is filed there. False if it is not in the tray any more."""
    this = sa.and_(message_in.c.id == message_id, message_in.c.state == TRAY)
    values = {"customer": customer, "state": TO_FILE, "by": by}
    done = connection.execute(sa.update(message_in).where(this).values(**values)).rowcount == 1
    if done:
        jobs.ask_for(connection, FILE_JOB)
    return done


def dismiss(connection: Connection, message_id: str, by: str) -> bool:
    """Take a message out of the tray without filing it; it is kept. False if it is not there any more."""
    this = sa.and_(message_in.c.id == message_id, message_in.c.state == TRAY)
    return connection.execute(sa.update(message_in).where(this).values(state=DISMISSED, by=by)).rowcount == 1


def tray(connection: Connection, limit: int = 100) -> list[dict[str, Any]]:
    """The messages of people whom nobody knows, the newest first."""
    query = sa.select(message_in).where(message_in.c.state == TRAY).order_by(message_in.c.received_at.desc())
    return [dict(row) for row in connection.execute(query.limit(limit)).mappings()]
