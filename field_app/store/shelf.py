"""The books that a device holds: their keys, their files, their cursors, and which of them may be shown."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from field_app.store.books import BookStore
from field_app.store.database import Database, DatabaseError, WrongKey, delete_database
from field_app.store.files import make_folder, sync_folder
from field_app.store.keys import KEY_BYTES, DamagedKeyFile, Keyring

_SCHEMA = """
CREATE TABLE IF NOT EXISTS book(id TEXT PRIMARY KEY, wrapped BLOB NOT NULL, cursor TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS witnessed(book TEXT PRIMARY KEY, cursor TEXT NOT NULL) WITHOUT ROWID
"""
_BESIDE = ".next"
CHECKED_AT_START_BYTES = 64 * 1024 * 1024


class Shelf:
    """Book id -> its store. A book whose file does not open is put back empty, and loaded anew by the next round."""

    def __init__(self, folder: Path, outbox: Database, keyring: Keyring, randomness: Callable[[int], bytes]) -> None:
        self._folder = folder
        self._outbox = outbox
        self._keyring = keyring
        self._randomness = randomness
        self._stores: dict[str, BookStore] = {}
        self._beside: dict[str, BookStore] = {}
        outbox.script(_SCHEMA)
        make_folder(folder)

    def open_all(self) -> None:
        """Open every book that this device holds, and delete files that belong to none."""
        held = self.held()
        for book in held:
            self.store(book)
        for path in self._folder.glob("*.db"):
            if path.stem.removesuffix(_BESIDE) not in held:
                delete_database(path)

    def held(self) -> list[str]:
        """The books of this device, in order of id."""
        return [row[0] for row in self._outbox.rows("SELECT id FROM book ORDER BY id")]

    def stores(self) -> list[BookStore]:
        """The stores of all books that are held."""
        return [self.store(book) for book in self.held()]

    def add(self, book: str) -> None:
        """Make room for a book: a key of its own, and an empty store."""
        if self._outbox.row("SELECT 1 FROM book WHERE id = ?", (book,)) is None:
            wrapped = self._keyring.wrap(self._randomness(KEY_BYTES), _about(book), self._randomness)
            self._outbox.run("INSERT INTO book(id, wrapped) VALUES (?, ?)", (book, wrapped))
        self.store(book)

    def store(self, book: str) -> BookStore:
        """The store of a book that is held. Raises: KeyError."""
        if book not in self._stores:
            self._stores[book] = self._open(book)
        return self._stores[book]

    def _open(self, book: str) -> BookStore:
        path = self._folder / f"{book}.db"
        try:
            store = BookStore(path, book, self._key(book), self._outbox.lock)
            if path.stat().st_size <= CHECKED_AT_START_BYTES and not store.database.is_whole():
                store.close()
                raise WrongKey(f"{path.name} is damaged")
        except (WrongKey, DatabaseError):
            delete_database(path)
            self.drop_cursor(book)
            store = BookStore(path, book, self._key(book), self._outbox.lock)
        if store.cursor is None:
            self.drop_cursor(book)
        return store

    def beside(self, book: str, *, make: bool = False) -> BookStore | None:
        """The store into which a snapshot is loaded while the old one is shown. It has a lock of its own: a load holds up
        nobody. Args: make: if there is none.
        """
        if book not in self._beside:
            path = self._folder / f"{book}{_BESIDE}.db"
            if not (make or path.exists()):
                return None
            try:
                self._beside[book] = BookStore(path, book, self._key(book), threading.RLock())
            except (WrongKey, DatabaseError):
                delete_database(path)
                return self.beside(book, make=make)
        return self._beside[book]

    def drop_beside(self, book: str) -> None:
        """Give up a load."""
        store = self._beside.pop(book, None)
        if store is not None:
            store.close()
        delete_database(self._folder / f"{book}{_BESIDE}.db")

    def swap(self, book: str) -> None:
        """The store beside takes the place of the old one, in one step."""
        for stores in (self._beside, self._stores):
            store = stores.pop(book, None)
            if store is not None:
                store.close()  # folds the log in, so that the file is all there is
        path = self._folder / f"{book}.db"
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        (self._folder / f"{book}{_BESIDE}.db").replace(path)
        delete_database(self._folder / f"{book}{_BESIDE}.db")
        sync_folder(self._folder)

    def reset(self, book: str) -> None:
        """The file of a book is damaged: begin it anew."""
        store = self._stores.pop(book, None)
        if store is not None:
            store.close()
        delete_database(self._folder / f"{book}.db")
        self.drop_beside(book)
        self.drop_cursor(book)

    def remove(self, book: str) -> None:
        """Delete a book: its key, then its file."""
        self.drop_cursor(book)
        self._outbox.run("DELETE FROM book WHERE id = ?", (book,))
        self.reset(book)

    def _key(self, book: str) -> bytes:
        wrapped = self._outbox.value("SELECT wrapped FROM book WHERE id = ?", (book,))
        if wrapped is None:
            raise KeyError(book)
        try:
            return self._keyring.unwrap(wrapped, _about(book))
        except DamagedKeyFile as error:
            raise KeyError(book) from error

    def photo_key(self, book: str) -> bytes:
        """The key of the photos of a book; it goes when the book goes. Raises: KeyError."""
        return HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=b"roundbook/1 photos").derive(self._key(book))

    def cursors(self) -> dict[str, str]:
        """Book -> cursor, of the books that are loaded."""
        return dict(self._outbox.rows("SELECT id, cursor FROM book WHERE cursor IS NOT NULL"))

    def set_cursor(self, book: str, cursor: str) -> None:
        """Note up to where a book is taken over; part of the caller's transaction."""
        self._outbox.run("UPDATE book SET cursor = ? WHERE id = ?", (cursor, book))
        self._outbox.run("DELETE FROM witnessed WHERE book = ?", (book,))

    def drop_cursor(self, book: str) -> None:
        """The next round loads this book from the beginning; what is in it stays on screen until then.

        The cursor stays as what this device has witnessed: without it nobody might notice that the server lost history (R36).
        """
        self._outbox.run(
            "INSERT OR REPLACE INTO witnessed(book, cursor) SELECT id, cursor FROM book WHERE id = ? AND cursor IS NOT NULL",
            (book,),
        )
        self._outbox.run("UPDATE book SET cursor = NULL WHERE id = ?", (book,))

    def witnessed(self) -> dict[str, str]:
        """Book -> the cursor that this device had, of books that it loads anew or that have left."""
        return dict(self._outbox.rows("SELECT book, cursor FROM witnessed"))

    def forget_witnessed(self, needless: Callable[[str, int], bool]) -> None:
        """Args: needless: (book, position) -> whether nobody need know any more that this device has seen it."""
        gone = [(book,) for book, cursor in self.witnessed().items() if needless(book, int(cursor.partition(".")[0]))]
        self._outbox.run_many("DELETE FROM witnessed WHERE book = ?", gone)

    def close(self) -> None:
        """Close all the files."""
        for stores in (self._stores, self._beside):
            for store in stores.values():
                store.close()
            stores.clear()


def _about(book: str) -> str:
    return f"book {book}"
