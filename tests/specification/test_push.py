"""One set, one transaction, on both engines: once however often it comes, and a bad one costs only itself (§5, R8, R9)."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from server.services import push
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
