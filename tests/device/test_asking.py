"""A device asks after its sets as long as the server may have them, and not once more (R12, R23)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from field_app.device import Device
from field_app.services import contacts
from field_app.sync import requests
from field_app.sync.client import sync_once
from sync_protocol.problems import Problem
from tests.device.scripted import HOLD, NORTH, Answer, ScriptedServer, a_record, applied, enrolled, record_id

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


def test_a_full_outbox_is_asked_after_once(device: Device, server: ScriptedServer) -> None:
    ids = fill(device, 6)
    server.answer = lambda request: {"verdicts": applied(request)}

    assert sync_once(device, server).applied == 6

    assert [[item["set"]["id"] for item in request["sets"]] for request in server.requests] == [
        ids[:2], ids[2:4], ids[4:],
    ]  # fmt: skip
    assert [request["pending"] for request in server.requests] == [ids[2:], [], []]


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
