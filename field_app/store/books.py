"""The book store: the confirmed records of one book, under a key of their own. It can always be loaded anew.

A record is kept as it came, in JSON. Beside it stand columns derived from the declarations: its title, its moment (when it
happened), the words by which it is found, and what it refers to.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from field_app.store.database import Database, Row
from field_app.store.derived import declaration_mark, derive
from field_app.store.roster import Roster
from field_app.store.search import TRIGRAM, spelled, terms
from sync_protocol import json_text
from sync_protocol.chain import CHECK_MODULUS, check_item, check_text

T = TypeVar("T")
_PIECE = 500
_SCHEMA = """
CREATE TABLE IF NOT EXISTS about(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS record(
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, type TEXT NOT NULL, customer TEXT, rev INTEGER NOT NULL,
    ver TEXT NOT NULL, pos INTEGER NOT NULL, removed INTEGER NOT NULL, fields TEXT NOT NULL, author TEXT, at INTEGER,
    title TEXT NOT NULL, moment INTEGER NOT NULL, words TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS record_by_title ON record(type, title);
DROP INDEX IF EXISTS record_by_moment;
CREATE INDEX IF NOT EXISTS record_by_kind ON record(type, removed, moment);
CREATE INDEX IF NOT EXISTS record_below ON record(customer, type, moment);
CREATE TABLE IF NOT EXISTS link(
    record TEXT NOT NULL, field TEXT NOT NULL, target TEXT NOT NULL, PRIMARY KEY (record, field)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS link_target ON link(target);
CREATE VIRTUAL TABLE IF NOT EXISTS found USING fts5(words, content='record', content_rowid='number', tokenize='trigram')
"""
_COLUMNS = "id, type, customer, rev, ver, pos, removed, fields, author, at, moment"


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A record as the server last gave it. Args: at: ms, when it was last changed. moment: ms, when it happened."""

    id: str
    type: str
    customer: str | None
    book: str
    rev: int
    ver: str
    pos: int
    removed: bool
    fields: dict[str, Any]
    author: str | None
    at: int | None
    moment: int


class BookStore:
    """One book. Raises: WrongKey at opening, if the file is damaged or of another key: then it is loaded anew."""

    def __init__(self, path: Path, book: str, key: bytes, lock: threading.RLock) -> None:
        self.book = book
        self.database = Database(path, key, lock)
        self.database.script(_SCHEMA)
        self.roster = Roster(self.database)
        if self._about("declarations") != declaration_mark():
            self._derive_anew()

    def close(self) -> None:
        """Close the file, and forget the names that were spelled."""
        self.database.close()
        spelled.cache_clear()

    def _about(self, name: str) -> str | None:
        found: str | None = self.database.value("SELECT value FROM about WHERE name = ?", (name,))
        return found

    def _set_about(self, name: str, value: str) -> None:
        statement = "INSERT INTO about VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
        self.database.run(statement, (name, value))

    @property
    def cursor(self) -> str | None:
        """Up to where this file has the book."""
        return self._about("cursor")

    @property
    def snapshot(self) -> str | None:
        """The id of the snapshot that this file was loaded from, once it is in it whole."""
        return self._about("snapshot")

    def load(self, snapshot: str, records: Iterable[Mapping[str, Any]], cursor: str) -> None:
        """Fill the file from a snapshot, in one transaction: what was in it is gone."""
        with self.database.transaction():
            self.take_over(records=records, gone=(), cursor=cursor, anew=True)
            self._set_about("snapshot", snapshot)

    def check(self) -> dict[str, Any]:
        """`n` and `sum` of R30, kept along with every change."""
        return {"n": int(self._about("n") or 0), "sum": check_text(int(self._about("sum") or 0))}

    def check_anew(self) -> dict[str, Any]:
        """`n` and `sum`, computed from all the records."""
        rows = self.database.rows("SELECT id, ver FROM record")
        return {"n": len(rows), "sum": check_text(sum(check_item(record, ver) for record, ver in rows))}

    def take_over(
        self, *, records: Iterable[Mapping[str, Any]], gone: Iterable[str], cursor: str | None, anew: bool
    ) -> None:
        """The end of a round for this book, in one transaction; doing it twice comes to the same.

        Args: records: as on the wire. gone: ids that are no longer here. anew: what is not among `records` is gone.
        """
        with self.database.transaction():
            if anew:
                self._clear()
            count, total = int(self._about("n") or 0), int(self._about("sum") or 0)
            for part in _pieces(gone):
                for record_id, ver in self._delete(part):
                    count, total = count - 1, total - check_item(record_id, ver)
            for batch in _pieces(records):
                for record_id, ver in self._delete([record["id"] for record in batch]):
                    count, total = count - 1, total - check_item(record_id, ver)
                self._insert(batch)
                count, total = count + len(batch), total + sum(check_item(r["id"], r["ver"]) for r in batch)
            self._set_about("n", str(count))
            self._set_about("sum", str(total % CHECK_MODULUS))
            if cursor is not None:
                self._set_about("cursor", cursor)

    def _clear(self) -> None:
        self.database.run("INSERT INTO found(found) VALUES ('delete-all')")
        for table in ("record", "link", "about"):
            self.database.run(f"DELETE FROM {table}")  # noqa: S608
        self._set_about("declarations", declaration_mark())

    def _delete(self, records: Sequence[str]) -> list[tuple[str, str]]:
        """Delete those of these records that are here. Returns (record, ver) of each."""
        marks = ",".join("?" * len(records))
        rows = self.database.rows(f"SELECT id, ver, number, words FROM record WHERE id IN ({marks})", records)  # noqa: S608
        for record_id, _, number, words in rows:
            if words:
                self.database.run("INSERT INTO found(found, rowid, words) VALUES ('delete', ?, ?)", (number, words))
            self.database.run("DELETE FROM link WHERE record = ?", (record_id,))
            self.database.run("DELETE FROM record WHERE number = ?", (number,))
        return [(row[0], row[1]) for row in rows]

    def drop_content(self, record_id: str) -> None:
        """Destroy what a record says; its id and version stay, so that both sides still compare as equal."""
        with self.database.transaction():
            row = self.database.row("SELECT number, words FROM record WHERE id = ?", (record_id,))
            if row is None:
                return
            if row[1]:
                self.database.run("INSERT INTO found(found, rowid, words) VALUES ('delete', ?, ?)", (row[0], row[1]))
            self.database.run("DELETE FROM link WHERE record = ?", (record_id,))
            self.database.run("UPDATE record SET fields = '{}', title = '', words = '' WHERE number = ?", (row[0],))

    def _insert(self, batch: Sequence[Mapping[str, Any]]) -> None:
        first = self.database.value("SELECT coalesce(max(number), 0) + 1 FROM record")
        rows, words, links = [], [], []
        for number, record in enumerate(batch, first):
            kind, values = record["type"], record.get("fields") or {}
            derived = derive(kind, values, record.get("at") or 0)
            rows.append((
                number, record["id"], kind, record.get("customer"), record["rev"], record["ver"], record["pos"],
                int(bool(record["removed"])), json_text.dumps(values).decode(), record.get("by"),
                record.get("at"), derived.title, derived.moment, derived.words,
            ))  # fmt: skip
            if derived.words:
                words.append((number, derived.words))
            links += [(record["id"], *link) for link in derived.links]
        self.database.run_many(
            "INSERT INTO record(number, id, type, customer, rev, ver, pos, removed, fields, author, at, title, moment, words)"
            " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            rows,
        )
        self.database.run_many("INSERT INTO found(rowid, words) VALUES (?, ?)", words)
        self.database.run_many("INSERT INTO link VALUES (?,?,?)", links)

    def _derive_anew(self) -> None:
        """The declarations changed with an update of the app: the derived columns follow (R50)."""
        with self.database.transaction():
            self.database.run("INSERT INTO found(found) VALUES ('delete-all')")
            self.database.run("DELETE FROM link")
            for number, record_id, kind, fields, at in self.database.rows(
                "SELECT number, id, type, fields, at FROM record"
            ):
                derived = derive(kind, json_text.loads(fields), at or 0)
                self.database.run(
                    "UPDATE record SET title = ?, moment = ?, words = ? WHERE number = ?",
                    (derived.title, derived.moment, derived.words, number),
                )
                if derived.words:
                    self.database.run("INSERT INTO found(rowid, words) VALUES (?, ?)", (number, derived.words))
                self.database.run_many(
                    "INSERT INTO link VALUES (?,?,?)", [(record_id, *link) for link in derived.links]
                )
            self._set_about("declarations", declaration_mark())

    def has(self, record_id: str) -> bool:
        """Whether the record is in this book."""
        return self.database.row("SELECT 1 FROM record WHERE id = ?", (record_id,)) is not None

    def record(self, record_id: str) -> Confirmed | None:
        """The record of this id."""
        row = self.database.row(f"SELECT {_COLUMNS} FROM record WHERE id = ?", (record_id,))  # noqa: S608
        return None if row is None else self._confirmed(row)

    def records(self, wanted: Iterable[str]) -> list[Confirmed]:
        """Those of these records that are here."""
        found: list[Confirmed] = []
        for part in _pieces(wanted):
            found += self._select(f"id IN ({','.join('?' * len(part))})", part)
        return found

    def below(self, customer: str, type_name: str | None, limit: int) -> list[Confirmed]:
        """What belongs to a customer, newest first, the customer himself left out."""
        where, parameters = "customer = ? AND id <> customer AND removed = 0", [customer]
        if type_name is not None:
            where, parameters = where + " AND type = ?", [customer, type_name]
        return self._select(f"{where} ORDER BY moment DESC, id DESC LIMIT ?", [*parameters, limit])

    def recent(self, type_name: str, limit: int, since_ms: int = -(2**62)) -> list[Confirmed]:
        """Records of one type, newest first."""
        where = "type = ? AND moment >= ? AND removed = 0 ORDER BY moment DESC, id DESC LIMIT ?"
        return self._select(where, [type_name, since_ms, limit])

    def referring(self, target: str) -> list[Confirmed]:
        """Records that refer to `target` in any field."""
        where = "id IN (SELECT record FROM link WHERE target = ?) AND removed = 0 ORDER BY moment DESC, id DESC"
        return self._select(where, [target])

    def said_about(self, records: Sequence[str]) -> list[tuple[str, str, dict[str, Any], int]]:
        """(record, type, fields, moment) of the reviews and proposals of these records."""
        found = []
        for part in _pieces(records):
            marks = ",".join("?" * len(part))
            statement = (
                "SELECT l.target, r.type, r.fields, r.moment FROM link l JOIN record r ON r.id = l.record"  # noqa: S608
                f" WHERE l.target IN ({marks}) AND r.type IN ('review', 'proposal') AND l.field = 'of' AND r.removed = 0"
            )
            for target, kind, fields, moment in self.database.rows(statement, part):
                found.append((target, kind, json_text.loads(fields), moment))
        return found

    def search(self, type_name: str, text: str, limit: int) -> list[Confirmed]:
        """Records of one type in which all terms are found, those whose title begins with the text first, then by title."""
        where, parameters = ["type = ?", "removed = 0"], [type_name]
        wanted = terms(text)
        long_terms = [term for term in wanted if len(term) >= TRIGRAM]
        if long_terms:
            match = " ".join('"' + term.replace('"', '""') + '"' for term in long_terms)
            where.append("number IN (SELECT rowid FROM found WHERE found MATCH ?)")
            parameters.append(match)
        for term in wanted:
            if len(term) < TRIGRAM:
                where.append("words LIKE ? ESCAPE '\\'")
                parameters.append(f"%{_escaped(term)}%")
        order = "(title LIKE ? ESCAPE '\\') DESC, title, id"
        beginning = f"{_escaped(text.strip().casefold())}%"
        return self._select(f"{' AND '.join(where)} ORDER BY {order} LIMIT ?", [*parameters, beginning, limit])

    def versions(self) -> dict[str, str]:
        """Record -> version, removed records included: what the check sum is made of."""
        return dict(self.database.rows("SELECT id, ver FROM record"))

    def counts(self) -> dict[str, int]:
        """Type -> how many records are there and not removed."""
        return dict(self.database.rows("SELECT type, count(*) FROM record WHERE removed = 0 GROUP BY type"))

    def latest_moments(self, type_name: str, customers: Sequence[str]) -> dict[str, int]:
        """Customer -> moment of his newest record of this type, for those that have one."""
        found: dict[str, int] = {}
        for part in _pieces(customers):
            marks = ",".join("?" * len(part))
            statement = (
                f"SELECT customer, max(moment) FROM record WHERE type = ? AND removed = 0 AND customer IN ({marks})"  # noqa: S608
                " GROUP BY customer"
            )
            found.update(self.database.rows(statement, [type_name, *part]))
        return found

    def all_of(self, type_name: str) -> Iterator[Confirmed]:
        """All records of one type."""
        yield from self._select("type = ? AND removed = 0", [type_name])

    def _select(self, where: str, parameters: Sequence[Any]) -> list[Confirmed]:
        rows = self.database.rows(f"SELECT {_COLUMNS} FROM record WHERE {where}", parameters)  # noqa: S608
        return [self._confirmed(row) for row in rows]

    def _confirmed(self, row: Row) -> Confirmed:
        record_id, kind, customer, rev, ver, pos, removed, fields, author, at, moment = row
        return Confirmed(
            record_id,
            kind,
            customer,
            self.book,
            rev,
            ver,
            pos,
            bool(removed),
            json_text.loads(fields),
            author,
            at,
            moment,
        )


def _pieces(items: Iterable[T]) -> Iterator[list[T]]:
    """In lists of at most 500: what one statement takes."""
    rest = iter(items)
    while piece := list(islice(rest, _PIECE)):
        yield piece


def _escaped(term: str) -> str:
    return term.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
