"""What a device keeps, offers again and lets nobody else send, after a server lost history, and when files come by hand (R3, R33, R36, R38, R48)."""

from __future__ import annotations

from typing import Any

import pytest

from field_app.device import Device, OtherUser
from field_app.services import customers, envelopes
from field_app.sync.client import sync_once
from field_app.sync.rounds import stage_answer
from field_app.sync.transport import Response
from sync_protocol import signing
from sync_protocol.problems import Problem
from tests.device.builders import PASSPHRASE
from tests.device.scripted import EPOCH, NORTH, ScriptedServer, a_record, applied, now_ms, record_id
from tests.device.test_rounds import SCOPE as SCOPE
from tests.device.test_rounds import cursor as cursor
from tests.device.test_rounds import device as device
from tests.device.test_rounds import server as server

NEW_LIFE = "018f0000-0000-7000-8000-0000000000e9"


def saved(device: Device, *names: str) -> list[str]:
    """A set for each of these names of a person."""
    return [customers.edit(device, record_id(1), {"contact_person": name})[0] for name in names]


def test_r38_what_waits_and_what_came_back_is_offered_again_and_what_was_given_up_is_not(device: Device) -> None:
    waits, came_back, given_up, accepted, shared = saved(device, "Ann", "Bob", "Cid", "Dan", "Eve")
    told = {waits: ("waiting", {}), came_back: ("refused", {}), given_up: ("refused", {})}
    told |= {accepted: ("applied", {NORTH: 9}), shared: ("applied", {NORTH: 4})}
    device.outbox.settle([{"id": i, "state": state, "at": at} for i, (state, at) in told.items()], now_ms())
    device.outbox.discard(given_up)

    device.follow_epoch(NEW_LIFE, {NORTH: 4})

    states = {set_id: found.state for set_id in told if (found := device.outbox.find(set_id)) is not None}
    assert states == dict(zip(told, ("ready", "ready", "discarded", "ready", "settled"), strict=True))
    assert device.settings.get("epoch") == NEW_LIFE


def test_r38_half_a_round_of_the_life_that_ended_is_forgotten(device: Device) -> None:
    page = {"records": [a_record(7, pos=7)], "cursors": {NORTH: cursor(7)}, "more": True, "time": now_ms()}
    stage_answer(device, page)
    assert not device.staging.is_empty()

    device.follow_epoch(NEW_LIFE, {NORTH: 10**6})

    assert device.staging.is_empty()


def drifts_at(pos: int, device: Device, server: ScriptedServer) -> None:
    """A round to this position after which the book is loaded anew, and does not come."""
    drifted = {"cursors": {NORTH: cursor(pos)}, "check": {NORTH: {"n": 7, "sum": "0" * 24}}, "more": False}
    answers = iter([drifted])
    server.answer = lambda request: next(answers, Response(502, {}, b"Bad gateway"))
    sync_once(device, server)
    assert NORTH not in device.books.cursors()


def test_r36_a_device_that_loads_a_book_anew_still_says_how_far_the_server_had_come(
    device: Device, server: ScriptedServer
) -> None:
    """Else a server that lost history meanwhile gets nothing back of what it had accepted."""
    drifts_at(12, device, server)
    assert "witnessed" not in server.requests[0]
    assert server.requests[-1]["witnessed"] == {NORTH: cursor(12)}

    server.answer = lambda request: {"cursors": {NORTH: cursor(13)}, "more": False}
    sync_once(device, server)
    sync_once(device, server)

    assert NORTH not in server.requests[-2]["cursors"] and server.requests[-2]["witnessed"] == {NORTH: cursor(12)}
    assert "witnessed" not in server.requests[-1], "it has a cursor again"


def test_r36_what_was_witnessed_of_a_book_that_left_is_said_while_its_sets_are_kept(
    device: Device, server: ScriptedServer
) -> None:
    saved(device, "Ann")
    server.answer = lambda request: {"verdicts": applied(request, pos=9), "cursors": {NORTH: cursor(9)}, "more": False}
    sync_once(device, server)
    server.answer = lambda request: {"scope": {}, "scope_tag": "none", "more": False}
    sync_once(device, server)
    assert device.books.held() == []

    device.settings.set("pruned_at", 0)
    sync_once(device, server)
    assert server.requests[-1]["witnessed"] == {NORTH: cursor(9)}
    device.settings.set("pruned_at", 0)
    sync_once(device, server)
    assert server.requests[-1]["witnessed"] == {NORTH: cursor(9)}, "the journal has sets of it"

    device.journal.prune({NORTH: 9}, now_ms())
    device.settings.set("pruned_at", 0)
    sync_once(device, server)
    sync_once(device, server)
    assert "witnessed" not in server.requests[-1]


@pytest.mark.parametrize(("fork", "stays"), [(12, True), (11, False)])
def test_r36_what_was_witnessed_of_a_life_that_ended_counts_as_far_as_the_next_one_has_it(
    device: Device, server: ScriptedServer, fork: int, stays: bool
) -> None:
    drifts_at(12, device, server)

    device.follow_epoch(NEW_LIFE, {NORTH: fork})

    assert device.books.witnessed() == ({NORTH: cursor(12)} if stays else {})


def test_r36_what_a_verified_backup_holds_need_not_be_witnessed(device: Device, server: ScriptedServer) -> None:
    drifts_at(12, device, server)
    server.answer = lambda request: {"safe": {NORTH: 12}, "more": False}

    sync_once(device, server)

    assert device.books.witnessed() == {}


def test_r33_another_user_does_not_take_over_what_the_first_has_saved(device: Device) -> None:
    other = record_id(77)

    class Wangs(ScriptedServer):
        def _enrolled(self, request: dict[str, Any]) -> dict[str, Any]:
            self.certified = {"user": other}
            found = super()._enrolled(request)
            return {**found, "user": {**found["user"], "id": other}}

    (mine,) = saved(device, "Ann")
    before = device.identity
    theirs = Wangs()

    with pytest.raises(OtherUser):
        device.enrol_anew(theirs.invitation, PASSPHRASE, theirs, name="Wang's now")

    assert device.identity == before and device.outbox.unsettled_ids() == [mine]


def test_r48_an_answer_file_counts_only_where_the_device_stands_in_its_life_and_after_its_last_answer(
    device: Device, server: ScriptedServer
) -> None:
    server.answer = lambda request: {"verdicts": applied(request), "cursors": {NORTH: cursor(9)}}
    assert sync_once(device, server).error is None
    since = device.settings.get("answered_at_ms")
    right = {"from": {NORTH: cursor(9)}, "epoch": EPOCH, "time": since + 1, "more": False}

    assert envelopes._continues(device, right, since)
    for wrong in ({"from": {NORTH: cursor(8)}}, {"epoch": NEW_LIFE}, {"time": since}):
        assert not envelopes._continues(device, {**right, **wrong}, since), wrong


@pytest.mark.parametrize("name", ["device-lost", "device-forked", "epoch-changed", "device-unknown"])
def test_r3_what_another_key_has_signed_takes_nothing_away(device: Device, server: ScriptedServer, name: str) -> None:
    saved(device, "Ann")
    before = (device.settings.get("epoch"), device.books.cursors(), device.outbox.unsettled_ids())
    server.key = signing.new_private_key(bytes(32))
    server.answer = lambda request: Problem(name, "Says somebody else.", epoch=NEW_LIFE, forks={})

    report = sync_once(device, server)

    assert report.error == "no-network" and not device.is_wiped and device.settings.get("stopped") is None
    assert (device.settings.get("epoch"), device.books.cursors(), device.outbox.unsettled_ids()) == before
