"""Sets that wait cost the others nothing, and none is out of reach behind those that wait on (P7)."""

from __future__ import annotations

from typing import Any

import pytest

from server.services import clock, push, waiting
from tests.head_office import HeadOffice
from tests.specification.pocket import Desk, Pocket, change_set


def that_wait(li: Pocket, customers: list[str]) -> list[str]:
    """A visit of each of these customers, whom nobody has made yet."""
    sets = [li.set(li.visit(customer)) for customer in customers]
    assert {li.send(wire)["state"] for wire in sets} == {"waiting"}
    return [wire["id"] for wire in sets]


def arrives(office: HeadOffice, customer: str) -> None:
    create = {"op": "create", "type": "customer", "record": customer, "customer": customer}
    office.write("north", {**create, "set": {"store_name": "At last"}})


def state(set_id: str) -> Any:
    row = change_set(set_id)
    return row and row["state"]


def test_where_more_wait_than_are_tried_at_once_each_is_tried_within_some_minutes(
    office: HeadOffice, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    customers, li, now = [clock.new_id() for _ in range(9)], desk.pocket("li"), clock.now_ms()
    sets = that_wait(li, customers)
    arrives(office, customers[-1])

    tried = []
    monkeypatch.setattr(push, "push", lambda *args, push=push.push: tried.append(args[1]) or push(*args))
    for minute in range(9):
        monkeypatch.setattr(clock, "now_ms", lambda minute=minute: now + minute * waiting.TURNED_MS)
        waiting.retry_waiting(li.sender, most=4)

    assert [state(set_id) for set_id in sets] == ["waiting"] * 8 + ["applied"]
    assert set(tried) == set(range(1, 10)) and len(tried) <= 9 * 4 + 4


def test_trying_them_again_ends_when_its_time_is_over_and_goes_on_with_the_next_request(
    office: HeadOffice, desk: Desk
) -> None:
    customers, li = [clock.new_id() for _ in range(3)], desk.pocket("li")
    sets = that_wait(li, customers)
    for customer in customers:
        arrives(office, customer)

    waiting.retry_waiting(li.sender, seconds=-1)
    before = [state(set_id) for set_id in sets]
    waiting.retry_waiting(li.sender)

    assert before == ["waiting"] * 3
    assert [state(set_id) for set_id in sets] == ["applied"] * 3
