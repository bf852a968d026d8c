"""A process beside the server for what needs no database: checking the sets of a long request, signing receipts.

Python computes on one core at a time; a machine has more. `start` is called once, before there are threads or connections.
Who finds the process busy, gone or never started does the work himself: the results are the same, only later.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from multiprocessing.connection import Connection
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from server.services.push_claim import digest_in_order
from sync_protocol import json_text, signing

CHECKS_FROM_BYTES = 150_000  # of a request; what is shorter is checked sooner than it is handed over
CHECKED_AT_A_TIME = 50
SIGNED_AT_A_TIME = 100
PATIENCE_S = 10.0
_SEED_BYTES = 32
logger = logging.getLogger("roundbook.beside")


class _Line:
    """One way to the other process. Whoever has `free` may talk, until he has heard all answers."""

    def __init__(self, connection: Connection) -> None:
        self.connection, self.free = connection, threading.Lock()

    def hear(self) -> bytes:
        """Raises: OSError, EOFError, also if nothing is heard in time."""
        if not self.connection.poll(PATIENCE_S):
            raise TimeoutError("no answer")
        return self.connection.recv_bytes()


_lines: dict[str, _Line] = {}


def start() -> int | None:
    """Start the process. It ends when this one does. Returns: its process id; None where processes cannot be split."""
    if "fork" not in multiprocessing.get_all_start_methods():
        return None
    ours, theirs = zip(*(multiprocessing.Pipe() for _ in _WORK), strict=True)
    process = os.fork()
    if process == 0:
        for line in ours:
            line.close()
        _live(theirs)
    for line in theirs:
        line.close()
    _lines.update({name: _Line(line) for name, line in zip(_WORK, ours, strict=True)})
    return process


def stop() -> None:
    """Let it end. Who is talking to it just now goes on alone."""
    for name in list(_lines):
        _lines.pop(name).connection.close()


def is_there() -> bool:
    """Whether there is such a process."""
    return bool(_lines)


def _take(name: str) -> _Line | None:
    line = _lines.get(name)
    return line if line is not None and line.free.acquire(blocking=False) else None


def _lose(name: str, error: BaseException) -> None:
    """From now on everybody does this work himself."""
    logger.warning("the process beside is lost for %s: %s", name, repr(error))
    _lines.pop(name, None)


class Checking:
    """The sets of one request, checked beside from the moment that its body is there. Use: `with`, then `digests`.

    Args: body: the request, JSON. author: who must have made the sets.
    """

    def __init__(self, body: bytes, author: str) -> None:
        self._author = author
        self._line = _take("check") if len(body) >= CHECKS_FROM_BYTES else None
        self._told = False
        try:
            if self._line is not None:
                self._line.connection.send_bytes(author.encode() + b"\n" + body)
                self._told = True
        except OSError as error:
            self._leave(error)

    def __enter__(self) -> Checking:
        return self

    def __exit__(self, *_: object) -> None:
        """Who does not want the rest of his answers must not leave them to the next."""
        for _some in self._heard():
            pass
        if self._line is not None:
            self._line.free.release()
            self._line = None

    @property
    def is_beside(self) -> bool:
        """Whether somebody else is at it."""
        return self._line is not None

    def digests(self, wires: Sequence[Any]) -> Iterator[str | None]:
        """`digest_in_order` of each of these sets, which are those of the request, all of them and in its order."""
        here = iter(wires)
        for some in self._heard():
            for digest, _ in zip(some, here, strict=False):
                yield digest or None
        yield from (digest_in_order(wire, self._author) for wire in here)

    def _heard(self) -> Iterator[list[str]]:
        """What the other process says, until it has nothing more to say, or is gone."""
        while self._told and self._line is not None:
            try:
                some = self._line.hear()
            except (OSError, EOFError) as error:
                self._leave(error)
                return
            if not some:
                self._told = False
                return
            yield some.decode()[1:].split(",")

    def _leave(self, error: BaseException) -> None:
        _lose("check", error)
        self._told = False
        if self._line is not None:
            self._line.free.release()
            self._line = None


class Signatures:
    """Signatures over many texts, in their order, made beside while the caller goes on. Use: `with`, `add`…, `all`."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self._line: _Line | None = None
        self._waiting: list[bytes] = []
        self._told: list[bytes] = []
        self._made: list[str] = []

    def __enter__(self) -> Signatures:
        return self

    def __exit__(self, *_: object) -> None:
        self._hear()
        if self._line is not None:
            self._line.free.release()
            self._line = None

    def add(self, text: bytes) -> None:
        """Have this text signed. It has no line break."""
        self._waiting.append(text)
        if len(self._waiting) >= SIGNED_AT_A_TIME:
            self._tell()

    def all(self) -> list[str]:
        """The signatures over all texts that were added."""
        waiting, self._waiting = self._waiting, []
        here = [signing.sign(self._key, text) for text in waiting]
        self._hear()
        return self._made + here

    def _tell(self) -> None:
        self._hear()
        if self._line is None:
            self._line = _take("sign")
        self._told, self._waiting = self._waiting, []
        try:
            if self._line is not None:
                self._line.connection.send_bytes(self._key.private_bytes_raw() + b"\n".join(self._told))
        except OSError as error:
            self._leave(error)

    def _hear(self) -> None:
        if not self._told:
            return
        told, self._told = self._told, []
        try:
            if self._line is not None:
                self._made += self._line.hear().decode().split(",")
                return
        except (OSError, EOFError) as error:
            self._leave(error)
        self._made += [signing.sign(self._key, text) for text in told]

    def _leave(self, error: BaseException) -> None:
        _lose("sign", error)
        if self._line is not None:
            self._line.free.release()
            self._line = None


def _live(lines: Sequence[Connection]) -> None:
    """The other process: it answers until nobody is there any more."""
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # a terminal tells it to all; the server ends in order, and this one with it
    threads = [
        threading.Thread(target=_serve, args=(line, work), daemon=True)
        for line, work in zip(lines, _WORK.values(), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    os._exit(0)


def _serve(line: Connection, work: Callable[[bytes], Iterator[bytes]]) -> None:
    try:
        while True:
            for answer in work(line.recv_bytes()):
                line.send_bytes(answer)
    except (OSError, EOFError):
        os._exit(0)


def _check(job: bytes) -> Iterator[bytes]:
    """Digests, some at a time; then nothing. A set with which anything is wrong has none, and neither has one that is no set."""
    author, _, body = job.partition(b"\n")
    try:
        sets = json_text.loads(body)["sets"]
        for start in range(0, len(sets), CHECKED_AT_A_TIME):
            some = (_digest(item, author.decode()) for item in sets[start : start + CHECKED_AT_A_TIME])
            yield b"=" + ",".join(some).encode()
    except (ValueError, TypeError, LookupError):  # no request at all: that is said by who reads it
        pass
    yield b""


def _digest(item: Any, author: str) -> str:
    try:
        return digest_in_order(item["set"], author) or ""
    except Exception:  # the same fault comes again where the set is judged alone, and is told there
        return ""


def _sign(job: bytes) -> Iterator[bytes]:
    key = _key(job[:_SEED_BYTES])
    yield ",".join(signing.sign(key, text) for text in job[_SEED_BYTES:].split(b"\n")).encode()


@lru_cache(2)
def _key(seed: bytes) -> Ed25519PrivateKey:
    return signing.new_private_key(seed)


_WORK: dict[str, Callable[[bytes], Iterator[bytes]]] = {"check": _check, "sign": _sign}
