"""A body that was compressed and hashed before its end was known is one gzip member, for any reader."""

from __future__ import annotations

import gzip
import hashlib
import zlib

from hypothesis import given
from hypothesis import strategies as st

from field_app.sync.begun import Begun


@given(st.binary(max_size=5000), st.lists(st.binary(max_size=2000), min_size=1, max_size=3))
def test_every_end_comes_out_behind_the_beginning(text: bytes, ends: list[bytes]) -> None:
    begun = Begun(text)

    for rest in ends:
        body, made, sha256 = begun.ended(rest)

        reader = zlib.decompressobj(wbits=31)
        assert body == text + rest == reader.decompress(made) == gzip.decompress(made)
        assert (reader.eof, reader.unused_data) == (True, b"")
        assert sha256 == hashlib.sha256(body).hexdigest()


def test_it_is_hardly_longer_than_in_one() -> None:
    text = b'{"seq":1,"set":{"content":"call"}},' * 2000

    _, made, _ = Begun(text[:-500]).ended(text[-500:])

    assert len(made) < len(gzip.compress(text, 6)) + 50
