"""Setting up a device and unlocking it."""

from __future__ import annotations

from pathlib import Path

import pytest

from field_app import window
from field_app.presenters import places
from field_app.presenters.enrol import EnrolPage, server_of, strength
from field_app.presenters.more import lock
from field_app.presenters.record_form import ContactPage
from field_app.presenters.session import Session
from field_app.presenters.sync import SyncPage
from field_app.presenters.today import TodayPage
from field_app.presenters.unlock import UnlockPage
from field_app.sync.transport import HttpTransport
from tests.device.builders import PASSPHRASE
from tests.presenters.hand import Hand
from tests.presenters.rounds import SHOPS, Round, now_ms


@pytest.fixture
def fresh(tmp_path: Path) -> Hand:
    return Hand(Session(tmp_path / "nothing", now_ms, HttpTransport))


def test_an_invitation_enrols_the_device_and_fetches_the_round(the_round: Round, fresh: Hand) -> None:
    fresh.restart(places.locked_page(fresh))
    page = fresh.page
    assert isinstance(page, EnrolPage)
    for name, text in {
        "invitation": the_round.office.invitation("li"),
        "name": "Li's second phone",
        "passphrase": PASSPHRASE,
        "again": PASSPHRASE,
    }.items():
        page.put(name, text)

    page.act("enrol")

    assert isinstance(fresh.page, SyncPage)
    assert not fresh.session.sync.failed
    fresh.page.act("begin")
    assert isinstance(fresh.page, TodayPage)
    assert "Sun Grocery" in fresh.words()
    assert page.values["passphrase"] == ""  # it stays in no page
    fresh.session.lock()


@pytest.mark.parametrize(
    ("field", "text", "wrong"),
    [
        ("invitation", "https://office.example", "invitation"),
        ("name", " ", "name"),
        ("passphrase", "short", "passphrase"),
        ("again", "another one here", "again"),
    ],
)
def test_what_cannot_be_taken_is_said_at_its_field(fresh: Hand, field: str, text: str, wrong: str) -> None:
    page = EnrolPage(fresh)
    good = "roundbook:1?u=http%3A%2F%2Foffice.example&c=abc&f=xyz"
    for name, value in {"invitation": good, "name": "x", "passphrase": PASSPHRASE, "again": PASSPHRASE}.items():
        page.put(name, value)
    assert page.check()

    page.put(field, text)

    assert not page.check()
    assert list(page.wrong) == [wrong]


def test_a_used_invitation_is_refused_in_words(the_round: Round, tmp_path: Path) -> None:
    invitation = the_round.office.invitation("li")
    for attempt in ("first", "second"):
        hand = Hand(Session(tmp_path / attempt, now_ms, HttpTransport))
        page = EnrolPage(hand, invitation)
        hand.restart(page)
        for name, value in {"name": "x", "passphrase": PASSPHRASE, "again": PASSPHRASE}.items():
            page.put(name, value)
        page.act("enrol")

    assert "used already" in page.failed
    assert hand.page is page
    assert not list((tmp_path / "second").glob("*/identity.json"))


def test_the_server_stands_in_the_invitation() -> None:
    assert server_of("roundbook:1?u=http%3A%2F%2F127.0.0.1%3A8080&c=a&f=b") == "http://127.0.0.1:8080"
    assert server_of("roundbook:1?u=ftp%3A%2F%2Fx&c=a&f=b") == ""
    assert server_of("roundbook:1?u=http%3A%2F%2Fx&c=a") == ""
    assert server_of("") == ""


def test_a_longer_passphrase_is_called_better() -> None:
    roles = [strength(text)[1] for text in ("", "short", "aaaaaaaaaaaa", "password1", "four words are enough")]
    assert roles == ["quiet", "wrong", "waiting", "waiting", "done"]


def test_the_right_passphrase_opens_the_day(the_round: Round, tmp_path: Path) -> None:
    hand = Hand(the_round.session(tmp_path / "field", is_open=False))
    hand.restart(places.locked_page(hand))
    assert isinstance(hand.page, UnlockPage)
    assert (hand.page.greeting, hand.page.company) == ("Li", "Hawkeye Beverages")

    hand.page.put("not this one")
    hand.page.act("unlock")
    assert "does not open" in hand.page.failed
    assert hand.session.is_locked

    hand.page.put(PASSPHRASE)
    hand.page.act("unlock")
    assert isinstance(hand.page, TodayPage)
    hand.session.lock()


def test_a_device_that_was_reported_lost_forgets_everything_and_says_so(the_round: Round, tmp_path: Path) -> None:
    session = the_round.own_session(tmp_path / "field")
    hand = Hand(session)
    hand.restart(places.place(hand, "today"))
    the_round.report_lost(str(session.device.identity.device_id))

    session.sync.start()

    assert session.is_locked and isinstance(hand.page, EnrolPage)
    assert "reported lost" in hand.told[-1]
    assert not list((tmp_path / "field").rglob("*.db"))


def test_an_invitation_beside_a_device_that_is_there_can_be_left_again(the_round: Round, tmp_path: Path) -> None:
    hand = Hand(the_round.session(tmp_path / "field", is_open=False))
    hand.restart(places.locked_page(hand, "roundbook:1?u=http%3A%2F%2Fx&c=a&f=b"))
    assert isinstance(hand.page, EnrolPage) and hand.page.bar().back

    hand.page.act("back")

    assert isinstance(hand.page, UnlockPage)


def test_a_lock_closes_the_device_keeps_the_draft_and_ends_the_process_last(the_round: Round, tmp_path: Path) -> None:
    hand = Hand(the_round.session(tmp_path / "field"))
    shop = the_round.shops[SHOPS[0]]
    hand.restart(ContactPage(hand, shop))
    hand.page.put("content", "asked for two more cases")
    ended: list[tuple[bool, str]] = []
    hand.session.renew = lambda: ended.append((hand.session.is_locked, type(hand.page).__name__))

    lock(hand)

    assert ended == [(True, "UnlockPage")]
    assert hand.page.was_locked
    again = Hand(the_round._session(tmp_path / "field"))  # as the new process finds it
    again.restart(places.locked_page(again, was_locked=True))
    again.page.put(PASSPHRASE)
    again.page.act("unlock")
    again.open(ContactPage(again, shop))
    assert again.page.form.values["content"] == "asked for two more cases"
    again.session.lock()


def test_the_new_process_knows_that_it_comes_from_a_lock_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(window.LOCKED, "1024x768")
    assert window.take_note() == (1024, 768)
    assert window.take_note() is None
    monkeypatch.setenv(window.LOCKED, "rubbish")
    assert window.take_note() is None


def test_a_phone_locks_without_a_new_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    assert window.can_renew()
    monkeypatch.setenv("ANDROID_ARGUMENT", "/data/app")
    assert not window.can_renew()
