"""Sealed segments: what changed since the last one, every five minutes or megabyte, so that a lost server loses minutes."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import clock, epochs
from server.services.backup import archive, capture, changes, documents, holders, memory, schema, telling
from server.services.backup.documents import ARCHIVE, FORMAT, SEGMENT, Document, Tip, Untrue
from server.services.backup.onetime import OneTimeKey, one_time_key
from server.services.backup.sealing import Member, Throttle, open_sealed, put_sealed
from server.storage.archives import ArchiveStore
from server.storage.backup_tables import backup_dirty
from server.storage.database import reading, writing
from server.storage.tables import book

STATE = "segment.state"
QUIET = "segment.quiet_at"
EVERY_MS = 5 * 60 * 1000
ENOUGH_BYTES = 1024 * 1024
_BYTES_A_POSITION, _BYTES_A_NOTE = 2500, 600  # about what they come to in a segment


class NeedsArchive(Exception):
    """There is no archive that segments could follow: none yet, or the tables have changed since."""


def begin_line() -> str:
    """Before an archive is read: see that every change is noted from now on. Returns: the line that its segments belong to.

    It stays the same from archive to archive, as long as the tables do; a new one begins where changes were not noted.
    """
    was_missing = capture.ensure()
    with writing() as connection:
        state = memory.note(connection, STATE)
        if state is not None and not was_missing and state["schema"] == schema.fingerprint():
            return str(state["line"])
        connection.execute(sa.delete(backup_dirty))
        state = {
            "line": secrets.token_hex(8),
            "schema": schema.fingerprint(),
            "books": _positions(connection),
            "control": [],
            "at": clock.now_ms(),
        }
        memory.keep(connection, STATE, state)
        return str(state["line"])


def is_due() -> bool:
    """Whether five minutes or a megabyte have come together. Raises: NeedsArchive."""
    with reading() as connection:
        state = _state(connection)
        notes = connection.scalar(sa.select(sa.func.count()).select_from(backup_dirty)) or 0
        grown = {name: pos for name, (pos, _) in changes.moved_books(connection, state["books"]).items()}
    steps = sum(pos - state["books"].get(name, 0) for name, pos in grown.items())
    if not notes and not steps:
        _note_quiet()
        return False
    waiting = steps * _BYTES_A_POSITION + notes * _BYTES_A_NOTE
    return waiting >= ENOUGH_BYTES or bool(clock.now_ms() - state["at"] >= EVERY_MS)


def _note_quiet() -> None:
    """Nothing waits now: what comes after a quiet night has waited since then at most, and is not late at once."""
    now = clock.now_ms()
    with reading() as connection:
        if now - (memory.note(connection, QUIET) or 0) < EVERY_MS:
            return
    with writing() as connection:
        memory.keep(connection, QUIET, now)


def waited_ms(connection: Connection, state: dict[str, Any]) -> int:
    """How long a change may have waited to be sealed."""
    return clock.now_ms() - max(int(state["at"]), memory.note(connection, QUIET) or 0)


def seal(store: ArchiveStore | None = None, throttle: Throttle | None = None) -> Document | None:
    """Seal what changed, store it, read it back, and only then count it. Returns: None, if nothing changed.

    Raises: NeedsArchive, HolderError, ArchiveError, Untrue.
    """
    store, throttle = store or memory.store(), throttle or Throttle()
    with reading() as connection:
        state = _state(connection)
        after = memory.tip(connection, SEGMENT)
        archived = memory.tip(connection, ARCHIVE)
        known = documents.tip_in(store, memory.public(), SEGMENT, after)
        held = holders.recipients(connection)
        dirty = changes.Dirty(connection)
        grown = changes.moved_books(connection, state["books"])
        control = set(state["control"])
        files = list(archive.control_files(control))
        if not dirty.numbers and not grown and not files:
            return None
        told = {
            "format": FORMAT,
            "made_at": clock.now_ms(),
            "epoch": epochs.current(connection),
            "line": state["line"],
            "books": {name: {"pos": pos, "head": head} for name, (pos, head) in sorted(grown.items())},
        }
        numbers, positions = list(dirty.numbers), {**state["books"], **{b: pos for b, (pos, _) in grown.items()}}
        text = changes.statements(connection, dirty, list(grown), state["books"])
        members = [*_sql_files(text), *files, Member(archive.CONTENTS, json.dumps(told, sort_keys=True).encode())]
    with one_time_key() as key:
        name = documents.data_name(SEGMENT, known.number + 1, key.public.hex()[:8])
        put = put_sealed(store, name, [*(h.raw for h in held), key.public], members, throttle)
        data = {"name": name, "size_bytes": put.size_bytes, "sha256": put.sha256}
        _compare(store, data, key, members)
    said = {"data": data, "archive": archived.wire, **{n: told[n] for n in ("made_at", "epoch", "line")}}
    stored = documents.append(store, memory.signer(), SEGMENT, known, said)
    with writing() as connection:
        now = memory.note(connection, STATE)
        if now is None or now["line"] != state["line"]:
            return stored  # a new line has begun meanwhile, and what is noted belongs to that
        for start in range(0, len(numbers), 500):
            connection.execute(sa.delete(backup_dirty).where(backup_dirty.c.n.in_(numbers[start : start + 500])))
        later = {**state, "books": positions, "control": sorted(control), "at": told["made_at"]}
        memory.keep(connection, STATE, later)
        memory.keep_tip(connection, SEGMENT, stored.tip)
    telling.safe({name: pos for name, (pos, _) in grown.items()}, str(told["epoch"]))
    return stored


def _state(connection: Connection) -> dict[str, Any]:
    state: dict[str, Any] | None = memory.note(connection, STATE)
    if state is None or memory.tip(connection, ARCHIVE) == Tip():
        raise NeedsArchive("there is no archive yet: `roundbook backup run`")
    if state["schema"] != schema.fingerprint():
        raise NeedsArchive("the tables have changed since the last archive: `roundbook backup run`")
    return state


def _positions(connection: Connection) -> dict[str, int]:
    return {row.id: row.pos for row in connection.execute(sa.select(book.c.id, book.c.pos))}


def _sql_files(statements: Iterator[str]) -> Iterator[Member]:
    held: list[str] = []
    size, number = 0, 0
    for statement in statements:
        held.append(statement)
        size += len(statement)
        if size >= archive.FILE_BYTES:
            number += 1
            yield Member(f"changes/{number:05d}.sql", "".join(held).encode())
            held, size = [], 0
    if held or not number:
        yield Member(f"changes/{number + 1:05d}.sql", "".join(held).encode())


def _compare(store: ArchiveStore, data: dict[str, Any], key: OneTimeKey, members: list[Member]) -> None:
    """The stored bytes, opened with the key of this run, are what was sealed. Raises: Untrue."""
    if list(open_sealed(store, data, [key.secret])) != members:
        raise Untrue(f"{data['name']} was read back as something else")
