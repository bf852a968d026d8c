"""The form of a change set (protocol §3): what is wrong with it is named by member and field, and nothing makes the check fall over."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_protocol import canonical, changes
from sync_protocol.fields import Rule
from sync_protocol.records import base, record_type
from tests.specification.small_office import ORDINARY, VISIT, named

SHOP = named("shop")


def a_set(**changed: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": named("set"),
        "author": named("li"),
        "book": named("north"),
        "schema": 1,
        "made": "1000-0",
        "action": "check in",
        "changes": [a_change()],
    }
    return {name: value for name, value in {**found, **changed}.items() if value is not ...}


def a_change(**changed: Any) -> dict[str, Any]:
    found = {**ORDINARY, "n": 1, "op": "create", "type": "visit", "record": named("v"), "customer": SHOP, "set": VISIT}
    return {name: value for name, value in {**found, **changed}.items() if value is not ...}


def reasons(change: Any, n: int = 1) -> list[tuple[str, str]]:
    return [(reason["field"], reason["code"]) for reason in changes.check_change(change, n)]


def test_a_set_and_a_change_that_are_right_have_no_reasons() -> None:
    assert changes.check_set(a_set()) == [] and reasons(a_change()) == []
    assert changes.check_set(a_set(replaces=named("returned"))) == []


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"id": "x"}, ("id", "id.format")),
        ({"id": named("a").upper()}, ("id", "id.format")),
        ({"author": None}, ("author", "id.format")),
        ({"book": ...}, ("book", "id.format")),
        ({"replaces": "x"}, ("replaces", "id.format")),
        ({"action": 5}, ("action", "text.type")),
        ({"action": "x" * 61}, ("action", "text.type")),
        ({"schema": True}, ("schema", "integer.type")),
        ({"schema": "1"}, ("schema", "integer.type")),
        ({"made": ...}, ("made", "made.format")),
        ({"made": 5}, ("made", "made.format")),
        ({"made": "5"}, ("made", "made.format")),
        ({"changes": []}, ("changes", "changes.count")),
        ({"changes": [{}] * 201}, ("changes", "changes.count")),
        ({"changes": {}}, ("changes", "changes.count")),
        ({"colour": 1}, ("colour", "member.unknown")),
        ({"\ud800": 1}, ("\\ud800", "member.unknown")),
    ],
)
def test_what_is_wrong_with_a_set_is_named(changed: dict[str, Any], reason: tuple[str, str]) -> None:
    """§3, R11."""
    assert [(r["field"], r["code"]) for r in changes.check_set(a_set(**changed))] == [reason]


@pytest.mark.parametrize("wire", [None, [], "x", 5])
def test_what_is_no_object_is_no_set(wire: Any) -> None:
    assert changes.check_set(wire) == [{"field": "set", "code": "set.type"}]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"n": 2}, ("n", "change.number")),
        ({"n": True}, ("n", "change.number")),
        ({"n": 1.0}, ("n", "change.number")),
        ({"op": "drop"}, ("op", "op.unknown")),
        ({"op": ...}, ("op", "op.unknown")),
        ({"type": "spaceship"}, ("type", "type.unknown")),
        ({"type": ["visit"]}, ("type", "type.unknown")),
        ({"record": 7}, ("record", "id.format")),
        ({"customer": "shop"}, ("customer", "id.format")),
        ({"seat": ...}, ("seat", "seat.missing")),
        ({"term": "1"}, ("seat", "seat.missing")),
        ({"term": 2**53}, ("seat", "seat.missing")),
        ({"seat": "boss"}, ("seat", "seat.unknown")),
        ({"base": "1-short"}, ("base", "ver.format")),
        ({"base": 5}, ("base", "ver.format")),
        ({"set": []}, ("set", "object.type")),
        ({"was": "x"}, ("was", "object.type")),
        ({"colour": 1}, ("colour", "member.unknown")),
        ({"set": {**VISIT, "colour": 1}}, ("colour", "field.unknown")),
        ({"set": {"state": "open"}}, ("checked_in_at", "required")),
        ({"set": {**VISIT, "situation": "\x00"}}, ("situation", "text.control-character")),
        ({"set": {**VISIT, "situation": "\ud800"}}, ("situation", "text.control-character")),
        ({"op": "remove"}, ("set", "remove.sets-nothing")),
        ({"op": "accept", "set": {}}, ("type", "type.not-proposal")),
        ({"op": "decline", "type": "proposal", "set": {"state": "accepted"}}, ("state", "field.system")),
        ({"op": "decline", "type": "proposal", "set": {"colour": 1}}, ("colour", "field.unknown")),
        ({"op": "accept", "type": "proposal", "set": {"comment": 1}}, ("comment", "text.type")),
        ({"add": {"situation": "1"}}, ("situation", "field.not-sum")),
        ({"put": {"situation": ["x"]}}, ("situation", "field.not-elements")),
        ({"take": {"colour": ["x"]}}, ("colour", "field.unknown")),
        ({"put": {"tasks_done": "x"}}, ("tasks_done", "list.type")),
        ({"put": {"tasks_done": None}}, ("tasks_done", "required")),
        ({"op": "remove", "set": {}, "put": {"tasks_done": ["x"]}}, ("put", "member.unknown")),
        ({"op": "edit", "set": {"tasks_done": ["x"]}}, ("tasks_done", "field.whole-value")),
    ],
)
def test_what_is_wrong_with_a_change_is_named(changed: dict[str, Any], reason: tuple[str, str]) -> None:
    """§3, R11, R14."""
    assert reasons(a_change(**changed)) == [reason]


@pytest.mark.parametrize("change", [None, 5, "x", []])
def test_what_is_no_object_is_no_change(change: Any) -> None:
    assert reasons(change) == [("", "change.type")]


@pytest.mark.parametrize(
    ("amount", "right"), [("3", True), ("-0.5", True), ("abc", False), ("NaN", False), ("1e9", False), (3, False)]
)
def test_an_addition_is_a_decimal(monkeypatch: pytest.MonkeyPatch, amount: Any, right: bool) -> None:
    """R14."""
    from dataclasses import replace

    specs = {"points": replace(record_type("visit").specs()["situation"], rule=Rule.SUM)}
    monkeypatch.setattr(base.record_type("visit"), "specs", classmethod(lambda cls: specs))

    assert reasons(a_change(add={"points": amount})) == ([] if right else [("points", "decimal.format")])


def test_an_absurd_member_name_is_not_repeated_at_length() -> None:
    (reason,) = changes.check_set(a_set(**{"x" * 5000: 1}))

    assert len(reason["field"]) == 100


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([SHOP, "visit", "customer"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)
MEMBERS = st.sampled_from(
    ["n", "op", "type", "record", "customer", "base", "seat", "term", "set", "was", "add", "put", "take"]
)


@given(
    st.dictionaries(MEMBERS, JSON),
    st.sampled_from(changes.OPS),
    st.sampled_from(["visit", "customer", "order", "proposal"]),
)
def test_no_change_whatever_it_holds_makes_the_check_fall_over(
    changed: dict[str, Any], op: str, type_name: str
) -> None:
    """P7, R11: wrong input is refused by name, never by an exception."""
    for reason in changes.check_change({**a_change(op=op, type=type_name), **changed}, 1):
        assert reason.keys() == {"field", "code"} and reason["field"].isascii()


@given(st.dictionaries(st.sampled_from([*a_set(), "replaces", "\ud800"]), JSON))
def test_no_set_whatever_it_holds_makes_the_check_fall_over(changed: dict[str, Any]) -> None:
    """P7."""
    changes.check_set({**a_set(), **changed})


# Putting one together


def test_a_set_numbers_its_changes_and_leaves_out_what_is_empty() -> None:
    made = changes.new_set(
        id=named("set"),
        author=named("li"),
        book=named("north"),
        made="1000-0",
        action="check in",
        changes=[a_change(n=..., base=None, was={}), a_change(n=..., type="product", customer=None)],
    )

    assert [change["n"] for change in made["changes"]] == [1, 2]
    assert "was" not in made["changes"][0] and "base" not in made["changes"][0] and "replaces" not in made
    assert made["changes"][1]["customer"] is None


def test_a_correction_names_what_it_replaces_and_that_is_part_of_its_digest() -> None:
    """§9.2; §2: device and seq are no part of a set, all else is."""
    parts = {"author": named("li"), "book": named("north"), "made": "1-0", "action": "", "changes": [a_change(n=...)]}
    plain = changes.new_set(id=named("set"), **parts)
    correction = changes.new_set(id=named("set"), replaces=named("old"), **parts)

    assert correction["replaces"] == named("old")
    assert changes.digest(plain) != changes.digest(correction)
    assert changes.digest(plain) == canonical.digest(dict(reversed(plain.items())))


def test_the_names_of_a_set_are_its_records_customers_and_what_they_refer_to_but_no_products() -> None:
    count = a_change(type="stock_count", record=named("s"), set={"visit": named("v"), "product": named("gin")})
    review = a_change(type="review", record=named("r"), set={"of": named("order"), "outcome": "accept"})

    assert changes.names_of({"changes": [count, review]}) == {
        SHOP, named("s"), named("v"), named("r"), named("order")
    }  # fmt: skip


@pytest.mark.parametrize(
    "changed",
    [
        {"n": 2}, {"n": True}, {"op": "edit"}, {"type": "nothing"}, {"type": 5}, {"record": "x"}, {"customer": "x"}, {"customer": ...},
        {"seat": "boss"}, {"seat": []}, {"term": True}, {"term": 2**53}, {"set": ...}, {"set": []}, {"set": {**VISIT, "x": 1}},
        {"set": {**VISIT, "situation": "\ud800"}}, {"set": {**VISIT, "checked_in_at": 1.0}}, {"was": {"x": 1.5}}, {"more": 1},
        {"add": {"x": "1"}}, {"base": "1-0123456789ab"},
    ],
)  # fmt: skip
def test_a_quick_look_sends_every_other_change_to_the_slow_one(changed: dict[str, Any]) -> None:
    assert changes.certainly_creates(a_change(), 1)
    assert not changes.certainly_creates(a_change(**changed), 1)


@given(changed=st.dictionaries(st.sampled_from([*a_change(), "was", "base", "x"]), JSON), n=st.integers(1, 3))
def test_what_a_quick_look_takes_is_right_and_has_a_canonical_form(changed: dict[str, Any], n: int) -> None:
    change = {**a_change(n=n), **changed}
    if changes.certainly_creates(change, n):
        assert reasons(change, n) == []
        assert canonical.canonical(change)
