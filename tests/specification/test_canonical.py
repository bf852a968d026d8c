"""What is hashed and signed has one form only: RFC 8785, with an independent implementation as second opinion."""

from __future__ import annotations

import contextlib
import hashlib
import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from sync_protocol import canonical, json_text

TEXTS = st.text(st.characters(exclude_categories=("Cs",)))
NAMES = st.text(st.characters(max_codepoint=127))
WHOLE = st.integers(-(2**53) + 1, 2**53 - 1)
VALUES = st.recursive(
    st.none() | st.booleans() | WHOLE | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=15,
)


@given(VALUES)
def test_the_canonical_form_is_that_of_rfc_8785(value: Any) -> None:
    """§2 digest."""
    assert canonical.canonical(value) == rfc8785.dumps(value)


@given(VALUES)
def test_the_canonical_form_reads_back_as_the_same_value(value: Any) -> None:
    assert canonical.parse(canonical.canonical(value)) == value


@given(st.dictionaries(NAMES, VALUES, min_size=2, max_size=5), st.randoms())
def test_the_order_of_members_does_not_matter(value: dict[str, Any], random: Any) -> None:
    items = list(value.items())
    random.shuffle(items)

    assert canonical.digest(dict(items)) == canonical.digest(value)


def test_a_digest_is_sha_256_of_the_canonical_bytes() -> None:
    """§2."""
    assert canonical.digest({"b": [1, None, True], "a": "é\u2028\x7f\n"}) == (
        hashlib.sha256('{"a":"é\u2028\x7f\\n","b":[1,null,true]}'.encode()).hexdigest()
    )


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (1.0, "float"),
        (float("nan"), "float"),
        ([0.5], "float"),
        ({"a": {"b": 1.5}}, "float"),
        (2**53, "integer.range"),
        (-(2**53), "integer.range"),
        ({"größe": 1}, "name.not-ascii"),
        ({1: 1}, "name.not-ascii"),
        ("\ud800", "text.surrogate"),
        (["\udfff"], "text.surrogate"),
    ],
)
def test_what_has_no_one_form_cannot_travel(value: Any, reason: str) -> None:
    """§2: on the wire there are no floats."""
    with pytest.raises(canonical.NotCanonical) as raised:
        canonical.canonical(value)

    assert str(raised.value) == reason


@pytest.mark.parametrize("depth", [33, 500, 100_000])
def test_nesting_beyond_reason_cannot_travel(depth: int) -> None:
    value: Any = 0
    for _ in range(depth):
        value = [value]

    with pytest.raises(canonical.NotCanonical, match="too-deep"):
        canonical.canonical(value)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b'{"a":1,"a":1}',
        b'{"a":{"b":1,"b":2}}',
        b"NaN",
        b"[Infinity]",
        b"-Infinity",
        b"\xff",
        b"1 2",
        b"[" * 100_000,
    ],
)
def test_what_is_no_json_or_means_two_things_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError):
        canonical.parse(raw)


@given(VALUES)
def test_what_others_write_is_read_whatever_its_white_space_and_escapes(value: Any) -> None:
    assert canonical.parse(json.dumps(value, indent=1).encode()) == value


@given(VALUES)
def test_a_device_without_the_quick_json_writes_and_reads_the_same(value: Any) -> None:
    """`json_text` takes orjson where it is installed; what travels must not show it."""
    quick = canonical.canonical(value), json_text.dumps(value)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_text, "orjson", None)
        assert (canonical.canonical(value), json_text.dumps(value)) == quick
        assert canonical.parse(quick[1]) == value
    assert canonical.parse(quick[1]) == value


@given(st.binary(max_size=40))
def test_no_bytes_make_the_reader_fall_over(raw: bytes) -> None:
    with contextlib.suppress(ValueError):
        canonical.parse(raw)
