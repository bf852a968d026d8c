"""Photos and other files, sealed: a key that is a path of plain names -> bytes. A folder here; S3 has the same interface."""

from __future__ import annotations

import hmac
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path

from sync_protocol.chunked import decrypt_chunks, encrypt_chunks, plain_bytes

_NAME = re.compile(r"[0-9a-z][0-9a-z._-]{0,127}")
READ_BYTES = 1024 * 1024


class NoSuchObject(KeyError):
    """Nothing is stored under this key."""


class FolderStore:
    """A folder of sealed files. What `put` returned from is on the disk, whole, or not there at all."""

    def __init__(self, folder: Path, key: bytes) -> None:
        """Args: folder: made when first used. key: 32 bytes, kept outside the folder."""
        self._folder = folder
        self._key = key

    def put(self, key: str, chunks: Iterable[bytes]) -> None:
        """Store bytes, replacing what was there. Raises: OSError; then nothing changed."""
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
        try:
            with draft.open("xb") as file:
                for sealed in encrypt_chunks(self._key_of(key), chunks, nonce_prefix=secrets.token_bytes(7)):
                    file.write(sealed)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def open(self, key: str) -> Iterator[bytes]:
        """The bytes, chunk by chunk. Raises: NoSuchObject at once; a damaged file raises while it is read."""
        path = self._path(key)
        if not path.is_file():
            raise NoSuchObject(key)
        return self._read(path, self._key_of(key))

    def _read(self, path: Path, key: bytes) -> Iterator[bytes]:
        with path.open("rb") as file:
            yield from decrypt_chunks(key, iter(lambda: file.read(READ_BYTES), b""))

    def read(self, key: str) -> bytes:
        """The bytes in one piece."""
        return b"".join(self.open(key))

    def exists(self, key: str) -> bool:
        """Whether something is stored under the key."""
        return self._path(key).is_file()

    def keys(self, folder: str) -> list[str]:
        """The keys of all objects below a folder of keys, in order."""
        root = self._path(folder)
        found = (path for path in root.rglob("*") if path.is_file() and not path.name.startswith("."))
        return sorted(path.relative_to(self._folder).as_posix() for path in found)

    def size(self, key: str) -> int:
        """How many bytes are stored under the key. Raises: NoSuchObject."""
        try:
            return plain_bytes(self._path(key).stat().st_size)
        except FileNotFoundError as error:
            raise NoSuchObject(key) from error

    def delete(self, key: str) -> None:
        """Forget it. A key that is not there is no error."""
        self._path(key).unlink(missing_ok=True)

    def _key_of(self, key: str) -> bytes:
        """A key of its own for every object: a file put in another's place does not open."""
        return hmac.digest(self._key, key.encode(), "sha256")

    def _path(self, key: str) -> Path:
        names = key.split("/")
        if not all(_NAME.fullmatch(name) for name in names):
            raise ValueError(f"no key of an object: {key!r}")
        return self._folder.joinpath(*names)


ObjectStore = FolderStore
