"""The server that lost history, as any other client of the protocol meets it."""

from __future__ import annotations

import threading

import pytest

from server.services import epochs, lost_history
from server.storage.database import reading as server_reading
from tests.head_office import HeadOffice
from tests.recovery.copies import Copies
from tests.recovery.test_lost_history import a_visit as a_visit
from tests.recovery.test_lost_history import on_both_engines as on_both_engines
from tests.recovery.test_lost_history import records as records
from tests.recovery.test_lost_history import set_states as set_states
from tests.recovery.test_lost_history import stranger as stranger
from tests.recovery.test_lost_history import the_epochs as the_epochs
from tests.wire.stranger import Stranger

# On the wire


def after_a_loss(office: HeadOffice, copies: Copies) -> tuple[Stranger, str]:
    """A device that has seen a visit which the server lost with all that came after the copy; and the visit's customer."""
    shop = office.customer("north", "Corner Shop")
    device = stranger(office)
    copies.take()
    a_visit(device, shop)
    device.sync()
    copies.put_back()
    return device, shop


def test_a_contradicted_cursor_is_answered_before_anything_is_judged(office: HeadOffice, copies: Copies) -> None:
    device, shop = after_a_loss(office, copies)

    made = a_visit(device, shop)
    answer = device.round_trip()

    assert (answer.status, answer.problem, answer.signed) == (409, "epoch-changed", True)
    assert answer.json["epoch"] == the_epochs(office)[-1]["id"] and answer.json["forks"] == {}
    assert made not in set_states(office)


@on_both_engines
def test_what_a_device_witnessed_of_a_book_that_it_loads_anew_shows_the_loss_as_well(
    office: HeadOffice, copies: Copies
) -> None:
    shop = office.customer("north", "Corner Shop")
    device = stranger(office)
    copies.take()
    a_visit(device, shop)
    device.sync()
    witnessed = dict(device.cursors)
    assert device.round_trip(cursors={}, witnessed=witnessed, sets=[]).status == 200
    copies.put_back()

    made = a_visit(device, shop)
    answer = device.round_trip(cursors={}, witnessed=witnessed)

    assert (answer.status, answer.problem, answer.json["forks"]) == (409, "epoch-changed", {})
    assert made not in set_states(office)


def test_a_loss_between_judging_and_answering_is_noticed_as_well(
    office: HeadOffice, copies: Copies, monkeypatch: pytest.MonkeyPatch
) -> None:
    device, shop = after_a_loss(office, copies)
    made = a_visit(device, shop)
    with monkeypatch.context() as late:
        late.setattr(lost_history, "refuse_contradiction", lambda device, held: None)
        answer = device.round_trip()

    assert (answer.problem, answer.json["forks"]) == ("epoch-changed", {})
    device.epoch, device.cursors = answer.json["epoch"], {}
    device.records.clear()
    assert device.round_trip().status == 200 and device.verdict(made)["repeat"]


def test_an_old_cursor_shown_again_begins_no_further_life(office: HeadOffice, copies: Copies) -> None:
    shop = office.customer("north", "Corner Shop")
    device = stranger(office)
    copies.take()
    a_visit(device, shop)
    device.sync()
    stale = dict(device.cursors)
    copies.put_back()
    device.epoch = device.round_trip().json["epoch"]
    device.records.clear()

    answer = device.round_trip(cursors=stale, sets=[])

    assert answer.status == 200 and len(the_epochs(office)) == 2
    assert any(record["id"] == shop for record in answer.json["records"]), "the book is loaded from the beginning"


def test_a_cursor_that_this_server_did_not_make_begins_no_life(office: HeadOffice) -> None:
    device = stranger(office)
    forged = dict.fromkeys(device.cursors, f"900.{'0' * 16}.{'0' * 12}")

    assert device.round_trip(cursors=forged).status == 200
    assert len(the_epochs(office)) == 1


@on_both_engines
def test_several_who_notice_the_same_loss_begin_one_life(office: HeadOffice) -> None:
    found: list[str] = []
    with office.app.app_context(), server_reading() as connection:
        before = epochs.current(connection)

    def notice() -> None:
        with office.app.app_context():
            found.append(epochs.begin_epoch("lost", {}, after=before, alarm=True))

    threads = [threading.Thread(target=notice) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 6 and set(found) == {the_epochs(office)[-1]["id"]}
    assert len(the_epochs(office)) == 2


@on_both_engines
def test_forks_over_several_lives_are_the_least_that_all_of_them_share(office: HeadOffice) -> None:
    a, b, c = "a", "b", "c"
    with office.app.app_context():
        with server_reading() as connection:
            first = epochs.current(connection)
        second = epochs.begin_epoch("one", {a: 9, b: 5})
        epochs.begin_epoch("two", {a: 7, b: 8, c: 3})
        with server_reading() as connection:
            assert epochs.forks_since(connection, second) == {a: 7, b: 8, c: 3}
            assert epochs.forks_since(connection, first) == {a: 7, b: 5}
            assert epochs.forks_since(connection, "of another server") == {}
            assert [life.has(a, 8) for life in epochs.lives(connection)] == [True, False, False]
