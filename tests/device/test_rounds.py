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
from field_app.sync.transport import NoNetwork, Response
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
    nobody,
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


def test_after_a_restore_the_journal_is_offered_again_under_its_old_ids(device: Device, server: ScriptedServer) -> None:
    """R38: in one transaction, beyond the forks."""
    (saved,) = customers.edit(device, record_id(1), {"contact_person": "Ann"})
    server.answer = lambda request: {"verdicts": applied(request, pos=9), "cursors": {NORTH: cursor(9)}, "more": False}
    sync_once(device, server)
    assert device.journal.count() == 1
    epoch = "018f0000-0000-7000-8000-0000000000e9"
    asked: list[dict[str, Any]] = []

    def restored(request: dict[str, Any]) -> Answer:
        if request["epoch"] != epoch:
            return Problem("epoch-changed", "Restored.", epoch=epoch, forks={NORTH: 4})
        asked.append(request)
        return {"epoch": epoch, "verdicts": applied(request, pos=6), "more": False}

    server.answer = restored
    report = sync_once(device, server)

    assert report.error is None
    assert [one["set"]["id"] for one in asked[0]["sets"]] == [saved] and asked[0]["sets"][0]["seq"] == 1
    assert NORTH not in asked[0]["cursors"], "its cursor lies beyond the fork"
    assert names(device) == ["Shop 1"], "the old view stays until the new load is complete"


def test_what_a_verified_backup_contains_leaves_the_journal(device: Device, server: ScriptedServer) -> None:
    """R37: and nothing else does."""
    customers.edit(device, record_id(1), {"contact_person": "Ann"})
    server.answer = lambda request: {"verdicts": applied(request, pos=9), "more": False}
    sync_once(device, server)

    server.answer = script({"safe": {NORTH: 8}})
    sync_once(device, server)
    assert device.journal.count() == 1

    server.answer = script({"safe": {NORTH: 9}})
    sync_once(device, server)
    assert device.journal.count() == 0


def test_a_clock_ten_years_ahead_does_not_make_the_journal_forget_what_no_backup_holds(
    device: Device, server: ScriptedServer
) -> None:
    customers.edit(device, record_id(1), {"contact_person": "Ann"})
    server.answer = lambda request: {"verdicts": applied(request)}
    assert sync_once(device, server).error is None
    clock = device.clock_ms
    assert isinstance(clock, Clock)

    clock.now_ms += 10 * 365 * 24 * 3600 * 1000
    assert sync_once(device, server).error is None

    assert device.journal.count() == 1


def test_the_cursor_of_a_book_that_left_in_mid_round_stays_where_its_records_are(
    device: Device, server: ScriptedServer
) -> None:
    server.answer = script({"scope": SCOPE, "scope_tag": "one", **page(a_record(2, SOUTH), pos=1, book=SOUTH)})
    assert sync_once(device, server).error is None
    customers.edit(device, record_id(2), {"contact_person": "Ann"})
    server.answer = script(
        page(a_record(3, SOUTH, pos=2), pos=2, book=SOUTH, more=True),
        {"scope": {NORTH: HOLD}, "scope_tag": "two"},
    )

    assert sync_once(device, server).error is None  # it is held on, for the edit is not answered

    assert device.books.cursors()[SOUTH] == cursor(1)
    assert device.books.store(SOUTH).versions().keys() == {record_id(2)}


def test_a_scope_that_changed_and_changed_back_while_a_round_was_interrupted_is_the_last_one(
    device: Device, server: ScriptedServer
) -> None:
    gone = {"scope": {NORTH: HOLD}, "scope_tag": "two", **page(a_record(2), pos=2, more=True)}
    server.answer = script(gone, Response(502, {}, b""))
    assert sync_once(device, server).error == "no-network"

    server.answer = lambda request: {} if request["scope_tag"] == "one" else {"scope": SCOPE, "scope_tag": "one"}
    assert sync_once(device, server).error is None

    assert set(device.scope) == {NORTH, SOUTH}
    assert set(device.shown_books()) == {NORTH, SOUTH}


def test_a_book_past_its_lease_is_locked_and_not_deleted(device: Device, server: ScriptedServer) -> None:
    """R31: the outbox stays and can be sent."""
    customers.edit(device, record_id(1), {"contact_person": "Ann"})
    device.clock_ms.now_ms += 31 * 24 * 3600 * 1000  # type: ignore[attr-defined]

    assert names(device) == []
    assert len(device.outbox.unsettled_ids()) == 1

    server.answer = lambda request: {"verdicts": applied(request)}
    sync_once(device, server)
    assert names(device) == ["Shop 1"]


def test_no_network_is_a_report_and_no_error(device: Device, server: ScriptedServer) -> None:
    server.answer = nobody

    report = sync_once(device, server)

    assert report.error == "no-network"
    with pytest.raises(NoNetwork):
        server.exchange("POST", "/sync/1", {"Roundbook-Device": "x"}, b"{}")


def test_a_forked_device_enrols_anew_and_offers_all_it_keeps_in_the_order_of_saving(
    device: Device, server: ScriptedServer
) -> None:
    """R40: under its old set ids, counted from 1."""
    saved = [customers.edit(device, record_id(1), {"contact_person": name})[0] for name in ("Ann", "Bob", "Cid")]
    server.answer = lambda request: {"verdicts": applied(request)[:2]}
    sync_once(device, server)
    server.answer = script(Problem("device-forked", "Copied."))
    sync_once(device, server)
    before = device.identity

    device.enrol_anew(server.invitation, PASSPHRASE, server, name="phone again")
    server.answer = lambda request: {"verdicts": applied(request), **page(a_record(1), pos=1)}
    report = sync_once(device, server)

    asked = server.requests[-1]
    assert report.error is None and asked["device"] != before.device_id and asked["device"] == device.identity.device_id
    assert [(one["seq"], one["set"]["id"]) for one in asked["sets"]] == list(enumerate(saved, 1))
    assert asked["cursors"] == {} and asked["last_seq"] == 3
    device.close()
    again = Device.unlock(device.folder, PASSPHRASE, clock_ms=Clock(now_ms()))
    assert again.identity.device_id == asked["device"] and names(again) == ["Shop 1"]
    again.close()


def test_a_server_that_promises_more_and_brings_nothing_is_not_asked_for_ever(
    device: Device, server: ScriptedServer
) -> None:
    server.answer = lambda request: {"more": True}

    assert sync_once(device, server).error == "no-progress"
    assert len(server.requests) == 2


def test_one_sync_runs_at_a_time(device: Device, server: ScriptedServer) -> None:
    inner: list[str | None] = []

    def again(request: dict[str, Any]) -> Answer:
        inner.append(sync_once(device, server).error)
        return {}

    server.answer = again
    assert sync_once(device, server).error is None
    assert inner == ["already-running"]


def test_a_device_locked_during_a_sync_goes_on_with_the_next(device: Device, server: ScriptedServer) -> None:
    customers.edit(device, record_id(1), {"contact_person": "Ann"})

    def locking(request: dict[str, Any]) -> Answer:
        device.close()
        return {"verdicts": applied(request)}

    server.answer = locking
    assert sync_once(device, server).error == "locked"

    again = Device.unlock(device.folder, PASSPHRASE, clock_ms=Clock(now_ms()))
    server.answer = lambda request: {"verdicts": applied(request)}
    assert sync_once(again, server).applied == 1
    again.close()


def test_a_retired_device_wipes_when_a_backup_holds_all_it_gave(device: Device, server: ScriptedServer) -> None:
    customers.edit(device, record_id(1), {"contact_person": "Ann"})
    server.answer = lambda request: {
        "verdicts": applied(request, pos=5), "device": "retired", "scope": {}, "scope_tag": "none"
    }  # fmt: skip
    sync_once(device, server)
    assert not device.is_wiped and names(device) == []

    server.answer = lambda request: {"device": "retired", "safe": {NORTH: 5}}
    assert sync_once(device, server).error == "device-retired"
    assert device.is_wiped and not device.folder.exists()


def test_a_book_that_left_is_hidden_before_the_round_is_over(device: Device, server: ScriptedServer) -> None:
    server.answer = script(
        {"scope": {SOUTH: HOLD}, "scope_tag": "two", **page(pos=5, book=SOUTH, more=True)}, Response(502, {}, b"")
    )

    assert sync_once(device, server).error == "no-network"

    assert names(device) == []


def test_a_set_that_was_answered_on_an_earlier_page_is_not_sent_again_and_settles_with_the_round(
    device: Device, server: ScriptedServer
) -> None:
    customers.edit(device, record_id(1), {"contact_person": "Ann"})

    def paged(request: dict[str, Any]) -> Answer:
        if request["sets"]:
            return {**page(a_record(2, pos=2), pos=2, more=True), "verdicts": applied(request)}
        return page(a_record(3, pos=3), pos=3)

    server.answer = paged
    report = sync_once(device, server)

    assert report.applied == 1 and report.requests == 2
    assert server.requests[-1]["sets"] == [] and len(server.requests[-1]["pending"]) == 1
    assert device.outbox.unsettled_ids() == []
