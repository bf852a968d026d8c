"""What a carried file holds, inside its seal: parts, each a line of JSON and so many bytes (R46).

    {"part": "request", "device": …, "recipient": …, "sent": …, "signature": …, "size": 812}     then 812 bytes
    {"part": "photo", "book": …, "set": …, "sha256": …, "type": …, "size": 183112}               then as many
    {"part": "end"}

A file to the server holds requests and photos, a file to a device answers. A request or answer is signed as over HTTP, with the
method FILE and a path that names the key to which the file is sealed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sync_protocol.signing import fingerprint

METHOD = "FILE"
LINE_LIMIT = 16 * 1024


class NotAnEnvelope(Exception):
    """What was sealed is no file of parts, or has no end."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part. `head`: its line. `content`: the bytes, to be read before the next part is asked for."""

    head: dict[str, Any]
    content: Iterable[bytes]

    @property
    def kind(self) -> str:
        """`request`, `answer`, `photo`; one that is not known is passed over."""
        return str(self.head.get("part", ""))

    def whole(self, limit: int) -> bytes:
        """All its bytes. Raises: NotAnEnvelope, if it has more than `limit`."""
        if self.head["size"] > limit:
            raise NotAnEnvelope(f"a part of more than {limit} bytes")
        return b"".join(self.content)


def path_for(recipient: str) -> str:
    """The path in signed texts. Args: recipient: the server's public seal key, as it travels."""
    return f"/envelope/1/{fingerprint(recipient)}"


def written(parts: Iterable[tuple[Mapping[str, Any], int, Iterable[bytes]]]) -> Iterator[bytes]:
    """The file. Args: parts: (head without its size, size, content)."""
    for head, size, content in parts:
        yield _line({**head, "size": size})
        left = size
        for chunk in content:
            left -= len(chunk)
            yield chunk
        if left:
            raise ValueError("a part of another size than was said")
    yield _line({"part": "end"})


def _line(head: Mapping[str, Any]) -> bytes:
    return json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def parts_of(chunks: Iterable[bytes]) -> Iterator[Part]:
    """The parts of a file. What of one was not read is passed over. Raises: NotAnEnvelope."""
    source = _Source(chunks)
    while True:
        head = _head(source.line())
        if head.get("part") == "end":
            return
        size = head.get("size")
        if not isinstance(size, int) or isinstance(size, bool) or size < 0:
            raise NotAnEnvelope("a part without a size")
        content = source.take(size)
        yield Part(head, content)
        for _ in content:
            pass


def _head(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise NotAnEnvelope("a line that is not JSON") from error
    if not isinstance(found, dict):
        raise NotAnEnvelope("a line that is not an object")
    return found


class _Source:
    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._held = b""

    def line(self) -> bytes:
        while b"\n" not in self._held:
            if len(self._held) > LINE_LIMIT:
                raise NotAnEnvelope("a line that is too long")
            self._held += self._next()
        line, _, self._held = self._held.partition(b"\n")
        return line

    def take(self, size: int) -> Iterator[bytes]:
        while size:
            if not self._held:
                self._held = self._next()
            piece, self._held = self._held[:size], self._held[size:]
            size -= len(piece)
            yield piece

    def _next(self) -> bytes:
        for chunk in self._chunks:
            if chunk:
                return chunk
        raise NotAnEnvelope("it has no end")
