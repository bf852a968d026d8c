"""A device asks after its sets as long as the server may have them, and not once more (R12, R23)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from field_app.device import Device
from field_app.services import contacts
from field_app.store.outbox import ASK_AGAIN
from field_app.sync import requests
from field_app.sync.client import sync_once
from sync_protocol.problems import Problem
from tests.device.scripted import (
    HOLD,
    NORTH,
    SOUTH,
    Answer,
    ScriptedServer,
    a_record,
    applied,
    enrolled,
    nobody,
    record_id,
)  # fmt: skip

SHOP = record_id(1)


@pytest.fixture
def server() -> ScriptedServer:
    return ScriptedServer()


@pytest.fixture
def device(tmp_path: Path, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(requests, "SETS_LIMIT", 2)
    first: Answer = {"scope": {NORTH: HOLD}, "scope_tag": "1", "records": [a_record(1)], "cursors": {NORTH: "1.0.0"}}
    server.answer = lambda request: first
    found = enrolled(tmp_path, server)
    assert sync_once(found, server).error is None
    server.requests.clear()
    yield found
    found.close()


def fill(device: Device, count: int) -> list[str]:
    for number in range(count):
        contacts.record(device, SHOP, {"content": f"call {number}"})
    return device.outbox.unsettled_ids()


@pytest.mark.parametrize("begun_anew", [True, False])
def test_a_full_outbox_is_asked_after_once_and_not_at_all_if_it_was_saved_since_the_start(
    device: Device, server: ScriptedServer, begun_anew: bool
) -> None:
    ids = fill(device, 6)
    if begun_anew:  # it may be that it was sent before, and the answer lost
        device.outbox.unheard.clear()
    server.answer = lambda request: {"verdicts": applied(request)}

    assert sync_once(device, server).applied == 6

    assert [[item["set"]["id"] for item in request["sets"]] for request in server.requests] == [
        ids[:2], ids[2:4], ids[4:],
    ]  # fmt: skip
    assert [request["pending"] for request in server.requests] == [ids[2:] if begun_anew else [], [], []]


def test_a_set_that_was_sent_and_not_answered_is_asked_after_again(device: Device, server: ScriptedServer) -> None:
    ids = fill(device, 4)
    server.answer = lambda request: (
        Problem("busy", "Later.") if ids[2] in sent(request) else {"verdicts": applied(request)}
    )
    assert sync_once(device, server).error == "busy"
    device.settings.set("sets_limit", 1)
    server.requests.clear()
    server.answer = lambda request: {}

    sync_once(device, server)

    assert sent(server.requests[0]) == [ids[2]]
    assert server.requests[0]["pending"] == [ids[3]]


def sent(request: dict[str, Any]) -> list[str]:
    return [item["set"]["id"] for item in request["sets"]]


@pytest.fixture
def empty(device: Device, server: ScriptedServer) -> str:
    """A set that came back; then its book left, and only its id and the reasons stayed."""
    (returned,) = fill(device, 1)
    server.answer = lambda request: {"verdicts": applied(request, "refused"), "scope": {SOUTH: HOLD}, "scope_tag": "2"}
    assert sync_once(device, server).refused == 1
    assert device.outbox.returned_empty() == [returned]
    server.requests.clear()
    return returned


def restored(device: Device, server: ScriptedServer, verdicts: list[dict[str, Any]]) -> None:
    """A sync with a server of another history, which says this when it is asked after sets."""
    epoch = "018f0000-0000-7000-8000-0000000000e9"

    def answer(request: dict[str, Any]) -> Answer:
        if request["epoch"] != epoch:
            return Problem("epoch-changed", "Restored.", epoch=epoch, forks={})
        return {"epoch": epoch, "verdicts": [told for told in verdicts if told["id"] in request["pending"]]}

    server.answer = answer
    assert sync_once(device, server).error is None


@pytest.mark.parametrize("state", ["applied", "refused", "waiting"])
def test_after_a_restore_a_returned_set_of_which_only_the_id_is_left_is_asked_after(
    device: Device, server: ScriptedServer, empty: str, state: str
) -> None:
    """R38: the restored server may have a copy of it, and judge that one again."""
    restored(device, server, [{"seq": 1, "id": empty, "state": state, "at": {}, "changes": []}])

    found = device.outbox.find(empty)
    assert found is not None and found.outcome == state
    assert [request["pending"] for request in server.requests][1] == [empty]
    server.requests.clear()
    server.answer = lambda request: {}
    assert sync_once(device, server).error is None
    assert server.requests[0]["pending"] == ([empty] if state == "waiting" else [])


def test_a_restored_server_that_has_no_copy_of_it_is_asked_once(
    device: Device, server: ScriptedServer, empty: str
) -> None:
    restored(device, server, [])
    restored(device, server, [])

    found = device.outbox.find(empty)
    assert found is not None and (found.state, found.outcome) == ("refused", "refused")
    assert [request["pending"] for request in server.requests] == [[], [empty], []]
    assert device.settings.get(ASK_AGAIN) == []


def test_an_answer_that_is_lost_on_its_way_is_asked_for_again(
    device: Device, server: ScriptedServer, empty: str
) -> None:
    device.follow_epoch("018f0000-0000-7000-8000-0000000000e9", {})
    server.answer = nobody
    assert sync_once(device, server).error == "no-network"

    restored(device, server, [{"seq": 1, "id": empty, "state": "applied", "at": {}, "changes": []}])

    found = device.outbox.find(empty)
    assert found is not None and (found.state, found.outcome) == ("settled", "applied")
