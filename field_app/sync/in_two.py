"""gzip in two parts: the end of a text is compressed before its beginning is known.

Deflate (RFC 1951) is a sequence of blocks. A full flush ends one on a byte and forgets what came before, so that a stream of its
own may follow: together they are one gzip member (RFC 1952), which any reader takes.
"""

from __future__ import annotations

import struct
import zlib

LEVEL = 6
_RAW = -15  # a window of 32 KiB, neither header nor sum
_HEADER = struct.pack("<BBBBIBB", 0x1F, 0x8B, 8, 0, 0, 0, 255)


def end(text: bytes) -> bytes:
    """The end of the text, deflated."""
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, _RAW)
    return packer.compress(text) + packer.flush()


def whole(start: bytes, text: bytes, packed: bytes) -> bytes:
    """The gzip of `start + text`. Args: packed: `end(text)`."""
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, _RAW)
    first = packer.compress(start) + packer.flush(zlib.Z_FULL_FLUSH)
    size = (len(start) + len(text)) & 0xFFFFFFFF
    return b"".join((_HEADER, first, packed, struct.pack("<II", zlib.crc32(text, zlib.crc32(start)), size)))
