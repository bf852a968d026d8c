"""What became of messages, written where the customer's file shows it: a record `message` each, in the customer's book."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import push, users
from server.services.messaging import replies
from server.storage.database import reading, writing
from server.storage.message_tables import message_in, message_out
from server.storage.tables import place, record
from sync_protocol.messaging.states import DELIVERED, FAILED, SENT, UNKNOWN

AT_A_TIME = 100
_TOLD = (UNKNOWN, SENT, FAILED, DELIVERED)
_OF_CUSTOMERS = sa.and_(
    message_out.c.filed.is_(None), message_out.c.customer.is_not(None), message_out.c.state.in_(_TOLD)
)
NOWHERE = "nowhere"


def has_work(connection: Connection, _now: int) -> bool:
    """Whether the register lacks something."""
    to_file = sa.select(message_in.c.id).where(message_in.c.state == replies.TO_FILE).limit(1)
    told = sa.select(message_out.c.id).where(_OF_CUSTOMERS).limit(1)
    return any(connection.scalar(query) is not None for query in (to_file, told))


def file_all() -> int:
    """Bring the register to what is known of messages sent and received. May run twice. Returns how many."""
    filed = replies.file_all()
    with reading() as connection:
        query = sa.select(message_out).where(_OF_CUSTOMERS).order_by(message_out.c.settled_at).limit(AT_A_TIME * 5)
        rows = connection.execute(query).mappings().all()
        books = _books(connection, [row["customer"] for row in rows])
        there = set(connection.scalars(sa.select(record.c.id).where(record.c.id.in_([row["id"] for row in rows]))))
    by_book = defaultdict(list)
    for row in rows:
        by_book[books.get(row["customer"], "")].append(row)
    for book, some in by_book.items():
        for start in range(0, len(some), AT_A_TIME):
            _file(book, some[start : start + AT_A_TIME], there)
    return filed + len(rows)


def _books(connection: Connection, customers: Sequence[str]) -> dict[str, str]:
    query = sa.select(place.c.record, place.c.book_id).where(place.c.record.in_(customers))
    return {row.record: row.book_id for row in connection.execute(query)}


def _file(book: str, rows: Sequence[Mapping[Any, Any]], there: set[str]) -> None:
    """One change set; where it is not taken as a whole, each message alone, so that one cannot hold up the others."""
    changes = [_change(row, known=row["id"] in there) for row in rows]
    taken = bool(book) and _is_taken(book, changes)
    for row, change in zip(rows, changes, strict=True):
        alone = taken or (bool(book) and len(rows) > 1 and _is_taken(book, [change]))
        with writing() as connection:  # unless it has moved on meanwhile
            same = sa.and_(message_out.c.id == row["id"], message_out.c.state == row["state"])
            filed = row["state"] if alone else NOWHERE
            connection.execute(sa.update(message_out).where(same).values(filed=filed, book_id=book or row["book_id"]))


def _is_taken(book: str, changes: list[dict[str, Any]]) -> bool:
    verdict = push.office_push(users.SYSTEM, book, "file messages", changes, system=True)
    return verdict["state"] in ("applied", "merged")


def _change(row: Mapping[Any, Any], *, known: bool) -> dict[str, Any]:
    fate = {
        "state": row["state"],
        "parts": row["parts"],
        "problem": (row["error"] or None) if row["state"] in (FAILED, UNKNOWN) else None,
        "settled_at": row["settled_at"],
    }
    values = fate if known else {**_content(row), **{name: value for name, value in fate.items() if value is not None}}
    return {
        "op": "edit" if known else "create",
        "type": "message",
        "record": row["id"],
        "customer": row["customer"],
        "seat": "maintainer",
        "term": 0,
        "set": values,
    }


def _content(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        "content": row["text"],
        "written_at": row["sent_at"] or row["created_at"],
        "person_phone": row["phone"],
        "kind": row["kind"],
    }
