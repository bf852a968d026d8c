"""Sealed streams: they open whole, in order and unchanged, or not at all."""

from __future__ import annotations

import pytest

from sync_protocol.chunked import (
    FRAME_BYTES,
    HEADER_BYTES,
    TAG_BYTES,
    Damaged,
    decrypt_chunks,
    encrypt_chunks,
    sealed_bytes,
)

KEY = bytes(range(32))
PREFIX = b"prefix7"
SEALED_FRAME = FRAME_BYTES + TAG_BYTES


def seal(plain: bytes, *, key: bytes = KEY) -> bytes:
    return b"".join(encrypt_chunks(key, [plain], nonce_prefix=PREFIX))


def unseal(sealed: bytes, *, key: bytes = KEY) -> bytes:
    return b"".join(decrypt_chunks(key, [sealed]))


@pytest.mark.parametrize("size", [0, 1, FRAME_BYTES - 1, FRAME_BYTES, FRAME_BYTES + 1, 3 * FRAME_BYTES, 200_001])
def test_what_was_sealed_opens_again_whatever_its_length(size: int) -> None:
    plain = bytes(index % 251 for index in range(size))

    sealed = seal(plain)

    assert unseal(sealed) == plain
    assert len(sealed) == sealed_bytes(size)


@pytest.mark.parametrize("piece", [1, 100, FRAME_BYTES, FRAME_BYTES + 17])
def test_how_a_stream_is_cut_into_pieces_does_not_matter(piece: int) -> None:
    plain = bytes(range(256)) * 600
    pieces = [plain[start : start + piece] for start in range(0, len(plain), piece)]

    sealed = b"".join(encrypt_chunks(KEY, pieces, nonce_prefix=PREFIX))

    assert sealed == seal(plain)
    sealed_pieces = (sealed[start : start + piece] for start in range(0, len(sealed), piece))
    assert b"".join(decrypt_chunks(KEY, sealed_pieces)) == plain


def test_no_clear_text_is_in_a_sealed_stream() -> None:
    assert b"CANARY" not in seal(b"CANARY" * 30_000)


def test_a_flipped_bit_anywhere_is_found() -> None:
    sealed = seal(b"x" * (FRAME_BYTES + 100))

    for position in [*range(HEADER_BYTES + 2), FRAME_BYTES // 2, HEADER_BYTES + FRAME_BYTES, len(sealed) - 1]:
        broken = bytearray(sealed)
        broken[position] ^= 1
        with pytest.raises(Damaged):
            unseal(bytes(broken))


def test_a_stream_cut_off_anywhere_is_found() -> None:
    sealed = seal(b"x" * (3 * FRAME_BYTES))

    edges = [0, 1, HEADER_BYTES, HEADER_BYTES + SEALED_FRAME, HEADER_BYTES + 2 * SEALED_FRAME, len(sealed) - 1]
    for length in edges:
        with pytest.raises(Damaged):
            unseal(sealed[:length])


def test_frames_in_another_order_are_found() -> None:
    sealed = seal(b"a" * FRAME_BYTES + b"b" * FRAME_BYTES + b"c")
    head, first, second, last = (
        sealed[:HEADER_BYTES],
        sealed[HEADER_BYTES : HEADER_BYTES + SEALED_FRAME],
        sealed[HEADER_BYTES + SEALED_FRAME : HEADER_BYTES + 2 * SEALED_FRAME],
        sealed[HEADER_BYTES + 2 * SEALED_FRAME :],
    )

    for order in (
        head + second + first + last,
        head + first + last,
        head + first + first + second + last,
        sealed + last,
    ):
        with pytest.raises(Damaged):
            unseal(order)


def test_another_key_does_not_open_it() -> None:
    with pytest.raises(Damaged):
        unseal(seal(b"secret"), key=bytes(32))


def test_frames_of_two_streams_with_one_key_cannot_be_mixed() -> None:
    one = seal(b"a" * FRAME_BYTES + b"tail")
    other = b"".join(encrypt_chunks(KEY, [b"b" * FRAME_BYTES + b"tail"], nonce_prefix=b"another"))

    with pytest.raises(Damaged):
        unseal(one[: HEADER_BYTES + SEALED_FRAME] + other[HEADER_BYTES + SEALED_FRAME :])
