"""Bytes that only the holder of a private X25519 key opens: the recovery slot, and what a device may no longer read."""

from __future__ import annotations

from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_KEY_BYTES = 32
ABOUT_SETS = b"roundbook/1 set"  # the associated data of sealed change sets
_NONCE = bytes(12)  # the key is new for every sealing, so one nonce is enough


class NotForUs(Exception):
    """The bytes were sealed to another key, with other associated data, or were changed since."""


def seal(recipient: bytes, plain: bytes, *, about: bytes, randomness: Callable[[int], bytes]) -> bytes:
    """Seal to a raw public key. Form: the ephemeral public key, then the sealed bytes. Args: about: associated data."""
    ephemeral = X25519PrivateKey.from_private_bytes(randomness(_KEY_BYTES))
    mine = ephemeral.public_key().public_bytes_raw()
    shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(recipient))
    return mine + ChaCha20Poly1305(_key(shared, mine, recipient)).encrypt(_NONCE, plain, about)


def unseal(private: bytes, sealed: bytes, *, about: bytes) -> bytes:
    """Open what `seal` made. Raises: NotForUs."""
    key = X25519PrivateKey.from_private_bytes(private)
    theirs, rest = sealed[:_KEY_BYTES], sealed[_KEY_BYTES:]
    try:
        shared = key.exchange(X25519PublicKey.from_public_bytes(theirs))
        return ChaCha20Poly1305(_key(shared, theirs, key.public_key().public_bytes_raw())).decrypt(_NONCE, rest, about)
    except (InvalidTag, ValueError) as error:
        raise NotForUs("not sealed to this key") from error


def _key(shared: bytes, ephemeral: bytes, recipient: bytes) -> bytes:
    return HKDF(hashes.SHA256(), _KEY_BYTES, salt=ephemeral + recipient, info=b"roundbook/1 sealed").derive(shared)
