"""Sets of one request share a transaction where they simply apply; what they come to is what each alone would (R6, R9, R23)."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa

from server.services import push, push_together, push_write, round_trip, waiting
from server.storage import tables
from server.storage.database import db, reading
from sync_protocol import changes
from tests.head_office import HeadOffice
from tests.specification.pocket import Desk, Pocket, stored
from tests.specification.small_office import VISIT


@pytest.fixture
def shop(office: HeadOffice) -> str:
    """A customer of the north."""
    return office.customer("north", "Shop", needs="ice")


@pytest.fixture
def li(desk: Desk) -> Pocket:
    return desk.pocket("li")


@pytest.fixture
def commits(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How many sets were judged together, how many alone."""
    found = {"together": 0, "alone": 0}
    together, alone = push_together.push_together, push.push

    def counted_together(*args: Any) -> list[dict[str, Any]]:
        verdicts = together(*args)
        found["together"] += len(verdicts)
        return verdicts

    def counted_alone(*args: Any) -> dict[str, Any]:
        found["alone"] += 1
        return alone(*args)

    monkeypatch.setattr(push_together, "push_together", counted_together)
    monkeypatch.setattr(push, "push", counted_alone)
    return found


def sync(li: Pocket, *wires: dict[str, Any], first: int = 1) -> list[dict[str, Any]]:
    return round_trip.push_all(li.sender, [{"seq": seq, "set": wire} for seq, wire in enumerate(wires, first)])


def set_row(set_id: str) -> dict[str, Any]:
    with reading() as connection:
        query = sa.select(tables.change_set).where(tables.change_set.c.id == set_id)
        return dict(connection.execute(query).mappings().one())


def test_ordinary_sets_go_together_and_later_ones_see_earlier_ones(
    desk: Desk, li: Pocket, shop: str, commits: dict[str, int]
) -> None:
    before = desk.verify(desk.book("north"))
    visit = li.visit(shop)
    more = {**visit, "op": "edit", "set": {"situation": "all well"}}
    unseen = [li.set(li.edit(shop, needs="of the first")), li.set(li.edit(shop, needs="of the second"))]
    wires = [li.set(visit), li.set(more), *unseen, li.set(li.visit(shop), li.visit(shop))]

    verdicts = sync(li, *wires)

    assert commits == {"together": 5, "alone": 0}
    assert [verdict["state"] for verdict in verdicts] == ["applied"] * 5
    assert [v["at"][desk.book("north")] for v in verdicts] == [before + n for n in (1, 2, 3, 4, 6)]
    assert desk.verify(desk.book("north")) == before + 6
    record, file = stored(visit["record"]), stored(shop)
    assert record is not None and record["rev"] == 2 and record["fields"]["situation"] == "all well"
    assert file is not None and file["fields"]["needs"] == "of the second"


def test_what_is_stored_of_a_set_is_what_its_device_was_told(li: Pocket, shop: str) -> None:
    wires = [li.set(li.visit(shop)), li.set(li.visit(shop))]

    verdicts = sync(li, *wires)

    for wire, verdict in zip(wires, verdicts, strict=True):
        row = set_row(wire["id"])
        assert (row["state"], json.loads(row["verdict"]), row["body"]) == ("applied", verdict, None)
        assert row["digest"] == changes.digest(wire)
        repeated = li.send(wire, seq=row["seq"])
        assert repeated == {**verdict, "repeat": True}


def test_a_set_of_another_kind_ends_the_group_and_costs_the_others_nothing(
    desk: Desk, li: Pocket, shop: str, commits: dict[str, int]
) -> None:
    stranger = li.set(li.visit("0190a0a0-0000-7000-8000-000000000001"))
    bad = li.set({**li.visit(shop), "set": {"state": 7}})
    wires = [*(li.set(li.visit(shop)) for _ in range(4)), stranger, li.set(li.visit(shop)), bad, li.set(li.visit(shop))]

    states = [verdict["state"] for verdict in sync(li, *wires)]

    assert states == ["applied"] * 4 + ["waiting", "applied", "refused", "applied"]
    assert commits["together"] == 4
    assert json.loads(set_row(stranger["id"])["body"]) == stranger
    desk.verify(desk.book("north"))


def test_sets_that_came_before_are_answered_again_and_nothing_is_written_twice(
    desk: Desk, li: Pocket, shop: str
) -> None:
    wires = [li.set(li.visit(shop)) for _ in range(4)]
    first = sync(li, *wires[:2])
    before = desk.verify(desk.book("north"))

    again = sync(li, *wires)

    assert again[:2] == [{**verdict, "repeat": True} for verdict in first]
    assert [verdict["state"] for verdict in again[2:]] == ["applied"] * 2
    assert desk.verify(desk.book("north")) == before + 2


def test_a_fault_while_a_group_is_written_leaves_each_to_itself(
    desk: Desk, li: Pocket, shop: str, monkeypatch: pytest.MonkeyPatch, commits: dict[str, int]
) -> None:
    """R9."""
    write = push_write._write_records

    def failing(connection: Any, locked: Any, latest: Any, **members: Any) -> None:
        write(connection, locked, latest, **members)
        if any(record.fields.get("situation") == "boom" for record, _ in latest):
            raise RuntimeError("a fault of the server")

    monkeypatch.setattr(push_write, "_write_records", failing)
    before = desk.verify(desk.book("north"))
    bad = li.set({**li.visit(shop), "set": {**VISIT, "situation": "boom"}})
    wires = [li.set(li.visit(shop)), bad, li.set(li.visit(shop))]

    states = [verdict["state"] for verdict in sync(li, *wires)]

    assert states == ["applied", "failed", "applied"] and commits == {"together": 0, "alone": 3}
    assert desk.verify(desk.book("north")) == before + 2


def test_what_waits_is_not_looked_for_among_all_that_the_device_ever_sent(li: Pocket) -> None:
    """Every request asks for it: the query goes by the state, so that it costs the same on a device with years of work."""
    asked: list[str] = []

    def listen(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        asked.append(statement)

    engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", listen)
    try:
        waiting.retry_waiting(li.sender)
        waiting.retry_waiting(li.sender, ["01a204cf-fc62-7e2b-950b-75d2b9c0c861"])
    finally:
        sa.event.remove(engine, "before_cursor_execute", listen)
    alone, named = [statement for statement in asked if "change_set" in statement]
    assert "json_each" in named or "ANY" in named
    if engine.dialect.name == "sqlite":
        with reading() as connection:
            for statement in (alone, named):
                plan = connection.exec_driver_sql(
                    f"EXPLAIN QUERY PLAN {statement}", (None,) * statement.count("?")
                ).all()
                assert "USING INDEX change_set_state (state=?" in str(plan), plan
