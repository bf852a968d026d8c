"""A book under its lock, for what the server itself writes there beside change sets: hand-overs and moves.

Positions, chain and check sum go on exactly as behind a change set, so that whoever audits a log needs to know one rule.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.storage import tables
from server.storage.database import is_sqlite
from sync_protocol import chain
from sync_protocol.canonical import canonical
from sync_protocol.identity import derived_id

AT_A_TIME = 500


class Version(NamedTuple):
    """A record as a log names it."""

    id: str
    type: str
    customer: str | None
    rev: int
    ver: str
    removed: bool


class LockedBook:
    """A book whose row this transaction holds. Nothing is stored before `save`."""

    def __init__(self, row: Mapping[Any, Any]) -> None:
        self.id: str = row["id"]
        self.kind: str = row["kind"]
        self.name: str = row["name"]
        self.pos: int = row["pos"]
        self._head: str = row["head"]
        self._check_n: int = row["check_n"]
        self._check_sum = int(row["check_sum"], 16)
        self._left_pos: int = row["left_pos"]
        self._devices: dict[str, str] = {}
        self._rows: list[dict[str, Any]] = []
        self._bodies: list[dict[str, Any]] = []

    def append(
        self,
        kind: str,
        *,
        set_id: str,
        n: int,
        by: str,
        at: int,
        values: Mapping[str, Any],
        record_id: str = "",
        record: Version | None = None,
    ) -> int:
        """Write one entry. Args: record: as it is afterwards, if the entry gives it a new version. Returns: its position."""
        named = {"set": set_id, "n": n, "kind": kind, "record": record_id}
        version = {"rev": record.rev if record else 0, "ver": record.ver if record else ""}
        about = {"type": record.type if record else None, "customer": record.customer if record else None}
        author = {"author": by, "device": self._device_of(by), "seq": 0, "time": at}
        body = canonical(
            {"book": self.id, "pos": self.pos + 1, **named, **about, **version, **author, "values": dict(values)}
        )
        digest = hashlib.sha256(body).hexdigest()
        self.pos += 1
        self._head = chain.next_hash(self._head, self.pos, digest)
        row = {"book_id": self.id, "pos": self.pos, "set_id": set_id, "n": n, "kind": kind, "record": record_id}
        self._rows.append({**row, **version, "author": by, "at": at, "digest": digest, "hash": self._head})
        self._bodies.append({"book_id": self.id, "pos": self.pos, "body": body.decode()})
        return self.pos

    def _device_of(self, user: str) -> str:
        if user not in self._devices:
            self._devices[user] = derived_id("office", user)
        return self._devices[user]

    def gain(self, record: str, ver: str) -> None:
        """A record lies here from now on (R30)."""
        self._check_n += 1
        self._check_sum += chain.check_item(record, ver)

    def lose(self, record: str, ver: str) -> None:
        """A record lies here no more; who has no newer snapshot than this must be told (R27)."""
        self._check_n -= 1
        self._check_sum -= chain.check_item(record, ver)
        self._left_pos = self.pos

    def replace(self, record: str, before: str, after: str) -> None:
        """A record that lies here got a new version."""
        self._check_sum += chain.check_item(record, after) - chain.check_item(record, before)

    def departed(self) -> None:
        """What was written last tells of a departure, also of records that never lay here (R27)."""
        self._left_pos = self.pos

    def save(self, connection: Connection) -> None:
        """Store the entries and what they make of the book."""
        for start in range(0, len(self._rows), AT_A_TIME):
            connection.execute(sa.insert(tables.log), self._rows[start : start + AT_A_TIME])
            connection.execute(sa.insert(tables.log_body), self._bodies[start : start + AT_A_TIME])
        self._rows, self._bodies = [], []
        values = {"pos": self.pos, "head": self._head, "left_pos": self._left_pos}
        values |= {"check_n": self._check_n, "check_sum": chain.check_text(self._check_sum)}
        connection.execute(sa.update(tables.book).where(tables.book.c.id == self.id).values(**values))


def lock_books(connection: Connection, ids: Iterable[str]) -> dict[str, sa.RowMapping]:
    """Lock these books in the order of their ids, as every writer does. Returns: those that there are."""
    query = sa.select(tables.book).where(tables.book.c.id.in_(sorted(set(ids)))).order_by(tables.book.c.id)
    if not is_sqlite(connection):
        query = query.with_for_update(key_share=True)
    return {row["id"]: row for row in connection.execute(query).mappings()}
