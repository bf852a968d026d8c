"""Staging: the answers of a round that is not over yet, durable, so that a round is shown whole and survives a power cut.

Kept by book and in the order in which it came: a later page overrides an earlier one, within a page a record wins over its
departure. What is said of a record in one book says nothing about another: the server tells both sides of a move in the same round.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from field_app.store.database import Database
from sync_protocol import json_text

_SCHEMA = """
CREATE TABLE IF NOT EXISTS staged_page(number INTEGER PRIMARY KEY, book TEXT NOT NULL, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS staged_verdict(id TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS staged_verdict_ids ON staged_verdict(id);
CREATE TABLE IF NOT EXISTS staged_cursor(book TEXT PRIMARY KEY, cursor TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS staged_member(name TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID
"""
_LEVEL = 1  # of zlib: fewer bytes to encrypt, twice: secure_delete overwrites them when the round is over
SNAPSHOTS = "snapshots loaded"  # a member of our own: book -> id of the snapshot that its next store holds


@dataclass(frozen=True, slots=True)
class Page:
    """What one answer said of one book. Args: left: ids of records that are there no more. records: as on the wire. own: records
    that this device made, by the changes that made them."""

    left: list[str]
    records: list[dict[str, Any]]
    own: list[dict[str, Any]]


class Staging:
    """What was answered in the round that is under way."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.script(_SCHEMA)

    def is_empty(self) -> bool:
        """Whether nothing of a round is staged."""
        tables = ("staged_page", "staged_verdict", "staged_cursor", "staged_member")
        return not any(self._database.value(f"SELECT EXISTS (SELECT 1 FROM {table})") for table in tables)  # noqa: S608

    def take(
        self,
        *,
        records: Sequence[Mapping[str, Any]],
        own: Sequence[Mapping[str, Any]] = (),
        left: Sequence[Mapping[str, str]],
        verdicts: Sequence[Mapping[str, Any]],
        cursors: Mapping[str, str],
        members: Mapping[str, Any],
    ) -> None:
        """Stage one answer; part of the caller's transaction.

        Args: members: the answer's members that count at the end of the round (scope, check, safe …).
        """
        pages: dict[str, tuple[list[str], list[Mapping[str, Any]], list[Mapping[str, Any]]]] = {}
        for gone in left:
            pages.setdefault(gone["book"], ([], [], []))[0].append(gone["record"])
        for record in records:
            pages.setdefault(record["book"], ([], [], []))[1].append(record)
        for made in own:
            pages.setdefault(made["book"], ([], [], []))[2].append(made)
        self._database.run_many(
            "INSERT INTO staged_page(book, body) VALUES (?, ?)",
            [(book, zlib.compress(json_text.dumps(page), _LEVEL)) for book, page in pages.items()],
        )
        self._database.run_many(
            "INSERT INTO staged_verdict VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body",
            [(verdict["id"], json_text.dumps(verdict).decode()) for verdict in verdicts],
        )
        self._database.run_many(
            "INSERT INTO staged_cursor VALUES (?, ?) ON CONFLICT (book) DO UPDATE SET cursor = excluded.cursor",
            list(cursors.items()),
        )
        self._database.run_many(
            "INSERT INTO staged_member VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET body = excluded.body",
            [(name, json_text.dumps(value).decode()) for name, value in members.items()],
        )

    def pages(self, book: str) -> Iterator[Page]:
        """What is staged under one book, page by page in order, so that a large first load does not fill the memory."""
        numbers = self._database.rows("SELECT number FROM staged_page WHERE book = ? ORDER BY number", (book,))
        for (number,) in numbers:
            body = self._database.value("SELECT body FROM staged_page WHERE number = ?", (number,))
            yield Page(*json_text.loads(zlib.decompress(body)))

    def note_snapshot(self, book: str, snapshot_id: str, cursor: str) -> None:
        """A snapshot of this book was loaded beside its store: what was staged of the book before is in it. Part of the
        caller's transaction.
        """
        self._database.run("DELETE FROM staged_page WHERE book = ?", (book,))
        loaded = {**self.members().get(SNAPSHOTS, {}), book: snapshot_id}
        self.take(records=(), left=(), verdicts=(), cursors={book: cursor}, members={SNAPSHOTS: loaded})

    def verdicts(self) -> dict[str, dict[str, Any]]:
        """Set id -> verdict."""
        return {row[0]: json_text.loads(row[1]) for row in self._database.rows("SELECT id, body FROM staged_verdict")}

    def forget_verdicts(self, ids: Iterable[str], states: Collection[str]) -> None:
        """Verdicts of these sets count no more, if they are of these states."""
        if staged := self.answered().intersection(ids):
            gone = [
                (set_id,) for set_id, told in self.verdicts().items() if set_id in staged and told["state"] in states
            ]
            self._database.run_many("DELETE FROM staged_verdict WHERE id = ?", gone)

    def answered(self) -> set[str]:
        """Ids of the sets that have a verdict in this round."""
        return {row[0] for row in self._database.rows("SELECT id FROM staged_verdict")}

    def cursors(self) -> dict[str, str]:
        """Book -> cursor."""
        return dict(self._database.rows("SELECT book, cursor FROM staged_cursor"))

    def members(self) -> dict[str, Any]:
        """Name -> value of the answers' other members."""
        return {row[0]: json_text.loads(row[1]) for row in self._database.rows("SELECT name, body FROM staged_member")}

    def clear(self) -> None:
        """The round was taken over, or the server's history is another one. Part of the caller's transaction."""
        for table in ("staged_page", "staged_verdict", "staged_cursor", "staged_member"):
            self._database.run(f"DELETE FROM {table}")  # noqa: S608
