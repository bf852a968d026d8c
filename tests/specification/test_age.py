"""Our age files and those of the `age` command are the same thing."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from sync_protocol import age

SIZES = [0, 1, 100, age.CHUNK_BYTES - 1, age.CHUNK_BYTES, age.CHUNK_BYTES + 1, 3 * age.CHUNK_BYTES]
needs_command = pytest.mark.skipif(shutil.which("age") is None, reason="the command age is not installed")


def pair() -> tuple[bytes, bytes]:
    private = X25519PrivateKey.generate()
    return private.private_bytes_raw(), private.public_key().public_bytes_raw()


def sealed(public: bytes, plain: bytes) -> bytes:
    return b"".join(age.encrypt([public], [plain], os.urandom))


def opened(private: bytes, whole: bytes) -> bytes:
    return b"".join(age.decrypt([private], [whole]))


@needs_command
@pytest.mark.parametrize("size", SIZES)
def test_what_is_sealed_here_opens_with_the_command(tmp_path: Path, size: int) -> None:
    private, public = pair()
    plain = os.urandom(size)
    (tmp_path / "key").write_text(age.identity_text(private) + "\n")

    done = subprocess.run(
        ["age", "-d", "-i", tmp_path / "key"], input=sealed(public, plain), capture_output=True, check=True
    )

    assert done.stdout == plain


@needs_command
@pytest.mark.parametrize("size", SIZES)
def test_what_the_command_seals_opens_here(size: int) -> None:
    (private, public), (_, other) = pair(), pair()
    plain = os.urandom(size)
    recipients = ["-r", age.recipient_text(other), "-r", age.recipient_text(public)]

    done = subprocess.run(["age", *recipients], input=plain, capture_output=True, check=True)

    assert opened(private, done.stdout) == plain


@needs_command
def test_a_key_reads_as_the_command_reads_it(tmp_path: Path) -> None:
    private, public = pair()
    (tmp_path / "key").write_text(age.identity_text(private) + "\n")

    done = subprocess.run(["age-keygen", "-y", tmp_path / "key"], capture_output=True, check=True, text=True)

    assert done.stdout.strip() == age.recipient_text(public)


@given(st.lists(st.binary(max_size=200), max_size=6), st.integers(1, 50))
def test_a_stream_opens_however_it_is_cut(pieces: list[bytes], step: int) -> None:
    private, public = pair()
    whole = b"".join(age.encrypt([public], pieces, os.urandom))

    def cut() -> Iterator[bytes]:
        for start in range(0, len(whole), step):
            yield whole[start : start + step]

    assert b"".join(age.decrypt([private], cut())) == b"".join(pieces)


def test_nobody_else_opens_it() -> None:
    (_, public), (other, _) = pair(), pair()

    with pytest.raises(age.NotForUs):
        opened(other, sealed(public, b"for you alone"))


def test_a_key_among_several_opens_it() -> None:
    (old, public), (new, _) = pair(), pair()

    assert b"".join(age.decrypt([new, old], [sealed(public, b"written last year")])) == b"written last year"


def test_no_byte_can_be_changed() -> None:
    private, public = pair()
    whole = sealed(public, b"twelve bottles")

    for at in range(len(whole)):
        changed = bytearray(whole)
        changed[at] ^= 1
        with pytest.raises(age.NotAnAgeFile):
            opened(private, bytes(changed))


@pytest.mark.parametrize("size", [10, age.CHUNK_BYTES, 2 * age.CHUNK_BYTES + 5])
def test_a_file_cannot_be_cut_off_or_continued(size: int) -> None:
    private, public = pair()
    whole = sealed(public, os.urandom(size))

    for wrong in (whole[:-1], whole[: -age.TAG_BYTES - 1], whole + b"x", whole[:-size], whole[:20], b""):
        with pytest.raises(age.NotAnAgeFile):
            opened(private, wrong)


def test_a_header_without_an_end_is_given_up() -> None:
    private, _ = pair()
    endless = (b"-> X25519 AAAA\n" * 1000 for _ in range(100))

    with pytest.raises(age.NotAnAgeFile):
        age.decrypt([private], [b"age-encryption.org/v1\n", *endless])
