"""Where backups go: files that are written once and never changed. A folder here; a bucket of S3 in `archives_s3`.

What is put here is sealed already, so a person opens it with `age` alone.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
import secrets
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

READ_BYTES = 1024 * 1024
DRAFT_S = 3 * 24 * 3600
WRITE_OUT_BYTES = 16 * 1024 * 1024
_NAME = re.compile(r"[0-9a-z][0-9a-z._-]{0,127}")


class ArchiveError(Exception):
    """The store of the backups does not do what it must. The message is for the operator."""


class NoSuchFile(ArchiveError):
    """There is no file of this name."""


class AlreadyThere(ArchiveError):
    """A file of this name is there, and none is ever written twice."""


@dataclass(frozen=True, slots=True)
class Put:
    """What was stored: its length and SHA-256 in hex; None, if it is not asked for."""

    size_bytes: int
    sha256: str | None


class ArchiveStore(Protocol):
    """Names are paths of plain words. There is no way to change a file; only retention lets one go."""

    @property
    def where(self) -> str:
        """The place in words, without secrets."""

    def put_new(self, name: str, chunks: Iterable[bytes], *, hashed: bool = True) -> Put:
        """Store a file, whole and durable, or nothing. Args: hashed: tell its hash. Raises: AlreadyThere, ArchiveError."""

    def open(self, name: str) -> Iterator[bytes]:
        """The bytes of a file. Raises: NoSuchFile at once, ArchiveError."""

    def names(self, folder: str) -> list[str]:
        """The names of all files below a folder, in order."""

    def let_go(self, name: str) -> None:
        """Give up a file whose time is over. Raises: ArchiveError, if the store holds it longer."""


class FolderArchives:
    """A folder: on another disk, or on a share of another machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def where(self) -> str:
        """The folder."""
        return str(self.folder)

    def put_new(self, name: str, chunks: Iterable[bytes], *, hashed: bool = True) -> Put:
        """See ArchiveStore."""
        path = self._path(name)
        digest, size, on_its_way = hashlib.sha256(), 0, 0
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _forget_drafts(path.parent)
            draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
            try:
                with draft.open("xb", buffering=0) as file:
                    for chunk in chunks:
                        _write_all(file, chunk)
                        if hashed:
                            digest.update(chunk)
                        size += len(chunk)
                        if size - on_its_way >= WRITE_OUT_BYTES:
                            _write_out(file)
                            on_its_way = size
                    os.fsync(file.fileno())
                draft.chmod(0o400)
                os.link(draft, path)  # unlike a rename, it never replaces
            finally:
                draft.unlink(missing_ok=True)
            _sync_folder(path.parent)
        except FileExistsError as error:
            raise AlreadyThere(name) from error
        except OSError as error:
            raise ArchiveError(f"{self.folder} cannot be written: {error.strerror}") from error
        return Put(size, digest.hexdigest() if hashed else None)

    def open(self, name: str) -> Iterator[bytes]:
        """See ArchiveStore."""
        path = self._path(name)
        if not path.is_file():
            raise NoSuchFile(name)
        return self._read(path)

    def _read(self, path: Path) -> Iterator[bytes]:
        try:
            with path.open("rb") as file:
                yield from iter(lambda: file.read(READ_BYTES), b"")
        except OSError as error:
            raise ArchiveError(f"{path} cannot be read: {error.strerror}") from error

    def names(self, folder: str) -> list[str]:
        """See ArchiveStore."""
        root = self._path(folder)
        found = (path for path in root.rglob("*") if path.is_file() and not path.name.startswith("."))
        return sorted(path.relative_to(self.folder).as_posix() for path in found)

    def let_go(self, name: str) -> None:
        """See ArchiveStore."""
        try:
            self._path(name).unlink(missing_ok=True)
        except OSError as error:
            raise ArchiveError(f"{name} is held: {error.strerror}") from error

    def _path(self, name: str) -> Path:
        return self.folder.joinpath(*checked(name))


def checked(name: str) -> list[str]:
    """The words of a name. Raises: ValueError."""
    words = name.split("/")
    if not all(_NAME.fullmatch(word) for word in words):
        raise ValueError(f"no name of a file: {name!r}")
    return words


def _forget_drafts(folder: Path) -> None:
    """What writers that were killed left half written, days ago. Never a file: those have names without a dot in front."""
    oldest = time.time() - DRAFT_S
    for path in folder.glob(".*"):
        with contextlib.suppress(OSError):  # another was faster, or the store is append-only
            if path.stat().st_mtime < oldest:
                path.unlink()


def _write_all(file: io.FileIO, chunk: bytes) -> None:
    """A single write may take less than all of it."""
    left = memoryview(chunk)
    while left:
        left = left[file.write(left) :]


def _write_out(file: io.FileIO) -> None:
    """Have the disk begin with what is written so far, and keep none of it in memory: the sync at the end is short, the
    database's pages stay cached, and reading back asks the disk."""
    os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def store_of(place: str) -> ArchiveStore:
    """The store at a place: a path, or s3://bucket/prefix. Raises: ArchiveError."""
    if place.startswith("s3://"):
        from server.storage.archives_s3 import BucketArchives

        return BucketArchives(place)
    return FolderArchives(Path(place).expanduser().absolute())
