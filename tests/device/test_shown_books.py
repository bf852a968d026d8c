"""Which books are shown is asked at every tap: it is read anew only after something was written, and never from before it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from field_app.device import Device
from field_app.sync.client import sync_once
from tests.device.scripted import HOLD, NORTH, SOUTH, ScriptedServer, enrolled


@pytest.fixture
def device(tmp_path: Path) -> Device:
    server = ScriptedServer()
    answers: list[dict[str, Any]] = [{"scope": {NORTH: HOLD, SOUTH: HOLD}, "scope_tag": "one"}]
    server.answer = lambda request: answers.pop() if answers else {}
    found = enrolled(tmp_path, server)
    assert sync_once(found, server).error is None
    return found


def test_a_book_that_is_hidden_is_not_shown_from_then_on(device: Device) -> None:
    assert device.shown_books() == sorted([NORTH, SOUTH])

    device.settings.set("leaving", [SOUTH])

    assert device.shown_books() == [NORTH]


def test_what_was_undone_is_not_remembered(device: Device) -> None:
    with pytest.raises(OSError, match="full"), device.database.transaction():
        device.settings.set("leaving", [SOUTH])
        assert device.shown_books() == [NORTH]
        raise OSError("full")

    assert device.shown_books() == sorted([NORTH, SOUTH])


def test_asking_twice_reads_once(device: Device) -> None:
    asked: list[str] = []
    row = device.database.row
    device.shown_books()
    device.database.row = lambda sql, *rest: asked.append(sql) or row(sql, *rest)  # type: ignore[method-assign,func-returns-value]

    device.shown_books()

    assert asked == []
