"""Devices without a device: they number sets and hand them to the server's services, one transaction each."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from server.services import books, clock, pull, push, waiting
from server.storage import stamps, tables
from server.storage.database import reading
from sync_protocol import chain, changes
from tests.head_office import HeadOffice
from tests.specification.small_office import VISIT


@dataclass
class Pocket:
    """What one person carries: device, numbers, and the changes that he makes."""

    office: HeadOffice
    login: str
    device: str = field(default_factory=clock.new_id)
    seq: int = 0

    @property
    def user(self) -> str:
        return self.office.users[self.login]

    @property
    def sender(self) -> push.Sender:
        return push.Sender(self.device, self.user)

    def change(self, op: str, type_name: str, record: str, customer: str | None, **members: Any) -> dict[str, Any]:
        """A change of the maintainer on the record as the server has it now; what is given counts instead."""
        known = stored(record)
        found = {"op": op, "type": type_name, "record": record, "customer": customer, "seat": "maintainer", "term": 1}
        return {**found, **({"base": known["ver"]} if known else {}), **members}

    def visit(self, customer: str, **members: Any) -> dict[str, Any]:
        return self.change("create", "visit", clock.new_id(), customer, set=VISIT, **members)

    def edit(self, customer: str, **values: Any) -> dict[str, Any]:
        return self.change("edit", "customer", customer, customer, set=values)

    def set(self, *made: dict[str, Any], book: str = "north", **changed: Any) -> dict[str, Any]:
        """A set in wire form."""
        parts = {"id": clock.new_id(), "author": self.user, "book": self.office.books.get(book, book)}
        parts |= {"made": f"{clock.now_ms()}-0", "action": "work", **changed}
        return changes.new_set(changes=made, **parts)

    def send(self, wire: dict[str, Any], seq: int | None = None) -> dict[str, Any]:
        """Hand over a set; its verdict."""
        self.seq = self.seq + 1 if seq is None else self.seq
        return push.push(self.sender, seq or self.seq, wire)

    def push(self, *made: dict[str, Any], book: str = "north") -> dict[str, Any]:
        return self.send(self.set(*made, book=book))

    def retry(self) -> None:
        waiting.retry_waiting(self.sender)

    def pull_all(self) -> tuple[list[pull.Page], dict[str, dict[str, Any]]]:
        """A whole round of pulls from nothing: its pages, and what one who applies them in order then holds."""
        held: dict[str, str] = {}
        pages, records = [], {}
        while True:
            with reading() as connection:
                page = pull.pull(connection, books.scope_of(connection, self.user), held, device=self.device)
            pages.append(page)
            records |= {record["id"]: record for record in page.records}
            held |= page.cursors
            if not page.more:
                return pages, records


@dataclass
class Desk:
    """The one who looks into the office's database."""

    office: HeadOffice

    def pocket(self, login: str) -> Pocket:
        return Pocket(self.office, login)

    def book(self, name: str) -> str:
        return self.office.books[name]

    def notices(self, login: str) -> list[dict[str, Any]]:
        """What lies on a user's desk, in the order in which it came."""
        where = books.desk(self.office.users[login])
        query = sa.select(tables.record).where(tables.record.c.book_id == where).order_by(tables.record.c.pos)
        with reading() as connection:
            return [json.loads(row["fields"]) for row in connection.execute(query).mappings()]

    def verify(self, book: str) -> int:
        """That positions have no gaps, the chain is unbroken, and count and sum are those of the records. Returns: the head's position."""
        log, body, record = tables.log, tables.log_body, tables.record
        with reading() as connection:
            row = connection.execute(sa.select(tables.book).where(tables.book.c.id == book)).mappings().one()
            join = log.join(body, sa.and_(body.c.book_id == log.c.book_id, body.c.pos == log.c.pos))
            query = sa.select(log, body.c.body).select_from(join).where(log.c.book_id == book).order_by(log.c.pos)
            entries = connection.execute(query).mappings().all()
            records = connection.execute(sa.select(record).where(record.c.book_id == book)).mappings().all()
        assert [entry["pos"] for entry in entries] == list(range(1, row["pos"] + 1))
        head = chain.FIRST_HASH
        for entry in entries:
            assert hashlib.sha256(entry["body"].encode()).hexdigest() == entry["digest"]
            head = chain.next_hash(head, entry["pos"], entry["digest"])
            assert entry["hash"] == head
        assert row["head"] == head
        assert row["check_n"] == len(records)
        assert row["check_sum"] == chain.check_text(sum(chain.check_item(r["id"], r["ver"]) for r in records))
        versions = {entry["record"]: (entry["rev"], entry["ver"]) for entry in entries if entry["rev"]}
        assert {r["id"]: (r["rev"], r["ver"]) for r in records} == versions
        return int(row["pos"])


def stored(record: str) -> dict[str, Any] | None:
    """A record as the database has it."""
    with reading() as connection:
        row = connection.execute(sa.select(tables.record).where(tables.record.c.id == record)).mappings().first()
    return {**row, "fields": json.loads(row["fields"]), "stamps": stamps.unpacked(row["stamps"])} if row else None


def change_set(set_id: str) -> dict[str, Any] | None:
    """The row of a set."""
    with reading() as connection:
        row = (
            connection.execute(sa.select(tables.change_set).where(tables.change_set.c.id == set_id)).mappings().first()
        )
    return dict(row) if row else None
