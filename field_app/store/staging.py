"""Staging: the answers of a round that is not over yet, durable, so that a round is shown whole and survives a power cut.

Keyed by book and record: a later page overrides an earlier one, within a page a record wins over its departure. What is
said of a record in one book says nothing about another: the server tells both sides of a move in the same round.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from field_app.store.database import Database
from sync_protocol import json_text

_SCHEMA = """
CREATE TABLE IF NOT EXISTS staged_record(
    book TEXT NOT NULL, record TEXT NOT NULL, body BLOB, PRIMARY KEY (book, record)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS staged_verdict(id TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS staged_verdict_ids ON staged_verdict(id);
CREATE TABLE IF NOT EXISTS staged_cursor(book TEXT PRIMARY KEY, cursor TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS staged_member(name TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID
"""
SNAPSHOTS = "snapshots loaded"  # a member of our own: book -> id of the snapshot that its next store holds


@dataclass(frozen=True, slots=True)
class Staged:
    """One staged record. Args: body: None means that it leaves `book`."""

    record: str
    book: str
    body: dict[str, Any] | None


class Staging:
    """What was answered in the round that is under way."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.script(_SCHEMA)

    def is_empty(self) -> bool:
        """Whether nothing of a round is staged."""
        tables = ("staged_record", "staged_verdict", "staged_cursor", "staged_member")
        return not any(self._database.value(f"SELECT EXISTS (SELECT 1 FROM {table})") for table in tables)  # noqa: S608

    def take(
        self,
        *,
        records: Sequence[Mapping[str, Any]],
        left: Sequence[Mapping[str, str]],
        verdicts: Sequence[Mapping[str, Any]],
        cursors: Mapping[str, str],
        members: Mapping[str, Any],
    ) -> None:
        """Stage one answer; part of the caller's transaction.

        Args: members: the answer's members that count at the end of the round (scope, check, safe …).
        """
        self._database.run_many(
            "INSERT INTO staged_record VALUES (?, ?, ?) ON CONFLICT (book, record) DO UPDATE SET body = excluded.body",
            [(gone["book"], gone["record"], None) for gone in left]
            + [(record["book"], record["id"], json_text.dumps(record)) for record in records],
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

    def rows(self, book: str) -> Iterator[Staged]:
        """What is staged under one book, in pieces, so that a large first load does not fill the memory."""
        last = ""
        while True:
            found = self._database.rows(
                "SELECT record, book, body FROM staged_record WHERE book = ? AND record > ? ORDER BY record LIMIT 500",
                (book, last),
            )
            for record, in_book, body in found:
                yield Staged(record, in_book, None if body is None else json_text.loads(body))
            if len(found) < 500:
                return
            last = found[-1][0]

    def note_snapshot(self, book: str, snapshot_id: str, cursor: str) -> None:
        """A snapshot of this book was loaded beside its store: what was staged of the book before is in it. Part of the
        caller's transaction.
        """
        self._database.run("DELETE FROM staged_record WHERE book = ?", (book,))
        loaded = {**self.members().get(SNAPSHOTS, {}), book: snapshot_id}
        self.take(records=(), left=(), verdicts=(), cursors={book: cursor}, members={SNAPSHOTS: loaded})

    def verdicts(self) -> dict[str, dict[str, Any]]:
        """Set id -> verdict."""
        return {row[0]: json_text.loads(row[1]) for row in self._database.rows("SELECT id, body FROM staged_verdict")}

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
        for table in ("staged_record", "staged_verdict", "staged_cursor", "staged_member"):
            self._database.run(f"DELETE FROM {table}")  # noqa: S608
