"""One set, one transaction, on both engines: once however often it comes, and a bad one costs only itself (§5, R8, R9)."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from server.services import clock, push, push_write, users
from server.storage.database import is_sqlite, reading
from sync_protocol import signing
from sync_protocol.canonical import canonical
from sync_protocol.problems import Problem
from tests.head_office import HeadOffice
from tests.specification.pocket import Desk, Pocket, change_set, stored


@pytest.fixture
def shop(office: HeadOffice) -> str:
    """A customer of the north."""
    return office.customer("north", "Shop", needs="ice")


@pytest.fixture
def li(desk: Desk) -> Pocket:
    return desk.pocket("li")


# Once


def test_the_same_set_gets_the_same_verdict_and_takes_no_second_position(desk: Desk, li: Pocket, shop: str) -> None:
    """P1, §3, scenario 1: a repeated delivery returns the stored verdict with `repeat`."""
    wire = li.set(li.visit(shop))

    first = li.send(wire)
    pos = desk.verify(desk.book("north"))
    again = li.send(json.loads(json.dumps(wire)), seq=li.seq)

    assert first["state"] == "applied" and first["at"] == {desk.book("north"): pos}
    assert again == {**first, "repeat": True} and desk.verify(desk.book("north")) == pos


def test_a_refused_set_is_kept_whole_and_stays_refused(li: Pocket, shop: str) -> None:
    """R9: quarantine; a person can correct or discard it."""
    wire = li.set(li.visit(shop), li.edit(shop, grade="AA"))

    first, again = li.send(wire), li.send(wire, seq=li.seq)

    assert first["state"] == "refused" and again == {**first, "repeat": True}
    row = change_set(wire["id"])
    assert row is not None and json.loads(row["body"]) == wire
    assert stored(wire["changes"][0]["record"]) is None


def test_a_set_id_with_another_body_is_refused_and_the_first_stands(li: Pocket, shop: str) -> None:
    """§5, scenario 24."""
    wire = li.set(li.visit(shop))
    first = li.send(wire)

    other = li.send({**wire, "action": "other"}, seq=li.seq)

    assert other["changes"][0]["why"] == [{"field": "id", "code": "id-reused"}]
    assert li.send(wire, seq=li.seq) == {**first, "repeat": True}


def test_a_number_that_names_another_set_shows_a_copy_of_the_device(li: Pocket, shop: str) -> None:
    """R40: device-forked, nothing stored."""
    li.send(li.set(li.visit(shop)))
    other = li.set(li.visit(shop))

    with pytest.raises(Problem) as raised:
        li.send(other, seq=li.seq)

    assert raised.value.name == "device-forked" and change_set(other["id"]) is None


def test_a_set_in_anothers_name_is_refused_and_does_not_take_his_sets_id(desk: Desk, li: Pocket, shop: str) -> None:
    """R33, P1: what A saved gets its verdict, whoever else sent it first."""
    wire = li.set(li.visit(shop))

    forged = desk.pocket("wang").send(wire)
    genuine = li.send(wire)

    assert forged["changes"][0]["why"] == [{"field": "author", "code": "author.other"}]
    assert genuine["state"] == "applied" and "repeat" not in genuine


def test_a_receipt_is_the_servers_signature_over_what_it_decided(office: HeadOffice, li: Pocket, shop: str) -> None:
    """Decision 18."""
    from server.services import epochs, parts
    from sync_protocol import changes

    wire = li.set(li.visit(shop))
    verdict = li.send(wire)

    with reading() as connection:
        epoch = epochs.current(connection)
    text = canonical([epoch, wire["id"], changes.digest(wire), verdict["state"], verdict["at"]])
    assert signing.verify(signing.public_text(parts.keyring().sign_key), verdict["receipt"], text)


# At once


def deadlocks() -> int:
    """How many the database has broken; SQLite has one writer at a time and so none."""
    with reading() as connection:
        if is_sqlite(connection):
            return 0
        query = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        return int(connection.scalar(sa.text(query)) or 0)


def run(count: int, work: Any, office: HeadOffice) -> list[Any]:
    """`work(0…count-1)` in as many threads, all let go together."""
    gate = threading.Barrier(count)

    def one(index: int) -> Any:
        with office.app.app_context():
            gate.wait(30)
            return work(index)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def test_twins_in_flight_get_one_verdict_and_one_position(
    office: HeadOffice, desk: Desk, li: Pocket, shop: str
) -> None:
    """Scenario 1: sent twice at once."""
    for _ in range(8):
        wire = li.set(li.visit(shop))
        li.seq += 1
        before = desk.verify(desk.book("north"))

        verdicts = run(3, lambda _, wire=wire: push.push(li.sender, li.seq, wire), office)

        assert sorted("repeat" in verdict for verdict in verdicts) == [False, True, True]
        assert {verdict["receipt"] for verdict in verdicts} == {verdicts[0]["receipt"]}
        assert desk.verify(desk.book("north")) == before + 1
    assert deadlocks() == 0


def test_eight_writers_in_one_book_leave_no_gap_and_lose_nothing(office: HeadOffice, desk: Desk, shop: str) -> None:
    """Scenario 26, R8: positions are taken under the book's lock."""
    pockets = [desk.pocket("li") for _ in range(8)]
    sets = [[pocket.set(pocket.visit(shop), pocket.visit(shop)) for _ in range(10)] for pocket in pockets]
    before = desk.verify(desk.book("north"))

    verdicts = run(8, lambda index: [pockets[index].send(wire) for wire in sets[index]], office)

    assert {verdict["state"] for some in verdicts for verdict in some} == {"applied"}
    assert desk.verify(desk.book("north")) == before + 160
    ends = [verdict["at"][desk.book("north")] for some in verdicts for verdict in some]
    assert len(set(ends)) == 80 and all(
        some == sorted(some) for some in [[v["at"][desk.book("north")] for v in s] for s in verdicts]
    )


def test_eight_editors_of_one_field_lose_no_value(office: HeadOffice, desk: Desk, shop: str) -> None:
    """P3, R8: each sees what the last holder of the lock committed."""
    pockets = [desk.pocket("li") for _ in range(8)]
    sets = [pocket.set(pocket.edit(shop, needs=f"of {n}")) for n, pocket in enumerate(pockets)]

    verdicts = run(8, lambda index: pockets[index].send(sets[index]), office)

    record = stored(shop)
    lost = {
        json.loads(stored(change["conflict"])["fields"]["lost"])  # type: ignore[index]
        for verdict in verdicts
        for change in verdict["changes"]
        if "conflict" in change
    }
    assert record is not None and {record["fields"]["needs"]} | lost == {f"of {n}" for n in range(8)}
    desk.verify(desk.book("north"))


def test_writers_across_two_books_do_not_stand_in_each_others_way_for_ever(office: HeadOffice, desk: Desk) -> None:
    """Scenario 25, §5: books are locked in the order of their ids, whichever the set names first."""
    north, south = office.customer("north", "N"), office.customer("south", "S")
    pockets = [desk.pocket("li"), desk.pocket("wang"), desk.pocket("li"), desk.pocket("wang")]
    books = ["north", "south", "north", "south"]
    sets = [
        [
            pocket.set(*(pocket.visit(c) for c in ([north, south] if n % 2 else [south, north])), book=books[n])
            for _ in range(5)
        ]
        for n, pocket in enumerate(pockets)
    ]

    verdicts = run(4, lambda index: [pockets[index].send(wire) for wire in sets[index]], office)

    assert {verdict["state"] for some in verdicts for verdict in some} == {"proposed"}
    assert deadlocks() == 0
    desk.verify(desk.book("north"))
    desk.verify(desk.book("south"))


def test_the_office_numbers_its_sets_without_gaps_also_when_one_person_writes_twice_at_once(
    office: HeadOffice, desk: Desk, shop: str
) -> None:
    """Decision 7: their seq taken in the transaction."""
    li = desk.pocket("li")
    changes = [[li.visit(shop)] for _ in range(6)]

    verdicts = run(6, lambda n: push.office_push(li.user, desk.book("north"), "work", changes[n]), office)

    assert {verdict["state"] for verdict in verdicts} == {"applied"}
    seqs = sorted(verdict["seq"] for verdict in verdicts)
    assert seqs == list(range(seqs[0], seqs[0] + 6))


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
