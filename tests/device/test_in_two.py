"""A request compressed in two parts is one gzip member, for any reader."""

from __future__ import annotations

import gzip
import zlib

from hypothesis import given
from hypothesis import strategies as st

from field_app.sync import in_two


@given(st.binary(max_size=2000), st.binary(max_size=5000))
def test_both_parts_come_out_as_one(start: bytes, text: bytes) -> None:
    made = in_two.whole(start, text, in_two.end(text))

    reader = zlib.decompressobj(wbits=31)
    assert reader.decompress(made) == start + text
    assert (reader.eof, reader.unused_data) == (True, b"")
    assert gzip.decompress(made) == start + text


def test_the_end_that_repeats_the_beginning_is_still_right_and_hardly_longer_than_in_one() -> None:
    text = b'{"seq":1,"set":{"content":"call"}},' * 2000

    made = in_two.whole(text[:500], text[500:], in_two.end(text[500:]))

    assert gzip.decompress(made) == text
    assert len(made) < len(gzip.compress(text, 6)) + 100
