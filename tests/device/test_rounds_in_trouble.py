"""Rounds after a restore, on a device that was copied, forgotten, locked or retired, with no network, and one at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from field_app.device import Device, known_devices
from field_app.services import customers
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
    enrolled,
    nobody,
    now_ms,
    record_id,
)
from tests.device.test_rounds import SCOPE as SCOPE
from tests.device.test_rounds import cursor as cursor
from tests.device.test_rounds import device as device
from tests.device.test_rounds import names as names
from tests.device.test_rounds import page as page
from tests.device.test_rounds import script as script
from tests.device.test_rounds import server as server


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


@pytest.mark.parametrize("state", ["applied", "refused"])
def test_a_verdict_that_the_server_forgets_between_two_pages_does_not_count(
    device: Device, server: ScriptedServer, state: str
) -> None:
    """R36, R37: an older copy took over in mid-round; no cursor of this device contradicts it, so nothing else tells of the loss."""
    [saved] = customers.edit(device, record_id(1), {"contact_person": "Ann"})
    known: dict[str, Any] = {}
    pushed: list[str] = []

    def forgetful(request: dict[str, Any]) -> Answer:
        for verdict in applied(request, pos=9):
            known[verdict["id"]] = {**verdict, "state": state}
            pushed.append(verdict["id"])
        told = [
            known[set_id]
            for set_id in [*(one["set"]["id"] for one in request["sets"]), *request["pending"]]
            if set_id in known
        ]
        if len(pushed) == 1 and request["sets"]:
            return {"verdicts": told, **page(a_record(2, pos=2), pos=2, more=True)}
        if len(pushed) == 1:
            known.clear()
            return page(a_record(3, pos=3), pos=3)
        return {"verdicts": told, "more": False}

    server.answer = forgetful
    report = sync_once(device, server)
    sync_once(device, server)

    assert report.error is None
    assert pushed == [saved, saved]
    found = device.outbox.find(saved)
    assert found is not None and found.state == ("refused" if state == "refused" else "settled")


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


@pytest.mark.parametrize("member", ["device", "user", "sign_key", "seal_key"])
def test_a_certificate_of_something_else_enrols_nobody_and_leaves_nothing(tmp_path: Path, member: str) -> None:
    """R33: device, user and keys are those that the server vouches for."""
    server = ScriptedServer()
    server.certified = {member: record_id(99)}

    with pytest.raises(NoNetwork, match="certificate"):
        enrolled(tmp_path, server)
    assert known_devices(tmp_path) == []

    server.certified = {}
    enrolled(tmp_path, server).close()


def test_a_certificate_that_the_server_did_not_sign_enrols_nobody(tmp_path: Path) -> None:
    class Unsigning(ScriptedServer):
        def _enrolled(self, request: dict[str, Any]) -> dict[str, Any]:
            return {**super()._enrolled(request), "certificate_signature": "A" * 86}

    with pytest.raises(NoNetwork, match="did not sign"):
        enrolled(tmp_path, Unsigning())


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
    told: list[dict[str, Any]] = []

    def paged(request: dict[str, Any]) -> Answer:
        told.extend(applied(request))
        at_the_end = not request["sets"]
        content = page(a_record(3, pos=3), pos=3) if at_the_end else page(a_record(2, pos=2), pos=2, more=True)
        return {**content, "verdicts": told}

    server.answer = paged
    report = sync_once(device, server)

    assert report.applied == 1 and report.requests == 2
    assert server.requests[-1]["sets"] == [] and len(server.requests[-1]["pending"]) == 1
    assert device.outbox.unsettled_ids() == []
