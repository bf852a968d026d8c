"""A first load by file: pieces are kept as they come, the whole is checked, then it becomes a store beside the old one (R28)."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from field_app.store.books import BookStore
from field_app.sync.signed import Answer, ServerProblem
from field_app.sync.transport import NoNetwork
from sync_protocol import json_text

if TYPE_CHECKING:
    from field_app.device import Device

PIECE_BYTES = 1024 * 1024
_INFLATED_AT_A_TIME = 256 * 1024
_SCHEMA = """
CREATE TABLE IF NOT EXISTS piece(start INTEGER PRIMARY KEY, snapshot TEXT NOT NULL, bytes BLOB NOT NULL)
"""
Ask = Callable[..., Answer]


class NotWhole(Exception):
    """The file is not what was announced; it is given up, and the next round begins again."""


def load_snapshot(device: Device, ask: Ask, book: str, announced: Mapping[str, Any]) -> int:
    """Fetch the file and load it beside the book's store; the next page of the round goes on behind it.

    What came is kept: a load that breaks goes on where it was, if the same snapshot is announced again.
    Returns: how many records it brought; 0, if it was stale meanwhile. Raises: NoNetwork, ServerProblem.
    """
    with device.database.transaction():
        device.books.add(book)
    beside = device.books.beside(book, make=True)
    assert beside is not None
    try:
        if beside.snapshot != announced["id"]:
            _fetch(beside, ask, f"/books/{book}/snapshots/{announced['id']}", announced)
            _load(beside, device.settings.get("epoch"), announced)
    except NotWhole as error:
        device.books.drop_beside(book)
        raise NoNetwork(f"a snapshot that is not whole: {error}") from error
    except ServerProblem as problem:
        if problem.status not in (404, 410, 416):
            raise
        device.books.drop_beside(book)
        return 0
    with device.database.transaction():
        device.staging.note_snapshot(book, announced["id"], announced["cursor"])
    found: int = beside.check()["n"]
    return found


def _fetch(beside: BookStore, ask: Ask, path: str, announced: Mapping[str, Any]) -> None:
    database = beside.database
    database.script(_SCHEMA)
    database.run("DELETE FROM piece WHERE snapshot <> ?", (announced["id"],))
    here = database.value("SELECT coalesce(max(start + length(bytes)), 0) FROM piece")
    while here < announced["size"]:
        last = min(here + PIECE_BYTES, announced["size"]) - 1
        headers = {"Range": f"bytes={here}-{last}", "If-Range": f'"{announced["sha256"]}"'}
        answer = ask("GET", path, headers=headers, file_sha256=announced["sha256"])
        if len(answer.body) != last + 1 - here:
            raise NotWhole("a part of another length")
        database.run("INSERT INTO piece VALUES (?, ?, ?)", (here, announced["id"], answer.body))
        here = last + 1


def _load(beside: BookStore, epoch: str | None, announced: Mapping[str, Any]) -> None:
    """Check size and hash of the whole, then book, epoch, cursor, count and sum of what is in it."""
    hashed, size = hashlib.sha256(), 0
    for piece in _pieces(beside):
        hashed.update(piece)
        size += len(piece)
    if (size, hashed.hexdigest()) != (announced["size"], announced["sha256"]):
        raise NotWhole("size or hash differ")
    ends: list[dict[str, Any]] = []
    with beside.database.transaction():
        try:
            beside.load(announced["id"], _records(beside, ends), announced["cursor"])
        except (ValueError, zlib.error, KeyError, TypeError) as error:
            raise NotWhole("its content cannot be read") from error
        if len(ends) != 2:
            raise NotWhole("header or trailer is missing")
        header, trailer = ends
        right = (header.get("book"), header.get("epoch"), header.get("cursor")) == (
            beside.book,
            epoch,
            announced["cursor"],
        )
        if not right or beside.check() != {"n": trailer.get("n"), "sum": trailer.get("sum")}:
            raise NotWhole("it does not hold what it says")
        beside.database.run("DELETE FROM piece")


def _records(beside: BookStore, ends: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The records of the file, as they stand in it. Args: ends: gets the header and the trailer."""
    for line in _lines(beside):
        value = json_text.loads(line)
        if "ver" in value:
            yield value
        else:
            ends.append(value)


def _lines(beside: BookStore) -> Iterator[bytes]:
    inflater, rest = zlib.decompressobj(wbits=31), b""
    for piece in _pieces(beside):
        while piece:
            *lines, rest = (rest + inflater.decompress(piece, _INFLATED_AT_A_TIME)).split(b"\n")
            yield from lines
            piece = inflater.unconsumed_tail
    *lines, rest = (rest + inflater.flush()).split(b"\n")
    yield from lines
    if rest or not inflater.eof:
        raise ValueError("cut off")


def _pieces(beside: BookStore) -> Iterator[bytes]:
    start = 0
    while row := beside.database.row("SELECT bytes FROM piece WHERE start = ?", (start,)):
        yield row[0]
        start += len(row[0])
