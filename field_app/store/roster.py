"""The roster: one lean row per customer of a book, with all that lists, search and reminders ask for.

The records of a round lie scattered among the history of two years; the roster lies together, so that the whole of it is read
in the time of one screen. Triggers note whose row is out of date, whatever writes the records; reading brings it up to date.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from field_app.store.database import Database
from sync_protocol import json_text
from sync_protocol.reminders.history import HISTORY_TYPES, digest

_PIECE = 250
_TYPES = ", ".join(f"'{name}'" for name in ("customer", *HISTORY_TYPES))
SCHEMA = f"""
CREATE TABLE IF NOT EXISTS roster(
    number INTEGER PRIMARY KEY, customer TEXT NOT NULL UNIQUE, title TEXT NOT NULL, words TEXT NOT NULL, fields TEXT NOT NULL,
    happened TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS roster_stale(customer TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TRIGGER IF NOT EXISTS roster_insert AFTER INSERT ON record WHEN new.customer IS NOT NULL AND new.type IN ({_TYPES})
BEGIN INSERT OR IGNORE INTO roster_stale VALUES (new.customer); END;
CREATE TRIGGER IF NOT EXISTS roster_update AFTER UPDATE ON record WHEN new.type = 'customer'
BEGIN INSERT OR IGNORE INTO roster_stale VALUES (new.customer); END;
CREATE TRIGGER IF NOT EXISTS roster_delete AFTER DELETE ON record WHEN old.customer IS NOT NULL AND old.type IN ({_TYPES})
BEGIN INSERT OR IGNORE INTO roster_stale VALUES (old.customer); END
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Line:
    """One customer as the roster has him. Args: title, words: by which he is sorted and found. happened: the digest of his
    history, as `sync_protocol.reminders.history_of` takes it. source: equal as long as the row is.
    """

    customer: str
    title: str
    words: str
    fields: dict[str, Any]
    happened: list[tuple[str, str, dict[str, Any]]]
    source: int


class Roster:
    """The roster of one book."""

    def __init__(self, database: Database) -> None:
        self._database = database
        is_new = database.value("SELECT 1 FROM sqlite_master WHERE name = 'roster'") is None
        database.script(SCHEMA)
        if is_new:
            database.run("INSERT OR IGNORE INTO roster_stale SELECT id FROM record WHERE type = 'customer'")

    def refresh(self) -> None:
        """Make the rows anew that are out of date."""
        while self.refresh_some():
            pass

    def refresh_some(self) -> bool:
        """Make some rows anew, in a moment of their own, so that nobody waits long. Returns whether others are left."""
        with self._database.lock:
            stale = [row[0] for row in self._database.rows(f"SELECT customer FROM roster_stale LIMIT {_PIECE}")]  # noqa: S608
            if not stale:
                return False
            with self._database.transaction():
                self._make(stale)
                self._database.run_many("DELETE FROM roster_stale WHERE customer = ?", [(one,) for one in stale])
            return len(stale) == _PIECE

    def _make(self, customers: Sequence[str]) -> None:
        marks = ",".join("?" * len(customers))
        files = self._database.rows(
            f"SELECT id, title, words, fields FROM record WHERE id IN ({marks}) AND type = 'customer' AND removed = 0",  # noqa: S608
            customers,
        )
        happened: defaultdict[str, list[tuple[str, str, dict[str, Any]]]] = defaultdict(list)
        read = [name for name in HISTORY_TYPES if name != "order"]
        types = ",".join("?" * len(read))
        for customer, record, type, fields in self._database.rows(
            f"SELECT customer, id, type, fields FROM record INDEXED BY record_below WHERE customer IN ({marks})"  # noqa: S608
            f" AND type IN ({types}) AND removed = 0",
            [*customers, *read],
        ):
            happened[customer].append((record, type, json_text.loads(fields)))
        for (
            customer,
            ordered_at,
        ) in self._database.rows(  # of an order only its moment counts: its lines need not be read
            f"SELECT customer, max(moment) FROM record INDEXED BY record_below WHERE customer IN ({marks})"  # noqa: S608
            " AND type = 'order' AND removed = 0 GROUP BY customer",
            customers,
        ):
            happened[customer].append(("", "order", {"ordered_at": ordered_at}))
        self._database.run(f"DELETE FROM roster WHERE customer IN ({marks})", customers)  # noqa: S608
        self._database.run_many(
            "INSERT INTO roster(customer, title, words, fields, happened) VALUES (?,?,?,?,?)",
            [(*file, json_text.dumps(digest(happened[file[0]])).decode()) for file in files],
        )

    def lines(self, known: dict[str, Line] | None = None) -> list[Line]:
        """All customers of the book, as they are now. Args: known: lines of before, taken again where nothing changed."""
        self.refresh()
        before, found = known or {}, []
        for customer, title, words, fields, happened in self._database.rows(
            "SELECT customer, title, words, fields, happened FROM roster ORDER BY number"
        ):
            line, source = before.get(customer), hash((words, fields, happened))
            if line is None or line.source != source:
                line = Line(
                    customer, title, words, json_text.loads(fields),
                    [(record, type, values) for record, type, values in json_text.loads(happened)], source,
                )  # fmt: skip
            found.append(line)
        return found


def marks(outbox: Database) -> dict[str, tuple[Any, ...]]:
    """Customer -> (record, seq, state, outcome) of what the outbox shows on him and below him; equal as long as that is."""
    found: defaultdict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for customer, *mark in outbox.rows(
        "SELECT t.customer, t.record, t.seq, c.state, c.outcome FROM change_set c JOIN touched t ON t.seq = c.seq"  # noqa: S608
        f" WHERE t.customer IS NOT NULL AND t.type IN ({_TYPES}) AND c.body IS NOT NULL"
        " AND (c.state IN ('ready', 'waiting', 'parked', 'refused') OR (c.state = 'settled' AND c.outcome = 'proposed'))"
        " ORDER BY t.seq, t.n"
    ):
        found[customer].append(tuple(mark))
    return {customer: tuple(all_) for customer, all_ in found.items()}
