"""The key of one run: it opens what the run wrote, so that the stored bytes are tried, and is gone with the run."""

from __future__ import annotations

import contextlib
import ctypes
import resource
import secrets
from collections.abc import Iterator

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

_PR_SET_DUMPABLE = 4


class OneTimeKey:
    """Lives in the memory of this process alone."""

    def __init__(self) -> None:
        self._secret = bytearray(secrets.token_bytes(32))

    @property
    def secret(self) -> bytes:
        """The private half. Raises: RuntimeError, when the run is over."""
        if not any(self._secret):
            raise RuntimeError("the key of this run is gone")
        return bytes(self._secret)

    @property
    def public(self) -> bytes:
        """The recipient."""
        return X25519PrivateKey.from_private_bytes(self.secret).public_key().public_bytes_raw()

    def forget(self) -> None:
        """The run is over."""
        self._secret[:] = bytes(len(self._secret))


@contextlib.contextmanager
def one_time_key() -> Iterator[OneTimeKey]:
    """A key for the time of the block; meanwhile this process writes no core and nobody may look into it."""
    key = OneTimeKey()
    limits = resource.getrlimit(resource.RLIMIT_CORE)
    libc = ctypes.CDLL(None, use_errno=True)
    resource.setrlimit(resource.RLIMIT_CORE, (0, limits[1]))
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    try:
        yield key
    finally:
        key.forget()
        libc.prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0)
        resource.setrlimit(resource.RLIMIT_CORE, limits)
