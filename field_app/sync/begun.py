"""A body whose beginning is compressed and hashed before its end is known."""

from __future__ import annotations

import hashlib
import zlib

LEVEL = 6
_GZIP = 31  # wbits: a window of 32 KiB, with header and sum (RFC 1952)


class Begun:
    """The beginning of a body. It can be ended more than once."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        self._hash = hashlib.sha256(text)
        self._packer = zlib.compressobj(LEVEL, zlib.DEFLATED, _GZIP)
        self._packed = self._packer.compress(text) + self._packer.flush(zlib.Z_SYNC_FLUSH)

    def ended(self, rest: bytes) -> tuple[bytes, bytes, str]:
        """The whole body, its gzip, and its SHA-256 in hex digits."""
        packer, digest = self._packer.copy(), self._hash.copy()
        digest.update(rest)
        return self.text + rest, b"".join((self._packed, packer.compress(rest), packer.flush())), digest.hexdigest()
