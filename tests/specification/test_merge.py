"""Two edits of one record that may not have seen each other (R12-R14)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_protocol.fields import Rule
from sync_protocol.merge import Edit, Merged, is_seen, merge, plain_decimal
from sync_protocol.state import Stamp, Stored

RULES = {
    "note": Rule.LATEST,
    "shelf": Rule.LATEST,
    "price": Rule.ASK,
    "bank": Rule.ASK,
    "tags": Rule.ELEMENTS,
    "sum": Rule.SUM,
}
THEIRS = Stamp(rev=5, device="theirs", seq=3, user="wang", time=500)


def stored(fields: dict[str, Any] | None = None, **stamps: Stamp) -> Stored:
    return Stored("r", "t", "c", "b", 5, "5-x", False, fields or {}, stamps, "li")


def edit(values: dict[str, Any] | None = None, **changed: Any) -> Edit:
    given_or = {"device": "mine", "seq": 7, "user": "li", "time": 400, "was": {}, "add": {}, "put": {}, "take": {}}
    return Edit(**{**given_or, "set": values or {}, **changed})


def merged(before: Stored, change: Edit, *, base_rev: int | None = None, asking: bool = False) -> Merged:
    return merge(before, change, base_rev=base_rev, rule_of=RULES.__getitem__, asking=asking)


# R12: seen


def test_a_field_that_nobody_set_is_seen() -> None:
    """R12."""
    assert is_seen(None, device="mine", seq=1, base_rev=None)


@pytest.mark.parametrize(("seq", "seen"), [(2, False), (3, True), (4, True)])
def test_what_the_same_device_set_before_or_in_the_same_set_is_seen(seq: int, seen: bool) -> None:
    """R12: an earlier change of one's own set counts too: later changes see earlier ones."""
    assert is_seen(THEIRS, device="theirs", seq=seq, base_rev=None) is seen


@pytest.mark.parametrize(("base_rev", "seen"), [(None, False), (4, False), (5, True), (6, True)])
def test_what_the_base_contains_is_seen(base_rev: int | None, seen: bool) -> None:
    """R12: a base that this history does not know has seen nothing (R39)."""
    assert is_seen(THEIRS, device="mine", seq=99, base_rev=base_rev) is seen


# R13: field by field


def test_a_seen_field_is_taken_whatever_the_clocks_say() -> None:
    """R13."""
    result = merged(stored({"note": "old"}, note=THEIRS), edit({"note": "new"}, time=1), base_rev=5)

    assert result == Merged(values={"note": "new"})


def test_an_unseen_field_is_taken_if_it_still_is_what_the_author_saw() -> None:
    """R13: `was` settles what an unknown base leaves open, also for fields that a person decides."""
    result = merged(stored({"price": 1}, price=THEIRS), edit({"price": 2}, was={"price": 1}))

    assert result == Merged(values={"price": 2})


def test_an_author_who_saw_an_empty_field_says_so() -> None:
    """R13: absent in `was` is not empty in `was`."""
    before = stored({}, price=THEIRS)

    assert merged(before, edit({"price": 2}, was={"price": None})) == Merged(values={"price": 2})
    assert merged(before, edit({"price": 2})) == Merged(asked={"price": 2})


def test_the_same_value_again_is_nothing_to_do() -> None:
    """R13."""
    assert merged(stored({"price": 2}, price=THEIRS), edit({"price": 2}, was={"price": 1})) == Merged()


def test_an_edit_that_comes_after_a_later_one_of_the_same_device_is_superseded() -> None:
    """R13."""
    later = THEIRS._replace(device="mine", seq=8, user="li")

    assert merged(stored({"price": 3}, price=later), edit({"price": 2})) == Merged(superseded=["price"])


@pytest.mark.parametrize(
    ("time", "device", "seq", "wins"),
    [(501, "a", 1, True), (499, "z", 9, False), (500, "u", 1, True), (500, "a", 9, False)],
    ids=["later", "earlier", "as late, device after", "as late, device before"],
)
def test_latest_is_decided_by_time_then_device_and_the_loser_is_listed(
    time: int, device: str, seq: int, wins: bool
) -> None:
    """R13: `latest` by (time, device, seq)."""
    result = merged(stored({"note": "theirs"}, note=THEIRS), edit({"note": "mine"}, time=time, device=device, seq=seq))

    assert result.values == ({"note": "mine"} if wins else {})
    (overlap,) = result.overlaps
    assert (overlap.kept, overlap.lost) == (("mine", "theirs") if wins else ("theirs", "mine"))
    assert (overlap.kept_by, overlap.lost_by) == (("li", "wang") if wins else ("wang", "li"))


def test_ask_goes_to_a_person_and_the_other_fields_apply() -> None:
    """R13."""
    before = stored({"price": 1, "note": "a"}, price=THEIRS)

    assert merged(before, edit({"price": 2, "note": "b"})) == Merged(values={"note": "b"}, asked={"price": 2})


def test_asking_settles_what_another_user_set_by_a_person_whatever_the_rule() -> None:
    """§6, merge*."""
    before = stored({"note": "a", "shelf": "a"}, note=THEIRS, shelf=THEIRS._replace(device="tablet", user="li"))

    result = merged(before, edit({"note": "b", "shelf": "b"}, time=900), asking=True)

    assert result.asked == {"note": "b"} and result.values == {"shelf": "b"}


# R14: sums and elements


def test_an_addition_adds_to_what_is_there() -> None:
    """R14: +3 and +4 make +7, whoever comes first."""
    assert merged(stored({"sum": "3"}, sum=THEIRS), edit(add={"sum": "4"})).values == {"sum": "7"}
    assert merged(stored(), edit(add={"sum": "-0.50"})).values == {"sum": "-0.5"}


@pytest.mark.parametrize(
    ("value", "text"), [("0.00", "0"), ("-0", "0"), ("100", "100"), ("1E+3", "1000"), ("1.50", "1.5")]
)
def test_a_decimal_travels_without_exponent_and_trailing_zeros(value: str, text: str) -> None:
    assert plain_decimal(Decimal(value)) == text


def test_elements_are_put_and_taken_one_by_one() -> None:
    """R14: what another put meanwhile stays."""
    before = stored({"tags": ["a", "b", "theirs"]}, tags=THEIRS)

    result = merged(before, edit(put={"tags": ["c", "a"]}, take={"tags": ["b", "gone"]}))

    assert result.values == {"tags": ["a", "theirs", "c"]}


def test_elements_that_are_there_or_gone_already_are_nothing_to_do() -> None:
    """R14."""
    before = stored({"tags": ["a"]})

    assert merged(before, edit(put={"tags": ["a"]}, take={"tags": ["b"]})) == Merged()
    assert merged(before, edit(take={"tags": ["a"]})).values == {"tags": []}


# What holds for all edits

VALUES = st.sampled_from([None, "", "a", "b", 1, 2])
FIELDS = st.sampled_from(["note", "shelf", "price", "bank"])
DEVICES = st.sampled_from(["mine", "theirs", "tablet"])
STAMPS = st.builds(
    Stamp,
    rev=st.integers(1, 6),
    device=DEVICES,
    seq=st.integers(1, 9),
    user=st.sampled_from(["li", "wang"]),
    time=st.integers(0, 9),
)
TAGS = st.lists(st.sampled_from("abcde"), unique=True)


@st.composite
def records(draw: st.DrawFn) -> Stored:
    fields = draw(st.dictionaries(FIELDS, VALUES.filter(lambda value: value is not None)))
    stamps = draw(st.fixed_dictionaries({}, optional=dict.fromkeys(("note", "shelf", "price", "bank"), STAMPS)))
    return stored({**fields, "tags": draw(TAGS)}, **stamps)


@st.composite
def edits(draw: st.DrawFn) -> Edit:
    return edit(
        draw(st.dictionaries(FIELDS, VALUES)),
        was=draw(st.dictionaries(FIELDS, VALUES)),
        put={"tags": draw(TAGS)},
        take={"tags": draw(TAGS)},
        device=draw(DEVICES),
        seq=draw(st.integers(1, 9)),
        time=draw(st.integers(0, 9)),
    )


@given(records(), edits(), st.none() | st.integers(1, 6), st.booleans())
def test_every_field_of_an_edit_is_written_asked_listed_or_already_so(
    before: Stored, change: Edit, base_rev: int | None, asking: bool
) -> None:
    """P3: no edit vanishes, and each has one fate; what it displaces unseen is listed too."""
    result = merged(before, change, base_rev=base_rev, asking=asking)

    for name, new in change.set.items():
        lost = {overlap.field: overlap.lost for overlap in result.overlaps}
        fates = [
            result.values.get(name, "not") == new and name in result.values,
            result.asked.get(name, "not") == new and name in result.asked,
            name in lost and lost[name] == new,
            name in result.superseded,
            before.fields.get(name) == new,
        ]
        assert sum(fates) == 1, (name, fates)
        unseen = not is_seen(before.stamps.get(name), device=change.device, seq=change.seq, base_rev=base_rev)
        overwritten = name in result.values and unseen and change.was.get(name, "not") != before.fields.get(name)
        assert not overwritten or lost[name] == before.fields.get(name)
    assert set(result.values) <= {*change.set, "tags"}


@given(records(), edits())
def test_a_merge_of_seen_edits_is_take(before: Stored, change: Edit) -> None:
    """R13: who saw everything decides everything."""
    result = merged(before, change, base_rev=6, asking=True)

    wanted = {name: new for name, new in change.set.items() if before.fields.get(name) != new}
    assert {name: value for name, value in result.values.items() if name != "tags"} == wanted
    assert not (result.asked or result.overlaps or result.superseded)


@given(records(), edits())
def test_merging_twice_is_merging_once(before: Stored, change: Edit) -> None:
    """What was written is there: the second time there is nothing to write."""
    first = merged(before, change)
    after = stored({**before.fields, **first.values}, **before.stamps)

    again = merged(after, change)

    assert {name: value for name, value in again.values.items() if after.fields.get(name) != value} == {}


@given(TAGS, TAGS, TAGS)
def test_after_element_operations_the_put_are_there_the_taken_are_gone_and_the_rest_stands_as_it_stood(
    there: list[str], put: list[str], take: list[str]
) -> None:
    """R14."""
    result = merged(stored({"tags": there}), edit(put={"tags": put}, take={"tags": take}))
    after = result.values.get("tags", there)

    assert set(put) <= set(after) and not (set(take) - set(put)) & set(after)
    assert [tag for tag in after if tag in there and tag not in put] == [t for t in there if t not in (*take, *put)]
    assert len(after) == len(set(after)) and set(after) <= {*there, *put}


@given(TAGS, TAGS, TAGS)
def test_puts_of_two_authors_lose_nothing_in_either_order(there: list[str], one: list[str], two: list[str]) -> None:
    """R14."""

    def both(first: list[str], second: list[str]) -> set[str]:
        tags = there
        for put in (first, second):
            tags = merged(stored({"tags": tags}), edit(put={"tags": put})).values.get("tags", tags)
        return set(tags)

    assert both(one, two) == both(two, one) == {*there, *one, *two}


AMOUNTS = st.decimals(min_value=-1000, max_value=1000, places=3).map(plain_decimal)


@given(st.permutations(range(4)), st.lists(AMOUNTS, min_size=4, max_size=4))
def test_additions_come_to_the_same_sum_in_any_order(order: list[int], amounts: list[str]) -> None:
    """R14, scenario 2."""
    total = "0"
    for index in order:
        total = merged(stored({"sum": total}), edit(add={"sum": amounts[index]})).values["sum"]

    assert Decimal(total) == sum(map(Decimal, amounts))
