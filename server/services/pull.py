"""One page of a pull: verdicts, records, departures and scope, all from one snapshot of the database (protocol §7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import books, cursors, epochs, push_verdict, snapshots
from server.services.push_claim import row_of
from server.services.wire_records import record_wire
from server.storage import tables
from server.storage.database import among
from sync_protocol.changes import DECISIONS

PAGE_ITEMS = 1000
PAGE_BYTES = 2 * 1024 * 1024
OWN_BYTES = 200


_HEADS = sa.select(tables.book).where(tables.book.c.id.in_(sa.bindparam("books", expanding=True)))
_WANTED = (
    sa.select(tables.blob.c.book_id, tables.blob.c.sha256)
    .where(tables.blob.c.state == "wanted", tables.blob.c.device_id == sa.bindparam("device"))
    .limit(PAGE_ITEMS)
)
_VERDICTS = sa.select(tables.change_set.c.id, tables.change_set.c.verdict, tables.change_set.c.digest).where(
    tables.change_set.c.author == sa.bindparam("author"), tables.change_set.c.state != "open"
)


def _behind(table: sa.Table, *unread: str) -> sa.Select[Any]:
    """What lies behind a position of a book, in order. Args: unread: columns that no device gets."""
    here = (table.c.book_id == sa.bindparam("book"), table.c.pos > sa.bindparam("after"))
    return (
        sa.select(*(column for column in table.c if column.name not in unread))
        .where(*here)
        .order_by(table.c.pos)
        .limit(sa.bindparam("most"))
    )


_RECORDS_BEHIND, _LEFT_BEHIND = _behind(tables.record, "stamps", "made_by"), _behind(tables.left_book)


class Own(NamedTuple):
    """A change that made a record, in a set that the device has just sent. `customer`: as the change has him."""

    set: str
    n: int
    customer: str | None


def made_by(sets: Sequence[Mapping[str, Any]], verdicts: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], Own]:
    """(book, record) -> the change that made it, of the open sets of a request that were applied as they are."""
    applied = {verdict["id"] for verdict in verdicts if verdict["state"] == "applied"}
    found = {}
    for wire in (
        item["set"] for item in sets if isinstance(item.get("set"), dict) and item["set"].get("id") in applied
    ):
        if any(change["op"] in DECISIONS for change in wire["changes"]):
            continue
        for change in wire["changes"]:
            if change["op"] == "create":
                found[wire["book"], change["record"]] = Own(wire["id"], change["n"], change.get("customer"))
    return found


@dataclass(slots=True)
class Page:
    """What one answer carries of the books. Args: lacking: large books that a snapshot should have carried.
    made: (book, record) -> what the device can make again."""

    records: list[dict[str, Any]] = field(default_factory=list)
    own: list[dict[str, Any]] = field(default_factory=list)
    left: list[dict[str, Any]] = field(default_factory=list)
    since: dict[str, str] = field(default_factory=dict)
    cursors: dict[str, str] = field(default_factory=dict)
    check: dict[str, dict[str, Any]] = field(default_factory=dict)
    want: list[dict[str, str]] = field(default_factory=list)
    snapshots: dict[str, dict[str, Any]] = field(default_factory=dict)
    more: bool = False
    bytes: int = 0
    lacking: list[str] = field(default_factory=list)
    made: Mapping[tuple[str, str], Own] = field(default_factory=dict)


def pull(
    connection: Connection,
    scope: books.Scope,
    held: Mapping[str, str],
    *,
    device: str,
    loads_snapshots: bool = False,
    own: Mapping[tuple[str, str], Own] | None = None,
) -> Page:
    """Everything after the device's cursors, one page of it.

    Args: held: book -> cursor, as the device sent them. device: whose photos are asked for. loads_snapshots: whether the
        device takes a large book as a file; of those that have one, nothing is on the page. own: what the device can make
        again of a set that it has just sent.
    Returns: the page; `more` is false only if all books of the scope are at their heads in this snapshot (R24).
    Raises: cursors.Contradicted, if a cursor of ours contradicts the log: this server lost history.
    """
    page, lives = Page(made=own or {}), epochs.lives(connection)
    heads = {row["id"]: row for row in connection.execute(_HEADS, {"books": list(scope)}).mappings()}
    for book_id in sorted(scope):
        if loads_snapshots and is_first_load(heads[book_id], held.get(book_id, cursors.NOTHING), lives):
            snapshot = snapshots.usable(connection, heads[book_id])
            if snapshot is not None:
                page.snapshots[book_id] = snapshot.to_wire()
                page.more = True
                continue
            page.lacking.append(book_id)
        _pull_book(connection, heads[book_id], held.get(book_id, cursors.NOTHING), page, lives)
    if not page.more:
        if page.cursors:  # all books: one of them may have come to its head on an earlier page of this round
            page.check = {book: {"n": row["check_n"], "sum": row["check_sum"]} for book, row in heads.items()}
        page.want = _wanted(connection, device)
    return page


def is_first_load(book: sa.RowMapping, text: str, lives: Sequence[epochs.Life]) -> bool:
    """Whether this cursor asks for a large book from the beginning."""
    cursor = cursors.read(book["id"], text, lives)
    from_the_beginning = cursor is None or cursor.pos == 0 or cursor.pos < book["floor"]
    return bool(from_the_beginning and book["check_n"] > snapshots.RECORDS_FROM)


def _pull_book(
    connection: Connection, book: sa.RowMapping, text: str, page: Page, lives: Sequence[epochs.Life]
) -> None:
    cursor = cursors.read(book["id"], text, lives)
    pos = cursor.pos if cursor is not None else 0
    if cursor is not None and not _agrees(connection, book, cursor):
        raise cursors.Contradicted(book["id"], lives[0].id)
    if cursor is not None and pos < book["floor"]:
        pos = 0
    if pos == book["pos"] and cursor is not None:
        return
    room = PAGE_ITEMS - len(page.records) - len(page.own) - len(page.left)
    if room <= 0 or page.bytes >= PAGE_BYTES:
        page.more = True
        return
    last, whole = _items(connection, book["id"], pos, room, page)
    page.since[book["id"]] = text
    at, head = (book["pos"], book["head"]) if whole else (last, cursors.hash_at(connection, book["id"], last))
    page.cursors[book["id"]] = cursors.issue(book["id"], at, head, lives[0].id)
    page.more = page.more or not whole


def _agrees(connection: Connection, book: sa.RowMapping, cursor: cursors.Cursor) -> bool:
    if cursor.pos >= book["pos"]:
        return cursor.pos == book["pos"] and bool(book["head"][: cursors.HEAD_DIGITS] == cursor.head)
    return cursors.hash_at(connection, book["id"], cursor.pos)[: cursors.HEAD_DIGITS] == cursor.head


def _items(connection: Connection, book_id: str, pos: int, room: int, page: Page) -> tuple[int, bool]:
    """Put what lies behind `pos` on the page. Returns: the position of the last item taken, and whether all fitted."""
    which = {"book": book_id, "after": pos, "most": room + 1}
    records = connection.execute(_RECORDS_BEHIND, which).mappings().all()
    gone = connection.execute(_LEFT_BEHIND, which).mappings().all()
    merged = sorted(
        [*((row["pos"], True, row) for row in records), *((row["pos"], False, row) for row in gone)],
        key=lambda item: item[0],
    )
    last = pos
    for index, (at, is_record, row) in enumerate(merged):
        if index == room or page.bytes >= PAGE_BYTES:
            return last, False
        made = page.made.get((book_id, row["id"])) if is_record and row["rev"] == 1 else None
        if made is not None and made.customer == row["customer"]:  # a customer may have been merged with another
            page.own.append(
                {"book": book_id, "set": made.set, "n": made.n, "ver": row["ver"], "pos": at, "at": row["at"]}
            )
            page.bytes += OWN_BYTES
        elif is_record:
            wire = record_wire(row)
            page.records.append(wire)
            page.bytes += len(row["fields"].encode()) + 300
        else:
            page.left.append({"book": book_id, "record": row["record"], "why": row["why"]})
        last = at
    return last, True


def _wanted(connection: Connection, device: str) -> list[dict[str, str]]:
    """Photos that records of this device name and the server lacks."""
    rows = connection.execute(_WANTED, {"device": device})
    return [{"book": row.book_id, "sha256": row.sha256} for row in rows]


def verdicts(connection: Connection, ids: Sequence[str], author: str) -> dict[str, dict[str, Any]]:
    """The stored verdicts of these sets, if this author made them."""
    if not ids:
        return {}
    found = _verdicts(connection, ids, author)
    if missing := [row_of(set_id, author) for set_id in ids if set_id not in found]:
        found |= _verdicts(connection, missing, author)
    return found


def _verdicts(connection: Connection, rows: Sequence[str], author: str) -> dict[str, dict[str, Any]]:
    known = connection.execute(_VERDICTS.where(among(connection, tables.change_set.c.id, rows)), {"author": author})
    told = [push_verdict.as_told(row.verdict, row.digest) for row in known if row.verdict and row.verdict != "{}"]
    return {verdict["id"]: verdict for verdict in told}
