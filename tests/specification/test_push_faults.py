"""Faults of the server while it judges: one set fails, the others do not wait for it (R9)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from server.services import clock, push, push_write, users, waiting
from tests.head_office import HeadOffice
from tests.specification.pocket import Desk, Pocket, change_set, stored
from tests.specification.test_push import li as li
from tests.specification.test_push import shop as shop

# Faults


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Ids of sets on which the server fails after it has written half of them."""
    ids: set[str] = set()
    write = push_write._write_records

    def failing(connection: Any, locked: Any, latest: Any, **members: Any) -> None:
        write(connection, locked, latest, **members)
        if any(stored.fields.get("situation") in ids for stored, _ in latest):
            raise RuntimeError("a fault of the server")

    monkeypatch.setattr(push_write, "_write_records", failing)
    return ids


def sync(li: Pocket, items: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    from server.services.round_trip import push_all as _push_all

    return {verdict["id"]: verdict for verdict in _push_all(li.sender, items)}


def test_a_set_that_crashes_costs_only_itself_and_is_put_aside_the_fifth_time(
    desk: Desk, li: Pocket, shop: str, broken: set[str]
) -> None:
    """R9, P7, scenario 17."""
    broken.add("boom")
    good = [li.set(li.visit(shop)) for _ in range(4)]
    bad = li.set({**li.visit(shop), "set": {"state": "open", "checked_in_at": 1, "situation": "boom"}})
    items = [{"seq": seq, "set": wire} for seq, wire in enumerate([*good[:2], bad, *good[2:]], 1)]
    before = desk.verify(desk.book("north"))

    first = sync(li, items)
    later = [sync(li, [items[2]])[bad["id"]]["state"] for _ in range(5)]

    assert [first[wire["id"]]["state"] for wire in good] == ["applied"] * 4
    assert first[bad["id"]] == {"seq": 3, "id": bad["id"], "state": "failed", "at": {}, "changes": []}
    assert later == ["failed", "failed", "failed", "refused", "refused"]
    assert desk.verify(desk.book("north")) == before + 4
    row = change_set(bad["id"])
    assert row is not None and (row["state"], row["faults"], json.loads(row["body"])) == ("refused", 5, bad)
    assert json.loads(row["verdict"])["changes"][0]["why"] == [{"field": "set", "code": "internal"}]


def test_a_fault_that_passes_costs_nothing(li: Pocket, shop: str, broken: set[str]) -> None:
    """R9: `failed` is no verdict: try again."""
    broken.add("boom")
    wire = li.set({**li.visit(shop), "set": {"state": "open", "checked_in_at": 1, "situation": "boom"}})
    assert sync(li, [{"seq": 1, "set": wire}])[wire["id"]]["state"] == "failed"

    broken.clear()

    assert sync(li, [{"seq": 1, "set": wire}])[wire["id"]]["state"] == "applied"


def test_a_waiting_set_that_crashes_when_it_is_judged_again_holds_nobody_up(
    office: HeadOffice, li: Pocket, broken: set[str]
) -> None:
    """P7: what waits is tried at every sync, and must not end it."""
    new = clock.new_id()
    waits = [
        li.set({**li.visit(new), "set": {"state": "open", "checked_in_at": 1, "situation": text}})
        for text in ("boom", "fine")
    ]
    assert [li.send(wire)["state"] for wire in waits] == ["waiting", "waiting"]
    broken.add("boom")
    office.write(
        "north", {"op": "create", "type": "customer", "record": new, "customer": new, "set": {"store_name": "N"}}
    )

    states = []
    for _ in range(6):
        li.retry()
        states.append(tuple((change_set(wire["id"]) or {})["state"] for wire in waits))

    assert states == [("waiting", "applied")] * 4 + [("refused", "applied")] * 2


@pytest.mark.parametrize(
    "wire",
    [
        None,
        5,
        [],
        {},
        {"id": "x"},
        {"id": "\ud800"},
        {"id": 7, "changes": 5},
    ],
)
def test_what_is_no_set_is_refused_and_nothing_is_stored(li: Pocket, wire: Any) -> None:
    """P7."""
    verdict = li.send(wire)

    assert (verdict["state"], verdict["seq"]) == ("refused", li.seq)
    json.dumps(verdict, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    "changed",
    [
        {"action": "nul \x00"},
        {"action": "half \ud800"},
        {"book": "nowhere"},
        {"changes": [{"\ud800": "\x00"}]},
        {"\ud800": 1},
        {"schema": 10**30},
        {"made": "9" * 30 + "-0"},
        {"made": "0-0"},
        {"colour": 1.5},
    ],
)
def test_text_that_one_database_takes_and_another_refuses_reaches_neither(
    li: Pocket, shop: str, changed: dict[str, Any]
) -> None:
    """P7: NUL, lone surrogates, numbers beyond all bounds."""
    wire = {**li.set(li.visit(shop)), **changed}

    verdict = li.send(wire)

    assert verdict["state"] in ("refused", "applied") and li.send(wire, seq=li.seq) == {**verdict, "repeat": True}
    json.dumps(verdict, ensure_ascii=False).encode()


def test_what_the_author_saw_may_hold_anything_and_is_kept_in_a_proposal(desk: Desk, shop: str) -> None:
    wang = desk.pocket("wang")
    edit = {**wang.edit(shop, needs="ice\tand glasses 冰\U0001f9ca"), "was": {"needs": "\x00\x1f\u2028"}}

    verdict = wang.push(edit)

    proposal = stored(verdict["changes"][0]["proposal"])
    assert verdict["state"] == "proposed" and proposal is not None
    assert json.loads(proposal["fields"]["change"])["was"] == edit["was"]


def test_a_book_that_is_not_there_is_refused(li: Pocket, shop: str) -> None:
    verdict = li.push(li.visit(shop), book=clock.new_id())

    assert verdict["changes"][0]["why"] == [{"field": "book", "code": "book.unknown"}]


def test_a_clock_far_off_is_marked_in_the_verdict_and_corrected_in_the_stamp(li: Pocket, shop: str) -> None:
    """R22, scenario 20."""
    visit = li.visit(shop)

    verdict = li.send(li.set(visit, made="4070908800000-0"))

    record = stored(visit["record"])
    assert verdict["corrected"] is True and record is not None
    assert abs(record["stamps"]["state"][4] - clock.now_ms()) < 60_000


def test_a_set_that_waited_has_the_time_at_which_it_came_whatever_the_clock_is_since(
    office: HeadOffice, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R22: made − skew, never after receipt, both of when it was sent; not of the request with which it was judged again."""
    new, li, came = clock.new_id(), desk.pocket("li"), clock.now_ms()
    ten_years = 10 * 365 * 86_400_000
    wire = li.set(li.visit(new), made=f"{came - 1000 + ten_years}-0")
    assert push.push(push.Sender(li.device, li.user, skew_ms=ten_years), 1, wire)["state"] == "waiting"
    office.write(
        "north", {"op": "create", "type": "customer", "record": new, "customer": new, "set": {"store_name": "N"}}
    )

    monkeypatch.setattr(clock, "now_ms", lambda: came + 86_400_000)
    waiting.retry_waiting(push.Sender(li.device, li.user, skew_ms=0))

    record = stored(wire["changes"][0]["record"])
    assert record is not None and record["stamps"]["state"][4] == came - 1000


def test_a_waiting_set_that_another_device_brings_keeps_its_device_and_number(office: HeadOffice, desk: Desk) -> None:
    """R40: (device, seq) names one set for ever, also after the device enrolled anew."""
    new, old, anew = clock.new_id(), desk.pocket("li"), desk.pocket("li")
    wire = old.set(old.visit(new))
    assert old.send(wire)["state"] == "waiting"
    office.write(
        "north", {"op": "create", "type": "customer", "record": new, "customer": new, "set": {"store_name": "N"}}
    )

    verdict = anew.send(wire)

    record = stored(wire["changes"][0]["record"])
    assert (verdict["state"], verdict["seq"]) == ("applied", 1) and record is not None
    assert record["stamps"]["state"][1:3] == (old.device, 1)


def test_the_product_writes_through_the_same_door(desk: Desk, shop: str) -> None:
    """Decision 7."""
    edit = {
        "op": "edit",
        "type": "customer",
        "record": shop,
        "customer": shop,
        "seat": "maintainer",
        "term": 0,
        "set": {"grade": "AA"},
    }
    set_id = clock.new_id()

    first = push.office_push(users.SYSTEM, desk.book("north"), "recompute", [edit], system=True, set_id=set_id)
    twice = push.office_push(users.SYSTEM, desk.book("north"), "recompute", [edit], system=True, set_id=set_id)

    assert first["state"] == "applied" and twice["id"] == first["id"]
    record = stored(shop)
    assert record is not None and (record["fields"]["grade"], record["rev"]) == ("AA", 2)
