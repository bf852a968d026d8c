"""Stamps on the disk (R1): what is stored reads back, and so does what an earlier release stored."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from server.storage import stamps
from sync_protocol.state import REMOVAL, Stamp

NAMES = st.sampled_from(["store_name", "needs", "licence_number", REMOVAL])
STAMPS = st.builds(
    Stamp,
    rev=st.integers(1, 3),
    device=st.sampled_from(["a phone", "a tablet"]),
    seq=st.integers(1, 2),
    user=st.just("li"),
    time=st.integers(0, 2),
)


@given(st.dictionaries(NAMES, STAMPS))
def test_stamps_read_back_as_they_were(given_stamps: dict[str, Stamp]) -> None:
    assert stamps.unpacked(stamps.packed(given_stamps)) == given_stamps


@given(st.dictionaries(NAMES, STAMPS))
def test_stamps_stored_field_by_field_by_an_earlier_release_are_read(given_stamps: dict[str, Stamp]) -> None:
    assert stamps.unpacked(json.dumps(given_stamps)) == given_stamps


def test_a_stamp_that_stands_at_many_fields_is_stored_once() -> None:
    one = Stamp(1, "a phone with a long name", 7, "li", 1)

    assert stamps.packed(dict.fromkeys(("a", "b", "c"), one)).count(one.device) == 1
