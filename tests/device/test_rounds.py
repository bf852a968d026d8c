"""A round is shown whole: staged page by page, taken over at its end, whatever breaks on the way (protocol §9, R23-R30)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from field_app.device import Device
from field_app.services import customers, reading
from field_app.services.saving import Refused
from field_app.sync import rounds
from field_app.sync.client import sync_once
from field_app.sync.transport import Response
from sync_protocol.problems import Problem
from tests.device.builders import PASSPHRASE, Clock
from tests.device.scripted import (
    HOLD,
    NORTH,
    SOUTH,
    Answer,
    ScriptedServer,
    a_record,
    applied,
    check_of,
    enrolled,
    now_ms,
    record_id,
)

SCOPE = {NORTH: HOLD, SOUTH: HOLD}


def cursor(pos: int) -> str:
    return f"{pos}.0123456789abcdef.0123456789ab"


def page(*records: dict[str, Any], pos: int, book: str = NORTH, more: bool = False, **members: Any) -> dict[str, Any]:
    return {"records": list(records), "cursors": {book: cursor(pos)}, "more": more, **members}


def script(*answers: Answer) -> Any:
    """These answers one after the other, then empty ones."""
    left = list(answers)
    return lambda request: left.pop(0) if left else {}


@pytest.fixture
def server() -> ScriptedServer:
    return ScriptedServer()


@pytest.fixture
def device(tmp_path: Path, server: ScriptedServer) -> Any:
    server.answer = script({"scope": SCOPE, "scope_tag": "one", **page(a_record(1), pos=1)})
    found = enrolled(tmp_path, server)
    assert sync_once(found, server).error is None
    yield found
    if not found.is_wiped:
        found.close()


def names(device: Device) -> list[str]:
    return [row.name for row in reading.find_customers(device)]


def test_half_a_round_is_not_shown_and_goes_on_where_it_broke(device: Device, server: ScriptedServer) -> None:
    server.answer = script(page(a_record(2, pos=2), pos=2, more=True), Response(502, {}, b"<html>"))
    sync_once(device, server)

    assert names(device) == ["Shop 1"]

    server.answer = script(page(a_record(3, pos=3), pos=3))
    sync_once(device, server)
    assert server.requests[-1]["cursors"][NORTH] == cursor(2)
    assert names(device) == ["Shop 1", "Shop 2", "Shop 3"]


def test_a_round_received_whole_but_not_taken_over_is_finished_at_the_next_start(
    device: Device, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    customers.edit(device, record_id(1), {"contact_person": "Ann"})
    edited = a_record(1, pos=2, rev=2, store_name="Shop 1", contact_person="Ann")
    server.answer = lambda request: {**page(edited, a_record(2, pos=3), pos=3), "verdicts": applied(request)}
    with monkeypatch.context() as broken:
        broken.setattr(rounds, "_settle", lambda *args: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            sync_once(device, server)
    device.close()

    again = Device.unlock(device.folder, PASSPHRASE, clock_ms=Clock(now_ms()))

    assert names(again) == ["Shop 1", "Shop 2"]
    assert reading.shown(again, record_id(1)).state == "accepted"
    assert again.outbox.unsettled_ids() == [] and again.staging.is_empty()
    assert again.books.cursors()[NORTH] == cursor(3)
    again.close()


def test_a_later_page_overrides_an_earlier_one(device: Device, server: ScriptedServer) -> None:
    server.answer = script(
        page(a_record(1, pos=2, rev=2, store_name="Second"), pos=2, more=True),
        page(a_record(1, pos=3, rev=3, store_name="Third"), pos=3),
    )

    sync_once(device, server)

    assert names(device) == ["Third"]


def test_a_customer_moved_between_two_books_of_the_scope_is_there_once(device: Device, server: ScriptedServer) -> None:
    left = [{"book": NORTH, "record": record_id(1), "why": "moved"}]
    moved = a_record(1, book=SOUTH, pos=1, rev=2, store_name="Moved")
    server.answer = script(
        {**page(moved, pos=1, book=SOUTH), "left": left, "cursors": {NORTH: cursor(2), SOUTH: cursor(1)}}
    )

    sync_once(device, server)

    assert names(device) == ["Moved"]
    assert reading.shown(device, record_id(1)).book == SOUTH
    assert not device.books.store(NORTH).has(record_id(1))


def test_a_departure_that_comes_after_the_arrival_elsewhere_does_not_remove_it(
    device: Device, server: ScriptedServer
) -> None:
    moved = a_record(1, book=SOUTH, pos=1, rev=2, store_name="Moved")
    server.answer = script(
        page(moved, pos=1, book=SOUTH, more=True),
        {
            "left": [{"book": NORTH, "record": record_id(1), "why": "moved"}],
            "cursors": {NORTH: cursor(2)},
            "more": False,
        },
    )

    sync_once(device, server)

    assert names(device) == ["Moved"]
    assert not device.books.store(NORTH).has(record_id(1))


def test_a_customer_moved_out_of_the_scope_is_gone(device: Device, server: ScriptedServer) -> None:
    server.answer = script(
        {
            "left": [{"book": NORTH, "record": record_id(1), "why": "moved"}],
            "cursors": {NORTH: cursor(2)},
            "more": False,
        }
    )

    sync_once(device, server)

    assert names(device) == []
    with pytest.raises(KeyError):
        reading.shown(device, record_id(1))


def test_a_book_whose_check_sum_differs_is_loaded_anew_in_the_same_sync(device: Device, server: ScriptedServer) -> None:
    """R30: a device that has drifted knows it, and repairs itself."""
    right = [a_record(1, pos=1), a_record(5, pos=4)]
    server.answer = script(
        {**page(a_record(2, pos=2), pos=2), "check": {NORTH: {"n": 7, "sum": "0" * 24}}},
        {**page(*right, pos=4), "check": {NORTH: check_of(*right)}},
    )

    report = sync_once(device, server)

    assert report.reloaded == [NORTH] and report.error is None
    assert NORTH not in server.requests[-1]["cursors"]
    assert names(device) == ["Shop 1", "Shop 5"]


def test_the_check_sum_kept_along_is_the_one_computed_from_all_records(device: Device, server: ScriptedServer) -> None:
    server.answer = script(
        page(*[a_record(n, pos=n) for n in range(2, 40)], pos=40),
        page(*[a_record(n, pos=40 + n, rev=2, removed=n % 3 == 0) for n in range(5, 30)], pos=80),
    )

    sync_once(device, server)
    sync_once(device, server)

    store = device.books.store(NORTH)
    assert store.check() == store.check_anew()
    assert store.check()["n"] == 39


def test_a_book_that_leaves_is_hidden_at_once_and_purged_when_its_work_is_answered(
    device: Device, server: ScriptedServer
) -> None:
    """R29: hidden first, deleted when nothing of it is unanswered."""
    customers.edit(device, record_id(1), {"contact_person": "Ann"})
    server.answer = script({"scope": {SOUTH: HOLD}, "scope_tag": "two"})

    sync_once(device, server)

    assert names(device) == []
    with pytest.raises(Refused):
        customers.edit(device, record_id(1), {"contact_person": "Bob"})
    assert NORTH in device.books.held(), "its work is not answered yet"
    assert NORTH in server.requests[-1]["cursors"]

    server.answer = lambda request: {"verdicts": applied(request)}
    sync_once(device, server)
    assert device.books.held() == [SOUTH]
    assert not (device.folder / "books" / f"{NORTH}.db").exists()
    sets = device.outbox.in_state("settled")
    assert len(sets) == 1 and sets[0].wire is None and sets[0].sealed, "it can be sent again, and not be read here"


def test_nothing_is_purged_on_an_answer_without_a_signature(device: Device, server: ScriptedServer) -> None:
    """R3: only a signed answer takes anything away."""
    server.is_signing = False
    server.answer = script({"scope": {}, "scope_tag": "two", "device": "lost"})

    report = sync_once(device, server)

    assert report.error == "no-network"
    assert names(device) == ["Shop 1"] and device.books.held() == [NORTH, SOUTH]


@pytest.mark.parametrize("status", [200, 302, 401, 403, 404, 502])
def test_a_login_page_is_no_network(device: Device, server: ScriptedServer, status: int) -> None:
    server.answer = script(Response(status, {"content-type": "text/html"}, b"<html>Welcome to the hotel</html>"))

    assert sync_once(device, server).error == "no-network"
    assert names(device) == ["Shop 1"]


def test_an_answer_to_another_request_is_no_answer(device: Device, server: ScriptedServer) -> None:
    kept: list[Response] = []
    real = server.exchange

    def recorded(*args: Any) -> Response:
        kept.append(real(*args))
        return kept[0]

    server.exchange = recorded  # type: ignore[method-assign]
    assert sync_once(device, server).error is None

    assert sync_once(device, server).error == "no-network", "the first answer was replayed"


def test_a_lost_device_wipes_itself_on_a_signed_answer(device: Device, server: ScriptedServer) -> None:
    server.answer = script(Problem("device-lost", "Reported lost."))

    report = sync_once(device, server)

    assert report.error == "device-lost" and device.is_wiped
    assert not device.folder.exists()


def test_a_forked_device_stops_and_keeps_all(device: Device, server: ScriptedServer) -> None:
    customers.edit(device, record_id(1), {"contact_person": "Ann"})
    server.answer = script(Problem("device-forked", "Copied."))

    assert sync_once(device, server).error == "device-forked"
    assert sync_once(device, server).error == "device-forked"
    assert len(server.requests) == 2, "the second sync did not ask"
    assert len(device.outbox.unsettled_ids()) == 1 and names(device) == ["Shop 1"]
