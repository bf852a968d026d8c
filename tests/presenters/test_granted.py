"""A granted lookup on the device: read without a network, gone by itself at its end."""

from __future__ import annotations

import pytest

from field_app.presenters.more import MorePage
from field_app.services import granted
from field_app.sync.client import sync_once
from server.services import users
from server.services.reading import lookups
from tests.presenters.hand import Hand
from tests.presenters.rounds import DAY_MS, Round


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
