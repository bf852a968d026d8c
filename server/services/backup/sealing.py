"""Streams of an archive: members into a tar, the tar into an age file, the file into the store, and back again.

Nothing of it ever lies in clear on a disk.
"""

from __future__ import annotations

import contextlib
import contextvars
import hashlib
import io
import queue
import secrets
import sys
import tarfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from server.services.backup.documents import Untrue
from server.storage.archives import ArchiveError, ArchiveStore, Put
from sync_protocol import age

PIECE_BYTES = 1024 * 1024
PIECES_AHEAD = 8
SWITCH_S = 0.0002
Item = TypeVar("Item")
Progress = Callable[[str, int, int], None]


def no_progress(_what: str, _done: int, _of: int) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file in a tar."""

    name: str
    content: bytes


@dataclass(slots=True)
class Throttle:
    """Lets no more than so many bytes a second through, and other work run in between. `bytes_per_s` 0: no limit."""

    bytes_per_s: int = 0
    _began: float = field(default_factory=time.monotonic)
    _passed: int = 0

    def passed(self, count: int) -> None:
        """Wait as long as these bytes ask for."""
        if not self.bytes_per_s:
            return
        self._passed += count
        ahead_s = self._passed / self.bytes_per_s - (time.monotonic() - self._began)
        if ahead_s > 0.01:
            time.sleep(ahead_s)


def tar_of(members: Iterable[Member]) -> Iterator[bytes]:
    """A tar as every `tar` reads it, piece by piece."""
    for member in members:
        info = tarfile.TarInfo(member.name)
        info.size, info.mode, info.mtime = len(member.content), 0o600, 0
        yield info.tobuf(tarfile.USTAR_FORMAT)
        yield member.content
        yield bytes(-len(member.content) % tarfile.BLOCKSIZE)
    yield bytes(tarfile.BLOCKSIZE * 2)


def put_sealed(
    store: ArchiveStore,
    name: str,
    recipients: Sequence[bytes],
    members: Iterable[Member],
    throttle: Throttle,
    written: Callable[[int], None] = lambda count: None,
    *,
    hashed: bool = True,
) -> Put:
    """Seal members to raw public keys and store them under a new name. Args: hashed: tell the hash; else reading back tells it."""

    def measured() -> Iterator[bytes]:
        for piece in _gathered(age.encrypt(recipients, tar_of(members), secrets.token_bytes)):
            yield piece
            written(len(piece))
            throttle.passed(len(piece))

    before = sys.getswitchinterval()
    sys.setswitchinterval(
        SWITCH_S
    )  # the two threads hand over a piece at a time: waiting 5 ms for each would take longer than sealing it
    try:
        return store.put_new(name, ahead(measured(), PIECES_AHEAD), hashed=hashed)
    finally:
        sys.setswitchinterval(before)


def ahead(items: Iterable[Item], depth: int) -> Iterator[Item]:
    """The same items, made in a thread of their own while the caller works on those before. What fails there, fails here."""
    waiting: queue.Queue[tuple[Item | None, BaseException | None]] = queue.Queue(depth)
    stopped = threading.Event()

    def put(item: Item | None, error: BaseException | None = None) -> None:
        while not stopped.is_set():
            with contextlib.suppress(queue.Full):
                waiting.put((item, error), timeout=0.2)
                return

    def make() -> None:
        try:
            for item in items:
                put(item)
                if stopped.is_set():
                    return
            put(None, StopIteration())
        except BaseException as error:
            put(None, error)

    maker = threading.Thread(target=contextvars.copy_context().run, args=(make,), daemon=True)
    maker.start()
    try:
        while True:
            item, error = waiting.get()
            if isinstance(error, StopIteration):
                return
            if error is not None:
                raise error
            yield cast(Item, item)
    finally:
        stopped.set()
        maker.join()


def _gathered(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same stream in fewer, larger pieces."""
    held: list[bytes] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size >= PIECE_BYTES:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)


class Checked:
    """The bytes of a stored file on their way, hashed; `check` says whether they are those of the document."""

    def __init__(self, store: ArchiveStore, data: Any, throttle: Throttle) -> None:
        self._chunks, self._data, self._throttle = store.open(data["name"]), data, throttle
        self._digest, self._size = hashlib.sha256(), 0

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self._digest.update(chunk)
            self._size += len(chunk)
            self._throttle.passed(len(chunk))
            yield chunk

    def check(self) -> None:
        """Raises: Untrue."""
        for _ in self:
            pass
        if self._data["sha256"] is None and self._data["size_bytes"] == self._size:  # of this very run, not signed yet
            self._data["sha256"] = self._digest.hexdigest()
        if (self._size, self._digest.hexdigest()) != (self._data["size_bytes"], self._data["sha256"]):
            raise Untrue(f"{self._data['name']} is not what was stored")


def open_sealed(
    store: ArchiveStore, data: Any, keys: Sequence[bytes], throttle: Throttle | None = None
) -> Iterator[Member]:
    """The members of a stored file. Args: data: name, size_bytes and sha256, as signed. keys: raw private keys.

    What was yielded before a failure is authentic and not whole. Raises: Untrue, age.NotForUs, NoSuchFile.
    """
    stored = Checked(store, data, throttle or Throttle())
    try:
        yield from members_of(age.decrypt(keys, stored))
    except age.NotForUs:
        stored.check()  # another file in its place is that, and not a matter of keys
        raise
    except (age.NotAnAgeFile, tarfile.TarError, EOFError) as error:
        raise Untrue(f"{data['name']} does not open: {error}") from error
    stored.check()


def members_of(chunks: Iterable[bytes]) -> Iterator[Member]:
    """The files in a tar that comes as a stream. Raises: tarfile.TarError."""
    stream = _Stream(iter(chunks))
    with tarfile.open(fileobj=stream, mode="r|", bufsize=PIECE_BYTES) as tar:
        for info in tar:
            file = tar.extractfile(info) if info.isfile() else None
            if file is None:
                raise tarfile.TarError(f"{info.name} is no plain file")
            yield Member(info.name, file.read())
    stream.drain()


class _Stream(io.RawIOBase):
    """Chunks as a file that is read once."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._held = bytearray()

    def readable(self) -> bool:
        """It is."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Up to so many bytes."""
        while size < 0 or len(self._held) < size:
            chunk = next(self._chunks, None)
            if chunk is None:
                break
            self._held += chunk
        size = len(self._held) if size < 0 else size
        found = bytes(self._held[:size])
        del self._held[:size]
        return found

    def drain(self) -> None:
        """To the end, so that what follows the last file is checked too."""
        while self.read(PIECE_BYTES):
            pass


__all__ = ["ArchiveError", "Checked", "Member", "Progress", "Throttle", "open_sealed", "put_sealed", "tar_of"]
