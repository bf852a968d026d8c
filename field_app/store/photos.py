"""Photos on the device: sealed files under names that say nothing, and how far each has got to the server."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from field_app.store.database import Database
from field_app.store.files import make_folder, write_durably
from sync_protocol.chunked import FRAME_BYTES, PREFIX_BYTES, decrypt_chunks, encrypt_chunks

_SCHEMA = """
CREATE TABLE IF NOT EXISTS photo(
    id TEXT PRIMARY KEY, book TEXT NOT NULL, set_id TEXT NOT NULL, sha256 TEXT NOT NULL, media_type TEXT NOT NULL,
    size INTEGER NOT NULL, name TEXT NOT NULL, state TEXT NOT NULL, saved_at INTEGER NOT NULL, upload TEXT,
    failures INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS photo_state ON photo(state, saved_at);
CREATE INDEX IF NOT EXISTS photo_sha256 ON photo(book, sha256);
CREATE TABLE IF NOT EXISTS waiting_picture(
    owner TEXT PRIMARY KEY, book TEXT NOT NULL, name TEXT NOT NULL, about TEXT NOT NULL) WITHOUT ROWID
"""
_COLUMNS = "id, book, set_id, sha256, media_type, size, name, state, saved_at, upload, failures"


class NotHere(Exception):
    """The bytes of this photo are not on this device: it was taken on another one, or its book has left."""


@dataclass(frozen=True, slots=True)
class HeldPhoto:
    """One photo on this device. Args: state: unsent, sent or parked. upload: its address on the server, once it has one."""

    id: str
    book: str
    set_id: str
    sha256: str
    media_type: str
    size: int
    name: str
    state: str
    saved_at: int
    upload: str | None
    failures: int


class PhotoStore:
    """The photo files and their rows in the outbox's database.

    Args: name_for: (book, sha256) -> file name. key_for: book -> its photo key. Raises: KeyError there, if it has left.
    """

    def __init__(
        self,
        folder: Path,
        database: Database,
        name_for: Callable[[str, str], str],
        key_for: Callable[[str], bytes],
        randomness: Callable[[int], bytes],
    ) -> None:
        self._folder = folder
        self._database = database
        self._name_for = name_for
        self._key_for = key_for
        self._randomness = randomness
        database.script(_SCHEMA)

    def write(self, book: str, sha256: str, content: bytes) -> str:
        """Put the bytes on the disk, sealed and durable. They count from the moment `add` stands in the outbox.

        Returns the file's name. Raises: OSError.
        """
        name = self._name_for(book, sha256)
        folder = self._folder / book
        make_folder(folder)
        pieces = (content[start : start + FRAME_BYTES] for start in range(0, len(content), FRAME_BYTES))
        write_durably(
            folder / name, encrypt_chunks(self._key_for(book), pieces, nonce_prefix=self._randomness(PREFIX_BYTES))
        )
        return name

    def add(self, photo: HeldPhoto) -> None:
        """Note a photo whose bytes are written; part of the transaction that saves its set."""
        self._database.run(
            f"INSERT INTO photo({_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?)",  # noqa: S608
            tuple(getattr(photo, name) for name in _COLUMNS.split(", ")),
        )

    def hold(self, owner: str, book: str, name: str, about: Mapping[str, Any]) -> None:
        """Note a picture whose bytes are written and that is not described yet; the one before it of this owner goes."""
        with self._database.transaction():
            self.let_go(owner, unless=(book, name))
            self._database.run("INSERT INTO waiting_picture VALUES (?,?,?,?)", (owner, book, name, json.dumps(about)))

    def held(self, owner: str) -> dict[str, Any] | None:
        """What was noted of the picture that waits."""
        found = self._database.value("SELECT about FROM waiting_picture WHERE owner = ?", (owner,))
        return None if found is None else dict(json.loads(found))

    def release(self, owner: str, name: str) -> None:
        """The picture of this file name waits no more: it became a photo. Part of the transaction that saves its set."""
        self._database.run("DELETE FROM waiting_picture WHERE owner = ? AND name = ?", (owner, name))

    def let_go(self, owner: str, *, unless: tuple[str, str] | None = None) -> None:
        """Give up the picture that waits, and its file if nothing else has it."""
        row = self._database.row("SELECT book, name FROM waiting_picture WHERE owner = ?", (owner,))
        if row is None:
            return
        self.release(owner, row[1])
        if tuple(row) != unless and tuple(row) not in self._named():
            (self._folder / row[0] / row[1]).unlink(missing_ok=True)

    def find(self, photo_id: str) -> HeldPhoto | None:
        """The photo of this record id, if its bytes are on this device."""
        row = self._database.row(f"SELECT {_COLUMNS} FROM photo WHERE id = ?", (photo_id,))  # noqa: S608
        return None if row is None else HeldPhoto(*row)

    def read(self, photo_id: str) -> bytes:
        """The bytes of a photo, in memory only. Raises: NotHere, Damaged."""
        photo = self.find(photo_id)
        if photo is None:
            raise NotHere(photo_id)
        return b"".join(self.pieces(photo))

    def pieces(self, photo: HeldPhoto) -> Iterator[bytes]:
        """The bytes of a photo, frame by frame. Raises: NotHere, Damaged."""
        try:
            key, file = self._key_for(photo.book), (self._folder / photo.book / photo.name).open("rb")
        except (KeyError, FileNotFoundError) as error:
            raise NotHere(photo.id) from error
        with file:
            yield from decrypt_chunks(key, iter(lambda: file.read(FRAME_BYTES), b""))

    def unsent(self) -> list[HeldPhoto]:
        """Photos whose bytes the server still lacks, oldest first."""
        statement = f"SELECT {_COLUMNS} FROM photo WHERE state = 'unsent' ORDER BY saved_at, id"  # noqa: S608
        return [HeldPhoto(*row) for row in self._database.rows(statement)]

    def unsent_count(self, book: str | None = None) -> int:
        """How many photos are not with the server, parked ones included."""
        where, parameters = ("", ()) if book is None else (" AND book = ?", (book,))
        found: int = self._database.value(f"SELECT count(*) FROM photo WHERE state <> 'sent'{where}", parameters)  # noqa: S608
        return found

    def oldest_unsent(self) -> int | None:
        """When the oldest unsent photo was saved, ms."""
        found: int | None = self._database.value("SELECT min(saved_at) FROM photo WHERE state <> 'sent'")
        return found

    def note(self, photo_id: str, **columns: str | int | None) -> None:
        """Keep how far a photo has got: `state`, `upload`, `failures`."""
        assert columns.keys() <= {"state", "upload", "failures"}
        changes = ", ".join(f"{name} = ?" for name in columns)
        self._database.run(f"UPDATE photo SET {changes} WHERE id = ?", (*columns.values(), photo_id))  # noqa: S608

    def wanted(self, wants: list[Mapping[str, str]]) -> None:
        """The server lacks these after all: they are unsent again. Part of the caller's transaction."""
        self._database.run_many(
            "UPDATE photo SET state = 'unsent', upload = NULL, failures = 0 WHERE book = ? AND sha256 = ? AND state = 'sent'",
            [(want["book"], want["sha256"]) for want in wants],
        )

    def forget_uploads(self) -> None:
        """The uploads that were begun belong to another device now. Part of the caller's transaction."""
        self._database.run("UPDATE photo SET upload = NULL")

    def forget_book(self, book: str) -> None:
        """Delete the photos of a book that has left."""
        self._database.run("DELETE FROM photo WHERE book = ?", (book,))
        self._database.run("DELETE FROM waiting_picture WHERE book = ?", (book,))
        shutil.rmtree(self._folder / book, ignore_errors=True)

    def forget_records(self, records: Iterable[str]) -> None:
        """Delete the photos of these records, sent or not: they were erased. Their files go as far as nothing else names them."""
        for record in records:
            photo = self.find(record)
            if photo is not None:
                self._database.run("DELETE FROM photo WHERE id = ?", (record,))
                if (photo.book, photo.name) not in self._named():
                    (self._folder / photo.book / photo.name).unlink(missing_ok=True)

    def delete_orphans(self) -> int:
        """Files that no row names: a power cut came between the bytes and the set. Returns how many."""
        known = self._named()
        orphans = [path for path in self._folder.glob("*/*") if (path.parent.name, path.name) not in known]
        for path in orphans:
            path.unlink(missing_ok=True)
        return len(orphans)

    def _named(self) -> set[tuple[str, str]]:
        """(book, file name) of all that a photo or a waiting picture names."""
        statement = "SELECT book, name FROM photo UNION SELECT book, name FROM waiting_picture"
        return {(row[0], row[1]) for row in self._database.rows(statement)}
