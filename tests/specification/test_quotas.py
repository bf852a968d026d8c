"""One device cannot bury the inbox or fill the disk, and what it is refused for is told."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from server.services import clock, quotas, waiting
from server.storage import tables
from server.storage.database import writing
from tests.head_office import HeadOffice
from tests.specification.pocket import Desk, change_set, stored


def why(verdict: dict[str, Any]) -> list[str]:
    return [reason["code"] for change in verdict["changes"] for reason in change.get("why", [])]


def test_proposals_beyond_those_of_a_day_are_refused_and_other_work_goes_on(
    office: HeadOffice, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = office.customer("north", "Corner Shop")
    monkeypatch.setattr(quotas, "PROPOSALS_A_DAY", 2)
    li, tablet = desk.pocket("li"), desk.pocket("li")
    apply_for = [li.edit(shop, store_name=f"Name {n}") for n in range(4)]

    states = [li.push(change)["state"] for change in apply_for[:2]]
    third = li.push(apply_for[2])
    dynamic = li.push(li.edit(shop, contact_person="Ann"))

    assert states == ["proposed", "proposed"]
    assert third["state"] == "refused" and why(third) == ["quota.proposals"]
    assert change_set(third["id"])["body"] is not None, "a person finds it where refused sets lie"
    assert dynamic["state"] == "applied"
    assert tablet.push(apply_for[3])["state"] == "proposed", "it is counted by device"
    found = stored(shop)
    assert found is not None and found["fields"]["store_name"] == "Corner Shop"
    desk.verify(desk.book("north"))


def test_a_day_later_there_is_room_again(office: HeadOffice, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = office.customer("north", "Corner Shop")
    monkeypatch.setattr(quotas, "PROPOSALS_A_DAY", 1)
    li = desk.pocket("li")
    li.push(li.edit(shop, store_name="One"))
    now = clock.now_ms()

    monkeypatch.setattr(clock, "now_ms", lambda: now + quotas.DAY_MS + 1000)

    assert li.push(li.edit(shop, store_name="Two"))["state"] == "proposed"


def test_what_would_wait_is_refused_when_too_much_is_put_aside(
    office: HeadOffice, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    li = desk.pocket("li")
    unknown = clock.new_id()
    first = li.push(li.change("edit", "customer", unknown, unknown, set={"needs": "x" * 500}))
    monkeypatch.setattr(quotas, "QUARANTINE_BYTES", 1200)

    second = li.push(li.change("edit", "customer", unknown, unknown, set={"needs": "x" * 500}))
    bad = li.push(li.change("edit", "customer", unknown, unknown, set={"colour": "red"}))
    good = li.push(li.visit(office.customer("north", "Corner Shop")))

    assert first["state"] == "waiting"
    assert second["state"] == "refused" and why(second) == ["quota.quarantine"]
    assert change_set(second["id"])["body"] is None and change_set(second["id"])["digest"]
    assert bad["state"] == "refused" and good["state"] == "applied"


def test_bytes_are_counted_and_not_characters(office: HeadOffice, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    li = desk.pocket("li")
    monkeypatch.setattr(quotas, "QUARANTINE_BYTES", 2000)
    row = {"id": clock.new_id(), "device_id": li.device, "seq": 900, "author": li.user, "digest": "x"}
    with writing() as connection:
        values = {**row, "state": "quarantined", "body": "街" * 600, "received_at": clock.now_ms()}
        connection.execute(sa.insert(tables.change_set), values)
        assert quotas.has_room(connection, li.device, clock.new_id(), "y" * 200)
        assert not quotas.has_room(connection, li.device, clock.new_id(), "y" * 201)
        assert quotas.has_room(connection, li.device, row["id"], "y" * 2000), "its own row is not counted twice"


def test_the_quarantine_of_a_lost_device_has_an_end(
    office: HeadOffice, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = office.customer("north", "Corner Shop")
    li = desk.pocket("li")
    sets = [{"seq": n, "set": li.set(li.visit(shop))} for n in range(1, 6)]
    monkeypatch.setattr(quotas, "QUARANTINE_BYTES", 1500)

    waiting.quarantine(li.sender, sets)

    kept = [change_set(item["set"]["id"]) for item in sets]
    assert 0 < len([row for row in kept if row]) < 5
    assert kept[0] is not None and kept[0]["state"] == "quarantined" and kept[4] is None
