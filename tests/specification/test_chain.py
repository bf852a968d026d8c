"""Versions, the chain of a log and the check sum of a book (§2, R2, R30)."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_protocol import chain

VERS = st.integers(1, 10**6).map(lambda rev: f"{rev}-{rev:012x}")


def test_a_version_is_what_anybody_can_compute() -> None:
    """§2 `ver`: hex of SHA-256(previous ver, rev, book, removed, values set)."""
    text = '["1-aaaaaaaaaaaa",2,"north",false,{"needs":"冰"}]'

    expected = f"2-{hashlib.sha256(text.encode()).hexdigest()[:12]}"
    assert chain.next_ver("1-aaaaaaaaaaaa", 2, "north", False, {"needs": "冰"}) == expected


@pytest.mark.parametrize(
    "other",
    [
        ("1-b", 2, "north", False, {"a": 1}),
        ("1-a", 3, "north", False, {"a": 1}),
        ("1-a", 2, "south", False, {"a": 1}),
        ("1-a", 2, "north", True, {"a": 1}),
        ("1-a", 2, "north", False, {"a": 2}),
        ("1-a", 2, "north", False, {"b": 1}),
        ("1-a", 2, "north", False, {"a": "1"}),
    ],
)
def test_every_part_of_an_effect_is_in_the_version(other: tuple[str, int, str, bool, dict[str, object]]) -> None:
    """§2: equal ver means equal content."""
    assert chain.next_ver("1-a", 2, "north", False, {"a": 1}) != chain.next_ver(*other)


def test_a_version_names_its_revision() -> None:
    assert chain.rev_of(chain.next_ver(chain.NO_VER, 17, "north", False, {})) == 17


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5",
        "-aaaaaaaaaaaa",
        "x-aaaaaaaaaaaa",
        "5-aaa",
        "5-aaaaaaaaaaaaa",
        "٥-aaaaaaaaaaaa",
        "9" * 16 + "-aaaaaaaaaaaa",
    ],
)
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"ver\.format"):
        chain.rev_of(text)


def test_the_chain_is_what_anybody_can_compute() -> None:
    """R2: hash(p) = SHA-256(hash(p−1), p, digest)."""
    expected = hashlib.sha256(f'["{"0" * 64}",1,"abc"]'.encode()).hexdigest()

    assert chain.next_hash(chain.FIRST_HASH, 1, "abc") == expected


@given(st.lists(st.text("abc", min_size=1), min_size=1, max_size=8), st.data())
def test_a_changed_moved_or_missing_entry_changes_every_hash_behind_it(digests: list[str], data: st.DataObject) -> None:
    """R2."""

    def heads(entries: list[str]) -> list[str]:
        found, head = [], chain.FIRST_HASH
        for pos, digest in enumerate(entries, 1):
            head = chain.next_hash(head, pos, digest)
            found.append(head)
        return found

    where = data.draw(st.integers(0, len(digests) - 1))
    changed = [*digests[:where], digests[where] + "!", *digests[where + 1 :]]

    before, after = heads(digests), heads(changed)
    assert before[:where] == after[:where]
    assert all(a != b for a, b in zip(before[where:], after[where:], strict=True))


def test_a_check_item_is_what_anybody_can_compute() -> None:
    """R30: the first 12 bytes of SHA-256(record, ver)."""
    expected = int(hashlib.sha256(b'["r","1-a"]').hexdigest()[:24], 16)

    assert chain.check_item("r", "1-a") == expected


@given(st.dictionaries(st.text("rst", min_size=1), VERS, max_size=6), st.randoms())
def test_a_check_sum_does_not_depend_on_the_order_and_is_24_digits(records: dict[str, str], random: object) -> None:
    """R30: Σ mod 2⁹⁶."""
    items = [chain.check_item(record, ver) for record, ver in records.items()]
    shuffled = list(items)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    text = chain.check_text(sum(items))

    assert text == chain.check_text(sum(shuffled)) and len(text) == 24 and int(text, 16) < 2**96


@given(st.lists(st.tuples(st.sampled_from("abc"), VERS), max_size=12))
def test_a_check_sum_that_is_carried_on_equals_one_that_is_computed_anew(steps: list[tuple[str, str]]) -> None:
    """R30: what a push does (minus the old, plus the new) agrees with what a device counts, below zero and beyond 2⁹⁶ too."""
    carried, records = 0, {}
    for record, ver in steps:
        if record in records:
            carried -= chain.check_item(record, records[record])
        carried += chain.check_item(record, ver)
        records[record] = ver
        carried = int(chain.check_text(carried), 16)

    assert chain.check_text(carried) == chain.check_text(sum(chain.check_item(r, v) for r, v in records.items()))
