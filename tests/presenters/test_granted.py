"""A granted lookup on the device: read without a network, gone by itself at its end."""

from __future__ import annotations

import shutil

import pytest
import sqlalchemy as sa

from field_app.device import Device
from field_app.presenters.granted import GrantedFilePage
from field_app.presenters.more import MorePage
from field_app.presenters.record import RecordPage
from field_app.services import envelopes, granted, returned
from field_app.store.outbox import NOTES_OF_READING
from field_app.sync.client import sync_once
from server.services import envelopes as office_envelopes
from server.services import users
from server.services.reading import lookups, on_devices, read_log
from server.storage.database import writing
from server.storage.people_tables import lookup as table
from sync_protocol.records import Nature, record_types
from tests.device.builders import PASSPHRASE
from tests.presenters.hand import Hand
from tests.presenters.rounds import DAY_MS, Round, now_ms


@pytest.fixture
def lookup(online: Hand, the_round: Round) -> Hand:
    """A device of Li that has a copy of a shop in another book, for two days, and no network any more."""
    office = the_round.office
    for login, roles in (("zhao", ("department_manager",)), ("wang", ("account_manager",))):
        if login not in office.users:
            office.user(login, *roles)
    if "south" not in office.books:
        office.book("south", maintainer="wang")
        office.customer("south", "Far Shop 远方店", customer_code="F-3001", home_address="12 Elm Street")
    with office.app.app_context():
        from server.services import moves

        (far,) = moves.find_customers(["F-3001"])
        li, zhao = office.users["li"], office.users["zhao"]
        asked = lookups.ask(li, far, "The same owner opens in my round")
        scope = set(office.books.values())
        found = lookups.by_id(asked, zhao, scope)
        if found.state == lookups.OPEN:
            lookups.grant(asked, zhao, scope, days=2, wanted=["outside", "basic", "personal"])
    _sync(online)
    online.session.line.is_cut = True
    return online


def _sync(hand: Hand) -> None:
    report = sync_once(hand.session.device, hand.session.transport())
    assert report.error is None, report


def texts(hand: Hand) -> str:
    return repr(hand.page.items())


def test_a_granted_copy_is_read_without_a_network_with_what_was_granted_and_nothing_private(lookup):
    lookup.open(MorePage(lookup))
    assert "1 file of another book" in texts(lookup)

    lookup.page.act("granted")
    assert "Far Shop 远方店" in texts(lookup)
    lookup.page.act(f"granted:{lookup.page.found[0].id}")

    assert "F-3001" in texts(lookup) and "Zhao" in texts(lookup) and "same owner" in texts(lookup)
    assert "12 Elm Street" not in texts(lookup)


def test_at_its_end_the_copy_is_gone_from_the_store_without_a_word_of_the_server(lookup):
    device = lookup.session.device
    (one,) = granted.granted(device)
    store = device.books.store(_desk(device))
    before = store.check_anew()
    device.clock_ms = lambda: one.until

    lookup.open(MorePage(lookup))

    assert "another book" not in texts(lookup) and granted.granted_file(device, one.id) is None
    kept = store.database.rows("SELECT fields, title, words FROM record WHERE id = ?", (one.id,))
    assert [tuple(row) for row in kept] == [("{}", "", "")]
    assert store.check_anew() == before  # the next sync finds both sides equal
    device.clock_ms = lambda: one.until - DAY_MS
    assert granted.granted(device) == []  # a clock that is set back brings nothing back


def test_the_end_counts_at_the_next_unlocking(lookup, the_round):
    device = lookup.session.device
    (one,) = granted.granted(device)
    device.clock_ms = lambda: one.until + 1

    lookup.session.hold(device)

    assert [r for r in device.books.store(_desk(device)).recent("grant", 10, 0) if r.fields] == []


def _desk(device) -> str:
    return next(book for book, entry in device.scope.items() if entry["kind"] == "desk")


def test_a_lookup_that_the_office_ended_leaves_at_the_next_sync(lookup, the_round):
    office = the_round.office
    with office.app.app_context():
        (lasting,) = lookups.lasting(set(office.books.values()))
        lookups.end(lasting.id, users.SYSTEM, set(office.books.values()))
    lookup.session.line.is_cut = False

    _sync(lookup)

    assert granted.granted(lookup.session.device) == []
    assert lookup.session.device.books.store(_desk(lookup.session.device)).recent("grant", 10, 0) == []


# What is read is noted


def opened(lookup: Hand) -> str:
    """The copy, opened anew. Returns: its id."""
    (one,) = granted.granted(lookup.session.device)
    lookup.open(GrantedFilePage(lookup, one.id))
    return one.id


def waiting(lookup: Hand) -> list[dict]:
    """The readings that wait on the device, as they will be sent."""
    bodies = lookup.session.device.outbox.bodies(lookup.session.device.outbox.unsettled_ids())
    return [change for body in bodies.values() for change in body["changes"] if change["type"] == "reading"]


def logged(the_round: Round, since: int = 0) -> list[read_log.Line]:
    """The lines of the read log about readings on devices, the newest first."""
    with the_round.office.app.app_context():
        found = read_log.lines(set(the_round.office.books.values()))
    return [line for line in found if line.what == on_devices.WHAT and line.id > since]


def last_line(the_round: Round) -> int:
    return max((line.id for line in logged(the_round)), default=0)


def test_a_copy_that_is_opened_offline_is_noted_on_the_disk_before_it_is_shown(lookup, monkeypatch):
    copy = opened(lookup)

    (noted,) = waiting(lookup)

    assert noted["op"] == "create" and noted["customer"] is None and noted["set"]["grant"] == copy
    assert "Far Shop" not in repr(noted), "the copy leaves the device at its end, and what was noted of it names nobody"
    monkeypatch.setattr(granted, "_note", lambda *_args: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    lookup.open(GrantedFilePage(lookup, copy))
    assert "F-3001" not in texts(lookup) and "No space left" in texts(lookup) and "so it is not shown" in texts(lookup)


def test_an_app_that_dies_while_the_copy_is_in_view_has_noted_it_and_nobody_can_take_it_back(lookup, tmp_path):
    opened(lookup)
    (set_id,) = lookup.session.device.outbox.unsettled_ids()
    lookup.session.device.outbox.discard(set_id)
    as_killed = tmp_path / "as it lies on the disk"
    shutil.copytree(lookup.session.device.folder, as_killed)

    woken = Device.unlock(as_killed, PASSPHRASE, clock_ms=now_ms)

    assert woken.outbox.unsettled_ids() == [set_id]
    woken.close()


@pytest.mark.parametrize("state", ["refused", "parked"])
def test_a_reading_that_the_server_failed_on_is_neither_discarded_nor_changed_by_the_reader(lookup, state):
    opened(lookup)
    outbox = lookup.session.device.outbox
    (set_id,) = outbox.unsettled_ids()
    (noted,) = waiting(lookup)
    if state == "refused":
        why = [{"n": 0, "state": "refused", "why": [{"field": "set", "code": "internal"}]}]
        outbox.settle([{"id": set_id, "state": state, "changes": why}], now_ms())
    else:
        outbox.note_failure([set_id], now_ms(), 1)

    lookup.open(RecordPage(lookup, noted["record"]))
    returned.dismiss(lookup.session.device, noted["record"])
    with pytest.raises(KeyError):
        returned.correct(lookup.session.device, noted["record"], {"opened_at": 1})
    outbox.discard(set_id)

    assert outbox.find(set_id).state == state
    page = RecordPage(lookup, noted["record"])
    page.entered()
    assert page.big() is None and "'discard'" not in repr(page.items())
    assert ("neither changed nor discarded" in repr(page.items())) == (state == "refused")


def test_all_types_that_note_what_a_person_did_on_his_own_are_kept_from_him():
    own = {name for name, declared in record_types().items() if declared.nature is Nature.OWN}

    assert own == set(NOTES_OF_READING)


def test_one_opening_is_one_entry_however_often_the_page_is_drawn(lookup):
    clock = lookup.session.device.clock_ms
    begun = clock()
    lookup.session.device.clock_ms = lambda: begun
    opened(lookup)
    lookup.reload()
    assert len(waiting(lookup)) == 1

    lookup.session.device.clock_ms = lambda: begun + granted.ONE_VIEW_MS - 1
    opened(lookup)
    assert len(waiting(lookup)) == 1, "again within the minute: the same view"

    lookup.session.device.clock_ms = lambda: begun + granted.ONE_VIEW_MS
    opened(lookup)
    lookup.session.device.clock_ms = lambda: begun
    opened(lookup)
    assert len(waiting(lookup)) == 3, "a clock that is set back hides nothing"


def test_what_was_read_offline_is_in_the_read_log_once_after_the_next_sync(lookup, the_round):
    before, device = last_line(the_round), lookup.session.device
    read_at = device.clock_ms()
    opened(lookup)
    assert logged(the_round, before) == []
    lookup.session.line.is_cut = False

    _sync(lookup)
    _sync(lookup)

    (line,) = logged(the_round, before)
    with the_round.office.app.app_context():
        name = users.by_id(the_round.office.users["li"]).name
        assert read_log.first_broken() is None
    assert (line.user, line.customer, line.mark) == (name, "Far Shop 远方店", "")
    assert abs(line.read_at - read_at) < 60_000 and line.read_at <= line.at and line.device
    assert waiting(lookup) == [] and "Far Shop" in texts(lookup)


def test_what_was_read_comes_in_by_a_sealed_file_too_and_once(lookup, the_round, tmp_path):
    before, device = last_line(the_round), lookup.session.device
    opened(lookup)
    envelopes.export(device, tmp_path / "sealed")
    with the_round.office.app.app_context():
        office_envelopes.receive([(tmp_path / "sealed").read_bytes()])
        assert len(logged(the_round, before)) == 1
    lookup.session.line.is_cut = False
    _sync(lookup)

    assert len(logged(the_round, before)) == 1


def test_what_was_read_is_offered_again_to_a_server_that_lost_history(lookup):
    """R38: nobody tells positions of a desk, so nothing says that the server still has it."""
    opened(lookup)
    device = lookup.session.device
    (set_id,) = device.outbox.unsettled_ids()
    lookup.session.line.is_cut = False
    _sync(lookup)
    assert device.outbox.find(set_id).state == "settled"

    device.follow_epoch("018f0000-0000-7000-8000-0000000000e9", dict.fromkeys(device.scope, 10**9))

    assert device.outbox.find(set_id).state == "ready"


def test_a_reading_after_the_end_is_logged_and_marked(lookup, the_round):
    before = last_line(the_round)
    opened(lookup)
    office = the_round.office
    with office.app.app_context():
        (lasting,) = lookups.lasting(set(office.books.values()))
        with writing() as connection:  # its time passes before what was read of it comes in
            begun = sa.select(table.c.decided_at).where(table.c.id == lasting.id).scalar_subquery()
            connection.execute(sa.update(table).where(table.c.id == lasting.id).values(until=begun + 1))
    lookup.session.line.is_cut = False

    _sync(lookup)

    assert [line.mark for line in logged(the_round, before)] == ["after"]
