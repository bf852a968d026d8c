"""Who said it: Ed25519 over a text that names the protocol, the direction, the request and the bytes (decision 14).

Keys and signatures travel as base64url without padding of the raw bytes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

PROTOCOL = "roundbook/1"
_PRIME = 2**255 - 19
_OF_ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7  # y of a point of order 8
_WEAK_KEYS = frozenset(
    y.to_bytes(32, "little") for y in (0, 1, _PRIME - 1, _PRIME, _PRIME + 1, _OF_ORDER_8, _PRIME - _OF_ORDER_8)
)


def to_text(raw: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def from_text(text: str, *, size: int | None = None) -> bytes:
    """The bytes behind base64url without padding. Raises: ValueError, also if there are not `size` of them.

    A text that is not the one which `to_text` gives for its bytes is refused: two texts for one key would be two names for it.
    """
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("not base64url") from error
    if to_text(raw) != text:
        raise ValueError("not base64url")
    if size is not None and len(raw) != size:
        raise ValueError(f"{size} bytes expected")
    return raw


def body_hash(body: bytes) -> str:
    """Hex SHA-256 of a body, after inflating."""
    return hashlib.sha256(body).hexdigest()


def request_text(method: str, path: str, device: str, sent_ms: int, body: bytes) -> bytes:
    """What a device signs. Args: path: with its query, as sent. device: its id. body: before any content encoding."""
    return hashed_request_text(method, path, device, sent_ms, body_hash(body))


def hashed_request_text(method: str, path: str, device: str, sent_ms: int, sha256: str) -> bytes:
    """The same, where the hash of the body is at hand."""
    return "\n".join([PROTOCOL, "request", method, path, device, str(sent_ms), sha256]).encode()


def answer_text(method: str, path: str, device: str, sent_ms: int, body: bytes, request_body: bytes) -> bytes:
    """What the server signs: the same of its answer, and the hash of the request body that it replies to."""
    return file_text(method, path, device, sent_ms, body_hash(body), request_body)


def file_text(method: str, path: str, device: str, sent_ms: int, sha256: str, request_body: bytes) -> bytes:
    """The same of an answer that is a file or a part of one. Args: sha256: hex, of the whole file."""
    return hashed_answer_text(method, path, device, sent_ms, sha256, body_hash(request_body))


def hashed_answer_text(method: str, path: str, device: str, sent_ms: int, sha256: str, request_sha256: str) -> bytes:
    """The same, where only the hashes of the answer's and the request's body are at hand."""
    lines = [PROTOCOL, "answer", method, path, device, str(sent_ms), sha256, request_sha256]
    return "\n".join(lines).encode()


def new_private_key(seed: bytes) -> Ed25519PrivateKey:
    """The key behind 32 random bytes."""
    return Ed25519PrivateKey.from_private_bytes(seed)


def public_text(private: Ed25519PrivateKey) -> str:
    """The public half, as it travels: 43 characters."""
    return to_text(private.public_key().public_bytes_raw())


def sign(private: Ed25519PrivateKey, text: bytes) -> str:
    """A detached signature, as it travels: 86 characters."""
    return to_text(private.sign(text))


def verify(public: str, signature: str, text: bytes) -> bool:
    """Whether `signature` is the one that the holder of `public` makes over `text`.

    Malformed input is a wrong signature, and so is any under a key of small order, which anybody can sign with.
    """
    try:
        key = _public_key(public)
        if key is None:
            return False
        key.verify(from_text(signature, size=64), text)
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(4096)
def _public_key(public: str) -> Ed25519PublicKey | None:
    """The key behind its text; None for one of small order. Raises: ValueError."""
    raw = from_text(public, size=32)
    return None if bytes([*raw[:31], raw[31] & 0x7F]) in _WEAK_KEYS else Ed25519PublicKey.from_public_bytes(raw)


def fingerprint(public: str) -> str:
    """base64url of SHA-256 over the raw public key: what an invitation carries and a person can compare."""
    return to_text(hashlib.sha256(from_text(public, size=32)).digest())
