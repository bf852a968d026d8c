"""What is in an archive, and how one is read from the database: one snapshot, streamed, never in clear on a disk."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import clock, control_journal, epochs, parts
from server.services.backup import memory, rows, schema, scripts
from server.services.backup.documents import FORMAT, SEGMENT, Tip
from server.services.backup.rows import Told
from server.services.backup.sealing import Member
from server.storage.tables import blob, book

CONTENTS, SUMS, DRILL = "contents.json", "SHA256SUMS", "drill-code.txt"
FILE_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo that the snapshot holds, and one of the places where it lies in the object store."""

    sha256: str
    object_key: str
    size_bytes: int
    media_type: str


@dataclass(slots=True)
class Snapshot:
    """What the archive holds, known when it has been read. `positions`: book -> position; `heads`: book -> chain hash there."""

    epoch: str = ""
    made_at: int = 0
    tables: dict[str, Told] = field(default_factory=dict)
    positions: dict[str, int] = field(default_factory=dict)
    heads: dict[str, str] = field(default_factory=dict)
    photos: dict[str, Photo] = field(default_factory=dict)
    segment: Tip = field(default_factory=Tip)
    drill_code: str = ""
    contents_sha256: str = ""

    def contents(self) -> dict[str, Any]:
        """The table of contents, as it lies in the archive."""
        return {
            "format": FORMAT,
            "made_at": self.made_at,
            "epoch": self.epoch,
            "company": parts.config().company,
            "schema": schema.fingerprint(),
            "tables": {name: {"rows": told.rows, "sha256": told.sha256} for name, told in sorted(self.tables.items())},
            "books": {name: {"pos": pos, "head": self.heads[name]} for name, pos in sorted(self.positions.items())},
            "photos": len(self.photos),
            "segment": self.segment.wire,
        }


def members(
    connection: Connection, found: Snapshot, row_done: Callable[[int], None] = lambda count: None
) -> Iterator[Member]:
    """The files of an archive from one snapshot of the database. Args: connection: a reading one. found: is filled on the way.

    Raises: schema.UnknownTables, if something would be left out.
    """
    schema.check_complete(connection)
    _look(connection, found)
    sums: dict[str, str] = {}
    for member in _files(connection, found, row_done):
        sums[member.name] = hashlib.sha256(member.content).hexdigest()
        if member.name == CONTENTS:
            found.contents_sha256 = sums[member.name]
        yield member
    text = "".join(f"{digest}  {name}\n" for name, digest in sums.items())
    yield Member(SUMS, text.encode())


def _look(connection: Connection, found: Snapshot) -> None:
    found.made_at, found.epoch = clock.now_ms(), epochs.current(connection)
    found.segment = memory.tip(connection, SEGMENT)
    found.drill_code = "-".join(secrets.token_hex(3) for _ in range(4))
    for row in connection.execute(sa.select(book.c.id, book.c.pos, book.c.head)):
        found.positions[row.id], found.heads[row.id] = row.pos, row.head
    found.photos = stored_photos(connection)


def stored_photos(connection: Connection) -> dict[str, Photo]:
    """The photos that are whole here, by hash."""
    query = sa.select(blob).where(blob.c.state == "stored", blob.c.object_key.is_not(None))
    return {
        row["sha256"]: Photo(row["sha256"], row["object_key"], row["size_bytes"], row["media_type"])
        for row in connection.execute(query).mappings()
    }


def _files(connection: Connection, found: Snapshot, row_done: Callable[[int], None]) -> Iterator[Member]:
    yield Member("README.txt", scripts.readme(found.made_at).encode())
    for engine in schema.ENGINES:
        yield Member(f"schema.{engine}.sql", "".join(schema.create_statements(engine)).encode())
        yield Member(f"indexes.{engine}.sql", "".join(schema.index_statements(engine)).encode())
    names = []
    for table in schema.archived_tables():
        counting = rows.Counting(rows.lines(connection, table))
        for member in _table_files(table, counting):
            names.append(member.name)
            row_done(len(member.content))
            yield member
        found.tables[table.name] = counting.told
    yield from (Member(name, text.encode()) for name, text in scripts.restore_scripts(names).items())
    yield Member("check.sql", scripts.check_script(found.tables).encode())
    yield from control_files(set())
    yield Member(DRILL, f"{found.drill_code}\n".encode())
    yield Member(CONTENTS, json.dumps(found.contents(), indent=1, sort_keys=True, ensure_ascii=False).encode())


def _table_files(table: sa.Table, counted: rows.Counting) -> Iterator[Member]:
    """Files of some megabytes each, so that no table has to fit into memory."""
    held: list[str] = []
    size, number = 0, 0
    for statement in rows.inserts(table, counted):
        held.append(statement)
        size += len(statement)
        if size >= FILE_BYTES:
            number += 1
            yield Member(f"tables/{table.name}/{number:05d}.sql", "".join(held).encode())
            held, size = [], 0
    if held:
        yield Member(f"tables/{table.name}/{number + 1:05d}.sql", "".join(held).encode())


def control_files(known: set[str]) -> Iterator[Member]:
    """The entries of the control journal that are not known yet; which are then."""
    objects = parts.objects()
    for key in objects.keys(control_journal.FOLDER):
        if key not in known:
            known.add(key)
            yield Member(key, objects.read(key))


def control_names(found: Mapping[str, Any]) -> set[str]:
    """Which entries of the control journal a note lists."""
    return set(found.get("control", []))
