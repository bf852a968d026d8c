"""R31: a book is locked when its lease is over, whatever the phone's clock says meanwhile; and a clock put right locks nobody out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from field_app.device import Device
from field_app.services.safety import lease_left_ms
from field_app.store.lease import DAY_MS, STEP_MOST_MS, Watch
from field_app.sync.client import sync_once
from tests.device.builders import PASSPHRASE, Clock
from tests.device.scripted import HOLD, NORTH, ScriptedServer, enrolled, nobody, now_ms

YEAR_MS = 365 * DAY_MS


@pytest.fixture
def server() -> ScriptedServer:
    return ScriptedServer()


@pytest.fixture
def device(tmp_path: Path, server: ScriptedServer) -> Device:
    """With a book for thirty days, and no network from now on."""
    answers: list[dict[str, Any]] = [{"scope": {NORTH: HOLD}, "scope_tag": "one"}]
    server.answer = lambda request: answers.pop() if answers else {}
    found = enrolled(tmp_path, server)
    assert sync_once(found, server).error is None and found.shown_books() == [NORTH]
    server.answer = nobody
    return found


def clock(device: Device) -> Any:
    return device.clock_ms


def days_pass(device: Device, server: ScriptedServer, days: int) -> None:
    """The phone is in use, and tries to sync every day."""
    for _ in range(days):
        clock(device).now_ms += DAY_MS
        assert sync_once(device, server).error == "no-network"


def again(device: Device) -> Device:
    """The app is killed, and opened once more."""
    folder, ticking = device.folder, device.clock_ms
    device.close()
    return Device.unlock(folder, PASSPHRASE, clock_ms=ticking)


def test_a_clock_set_back_does_not_keep_a_book_open(device: Device, server: ScriptedServer) -> None:
    days_pass(device, server, 20)
    clock(device).now_ms -= YEAR_MS

    days_pass(device, server, 9)
    assert device.shown_books() == [NORTH] and 0 < (lease_left_ms(device) or 0) < 2 * DAY_MS
    days_pass(device, server, 2)

    assert device.shown_books() == [] and (lease_left_ms(device) or 0) < 0


def test_nor_one_that_is_set_back_every_day(device: Device, server: ScriptedServer) -> None:
    for _ in range(31):
        days_pass(device, server, 1)
        clock(device).now_ms -= DAY_MS
        device.shown_books()  # somebody works on it

    assert device.shown_books() == []


def test_what_was_counted_is_there_after_the_app_was_killed(device: Device, server: ScriptedServer) -> None:
    for _ in range(31):
        clock(device).now_ms += DAY_MS
        device = again(device)
        clock(device).now_ms -= DAY_MS
        device = again(device)

    assert device.shown_books() == []


def test_a_clock_ten_years_ahead_that_is_put_right_locks_nobody_out(device: Device, server: ScriptedServer) -> None:
    days_pass(device, server, 2)
    clock(device).now_ms += 10 * YEAR_MS
    assert sync_once(device, server).error == "no-network" and device.shown_books() == []

    clock(device).now_ms -= 10 * YEAR_MS

    assert again(device).shown_books() == [NORTH]


def test_a_round_that_ended_under_a_clock_of_years_ahead_is_no_lease_for_years(
    device: Device, server: ScriptedServer
) -> None:
    clock(device).now_ms += 10 * YEAR_MS
    server.answer = lambda request: {}
    assert sync_once(device, server).error is None and device.shown_books() == [NORTH]
    server.answer = nobody
    clock(device).now_ms -= 10 * YEAR_MS

    days_pass(device, server, 31)

    assert device.shown_books() == []


def test_a_finished_round_opens_it_again_and_counts_anew(device: Device, server: ScriptedServer) -> None:
    days_pass(device, server, 31)
    clock(device).now_ms -= YEAR_MS
    assert device.shown_books() == []

    server.answer = lambda request: {}
    assert sync_once(device, server).error is None
    server.answer = nobody
    days_pass(device, server, 29)

    assert device.shown_books() == [NORTH]


def test_a_round_that_could_not_be_kept_counts_for_nothing(device: Device, server: ScriptedServer) -> None:
    days_pass(device, server, 29)
    with pytest.raises(OSError, match="full"), device.database.transaction():
        device.settings.set("lease_watch", [clock(device).now_ms, 0, 0])
        device.settings.set("round_ended_at", clock(device).now_ms)
        assert device.shown_books() == [NORTH]
        raise OSError("full")
    clock(device).now_ms -= YEAR_MS
    days_pass(device, server, 2)

    assert device.shown_books() == []


def test_the_instants_of_signed_answers_count_though_no_round_ends(device: Device, server: ScriptedServer) -> None:
    device.note_time(now_ms() + 31 * DAY_MS)

    assert device.shown_books() == [] and again(device).shown_books() == []


def test_a_store_of_an_earlier_release_counts_from_its_first_start(device: Device, server: ScriptedServer) -> None:
    device.settings.set("lease_watch", None)
    device = again(device)
    clock(device).now_ms -= YEAR_MS

    days_pass(device, server, 31)

    assert device.shown_books() == []


@pytest.mark.parametrize(("step", "counted"), [(STEP_MOST_MS, STEP_MOST_MS), (STEP_MOST_MS + 1, 0), (-1, 0), (0, 0)])
def test_a_step_of_a_week_at_most_is_counted(step: int, counted: int) -> None:
    assert Watch(1000, 0, 0).looked(1000 + step) == Watch(1000 + step, counted, 0)


def test_only_what_a_minute_would_lose_is_written() -> None:
    kept = Watch(1000, 0, 5)

    assert not Watch(60_999, 59_999, 5).is_worth_keeping(kept) and Watch(61_000, 60_000, 5).is_worth_keeping(kept)
    assert Watch(-59_000, 0, 5).is_worth_keeping(kept) and Watch(1000, 0, 6).is_worth_keeping(kept)
    assert Watch(1000, 0, 5).is_worth_keeping(None)


def test_a_clock_that_ticks_is_all_that_a_look_needs(device: Device) -> None:
    writes = device.database.writes
    for _ in range(5):
        clock(device).now_ms += DAY_MS
        device.shown_books()

    assert device.database.writes == writes and isinstance(device.clock_ms, Clock)
