"""Chunked authenticated encryption: long streams (photos, objects at rest) sealed frame by frame in constant memory.

Form: a header (magic, version, 7-byte nonce prefix), then frames of 64 KiB of plain text, each with its 16-byte tag.
The nonce of a frame is prefix + counter + last flag, so frames that were dropped, repeated, swapped or cut off do not open.
A key must never meet the same prefix twice; callers draw it at random for every stream.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from sync_protocol.cutting import cut

FRAME_BYTES = 64 * 1024
TAG_BYTES = 16
PREFIX_BYTES = 7
KEY_BYTES = 32
VERSION = 1
_MAGIC = b"RBCF"
HEADER_BYTES = len(_MAGIC) + 1 + PREFIX_BYTES
_LAST_COUNTER = 2**32 - 1


class Damaged(Exception):
    """The stream is not what was sealed: cut, reordered, changed, of another key, or of an unknown version."""


def sealed_bytes(plain_bytes: int) -> int:
    """How long a stream of `plain_bytes` is when sealed."""
    frames = max(1, -(-plain_bytes // FRAME_BYTES))
    return HEADER_BYTES + plain_bytes + frames * TAG_BYTES


def plain_bytes(sealed: int) -> int:
    """How long the plain text is of a stream that has `sealed` bytes. Raises: Damaged, if no stream has that length."""
    body = sealed - HEADER_BYTES
    frames = -(-body // (FRAME_BYTES + TAG_BYTES))
    plain = body - frames * TAG_BYTES
    if frames < 1 or plain < 0 or sealed_bytes(plain) != sealed:
        raise Damaged("no sealed stream has this length")
    return plain


def encrypt_chunks(key: bytes, chunks: Iterable[bytes], *, nonce_prefix: bytes) -> Iterator[bytes]:
    """Seal a stream. Yields the header, then one frame at a time.

    Invariant: a stream opens only whole, in order and unchanged. Checked by: tests/device/test_chunked.py
    Args: key: 32 bytes. chunks: plain text in pieces of any length. nonce_prefix: 7 bytes, never used before with this key.
    """
    if len(nonce_prefix) != PREFIX_BYTES:
        raise ValueError("the nonce prefix has 7 bytes")
    cipher = ChaCha20Poly1305(key)
    header = _MAGIC + bytes([VERSION]) + nonce_prefix
    yield header
    for counter, (frame, last) in enumerate(cut(chunks, FRAME_BYTES)):
        yield cipher.encrypt(_nonce(nonce_prefix, counter, last), frame, header)


def decrypt_chunks(key: bytes, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Open a stream that `encrypt_chunks` made, frame by frame.

    What was yielded before a failure is authentic but not whole: use it only when the iterator has ended.
    Raises: Damaged.
    """
    source = iter(chunks)
    header, rest = _take(source, HEADER_BYTES)
    if len(header) != HEADER_BYTES or not header.startswith(_MAGIC):
        raise Damaged("not a sealed stream")
    if header[len(_MAGIC)] != VERSION:
        raise Damaged("a version of sealed streams that this release does not know")
    prefix = header[len(_MAGIC) + 1 :]
    cipher = ChaCha20Poly1305(key)
    for counter, (frame, last) in enumerate(cut(_chain(rest, source), FRAME_BYTES + TAG_BYTES)):
        try:
            yield cipher.decrypt(_nonce(prefix, counter, last), frame, header)
        except (InvalidTag, ValueError) as error:
            raise Damaged(f"frame {counter} does not open") from error


def _nonce(prefix: bytes, counter: int, last: bool) -> bytes:
    if counter > _LAST_COUNTER:
        raise ValueError("the stream is too long for one key and prefix")
    return prefix + counter.to_bytes(4, "big") + (b"\x01" if last else b"\x00")


def _take(source: Iterator[bytes], size: int) -> tuple[bytes, bytes]:
    held = b""
    while len(held) < size:
        chunk = next(source, None)
        if chunk is None:
            break
        held += chunk
    return held[:size], held[size:]


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from rest
