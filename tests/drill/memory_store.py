"""A store of backups in memory, to be damaged a thousand times."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from server.storage.archives import AlreadyThere, ArchiveStore, NoSuchFile, Put


class MemoryArchives:
    """The interface of `ArchiveStore`, and `files` for whoever damages it."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files

    @classmethod
    def copy_of(cls, store: ArchiveStore) -> MemoryArchives:
        """All that lies in another store."""
        folders = ("archives", "segments", "photos", "identity", "released")
        return cls({name: b"".join(store.open(name)) for folder in folders for name in store.names(folder)})

    @property
    def where(self) -> str:
        return "memory"

    def put_new(self, name: str, chunks: Iterable[bytes], *, hashed: bool = True) -> Put:
        if name in self.files:
            raise AlreadyThere(name)
        self.files[name] = b"".join(chunks)
        return Put(len(self.files[name]), hashlib.sha256(self.files[name]).hexdigest())

    def open(self, name: str) -> Iterator[bytes]:
        if name not in self.files:
            raise NoSuchFile(name)
        return iter([self.files[name]])

    def names(self, folder: str) -> list[str]:
        return sorted(name for name in self.files if name.startswith(f"{folder}/"))

    def let_go(self, name: str) -> None:
        self.files.pop(name, None)
