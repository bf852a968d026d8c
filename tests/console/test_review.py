"""The review: what came in, by book, person and day; accepted, returned, together, taken back; the signed register check."""

from __future__ import annotations

import re
import time

import pytest

from field_app.device import Device
from field_app.services import returned, visits
from field_app.sync.transport import HttpTransport
from server.services import push, users
from server.services.reviewing import arrivals
from tests.console.browser import Person, shown
from tests.console.scenario import Scene
from tests.device.builders import PASSPHRASE, Clock, sync

CARDS = r'<article class="card came" id="card-([^"]+)"'


@pytest.fixture
def own_scene(own_served_scene: Scene) -> Scene:
    return own_served_scene


def card(page: str, record: str) -> str:
    """The card of a record, or nothing."""
    found = re.search(rf'<article class="card came" id="card-{record}".*?</article>', page, re.S)
    return found[0] if found else ""


def seen(page: str, record: str) -> str:
    """What the card's form sends: the record, and the position that the reviewer saw."""
    return re.search(rf'value="({record}@\d+)"', page)[1]


def accept(person: Person, *items: str) -> str:
    person.post("/review/accept", {"item": list(items)})
    return person.page("/review")


def test_what_devices_sent_waits_with_photos_lines_and_what_was_there_before(scene, person):
    page = person("chen").page("/review")

    visit = card(page, scene.ids["visit"])
    assert "Lucky Star" in visit and "Shelf of rye half empty" in visit and "/thumbnail" in visit
    assert "&lt;b&gt;tasting" in visit  # a tag in a text is text
    order = card(page, scene.ids["order"])
    assert "Templeton Rye" in order and "$589.20" in order
    assert "New customer" in shown(card(page, scene.ids["new"]))
    change = shown(card(page, scene.ids["star"]))
    assert "+1 515 284-0471" in change and "+1 515 284-9999" in change


def test_what_was_imported_or_written_at_head_office_waits_for_nobody(scene, person):
    page = person("admin").page("/review?days=90")

    assert not card(page, scene.ids["far"])


def test_nobody_sees_what_came_into_the_books_of_others(scene, person):
    assert card(person("admin").page("/review"), scene.ids["far visit"])
    assert not card(person("chen").page("/review"), scene.ids["far visit"])


def test_kind_book_person_and_day_narrow_the_list_and_their_counts_add_up(scene, person):
    admin = person("admin")
    everything = admin.page("/review")
    whole = len(re.findall("<article", everything))

    by_kind = {
        kind: len(re.findall("<article", admin.page(f"/review?kind={kind}")))
        for kind in ("visit", "order", "new_customer", "change", "contact_record", "complaint")
    }
    north = admin.page(f"/review?book={scene.ids['north']}")

    assert sum(by_kind.values()) == whole and by_kind["visit"] == 2
    assert not card(north, scene.ids["far visit"]) and card(north, scene.ids["visit"])
    assert card(admin.page(f"/review?person={scene.office.users['wang']}"), scene.ids["far visit"])
    assert not re.findall("<article", admin.page("/review?day=2001-01-01"))


def at_most_two(monkeypatch) -> None:
    monkeypatch.setattr(arrivals, "MOST", 2)
    monkeypatch.setitem(arrivals.load.__kwdefaults__, "most", 2)


@pytest.mark.parametrize("kind", ["visit", "order", "new_customer", "change", "complaint"])
def test_of_more_than_one_list_can_show_a_kind_that_is_chosen_shows_its_own_oldest(scene, person, monkeypatch, kind):
    admin = person("admin")
    whole = re.findall(CARDS, admin.page(f"/review?kind={kind}"))
    assert whole

    at_most_two(monkeypatch)

    assert re.findall(CARDS, admin.page(f"/review?kind={kind}")) == whole[:2]


def test_of_more_than_one_list_can_show_a_person_and_a_day_can_be_chosen_that_are_not_among_them(
    scene, person, monkeypatch
):
    admin, wang = person("admin"), scene.office.users["wang"]
    at_most_two(monkeypatch)

    everything = admin.page("/review")
    of_wang = admin.page(f"/review?person={wang}")

    assert not card(everything, scene.ids["far visit"]) and f"person={wang}" in everything
    assert card(of_wang, scene.ids["far visit"])
    assert 'name="day"' in everything and everything.count("<option") >= 29


def test_of_more_than_one_list_can_show_a_book_that_is_chosen_shows_its_own_oldest(scene, person, monkeypatch):
    at_most_two(monkeypatch)
    admin, south = person("admin"), scene.ids["south"]

    everything, of_south = admin.page("/review"), admin.page(f"/review?book={south}")

    assert not card(everything, scene.ids["far visit"]) and f"book={south}" in everything
    assert card(of_south, scene.ids["far visit"])


def test_one_is_accepted_and_waits_no_more_and_undo_brings_it_back(own_scene):
    chen, visit = Person(own_scene.office.app, "chen"), own_scene.ids["visit"]
    item = seen(chen.page("/review"), visit)

    page = accept(chen, item)
    assert "1 accepted." in page and not card(page, visit)
    assert "Accepted" in shown(chen.page(f"/visits/{visit}"))
    chen.post("/review/undo", page="/review")

    page = chen.page("/review")
    assert "1 taken back" in page and card(page, visit)


def test_many_are_accepted_together_each_once(own_scene):
    chen = Person(own_scene.office.app, "chen")
    page = chen.page("/review")
    items = sorted(set(re.findall(r'name="item" value="([^"]+)"', page)))
    assert len(items) >= 5

    page = accept(chen, *items)
    assert f"{len(items)} accepted." in page and "All looked through." in page
    again = accept(chen, *items)

    assert "were not decided" in again


def test_what_was_changed_after_the_reviewer_looked_is_not_decided(own_scene):
    chen, visit = Person(own_scene.office.app, "chen"), own_scene.ids["visit"]
    record, _, pos = seen(chen.page("/review"), visit).partition("@")

    page = accept(chen, f"{record}@{int(pos) - 1}")

    assert "changed meanwhile" in page and card(page, visit)


def test_who_may_confirm_orders_alone_cannot_decide_visits(own_scene):
    mei = Person(own_scene.office.app, "mei")
    page = mei.page("/review")
    assert "data-accept" in card(page, own_scene.ids["order"])
    assert "data-accept" not in card(page, own_scene.ids["visit"])
    visit = seen(Person(own_scene.office.app, "chen").page("/review"), own_scene.ids["visit"])

    page = accept(mei, visit)

    assert "was not decided" in page and card(page, own_scene.ids["visit"])


def test_a_return_without_a_word_returns_nothing(own_scene):
    chen, visit = Person(own_scene.office.app, "chen"), own_scene.ids["visit"]

    chen.post("/review/return", {"one": seen(chen.page("/review"), visit), "comment": "  "})

    page = chen.page("/review")
    assert "say in a comment" in page and card(page, visit)


def test_a_returned_visit_is_on_the_device_after_its_next_sync_and_its_correction_comes_back(own_scene, tmp_path):
    chen, star = Person(own_scene.office.app, "chen"), own_scene.ids["star"]
    transport = HttpTransport(own_scene.office.url)
    invitation, clock = own_scene.office.invitation("li"), Clock(int(time.time() * 1000))
    device = Device.enrol(tmp_path / "phone", invitation, PASSPHRASE, transport, clock_ms=clock, name="Li's real phone")
    try:
        sync(device)
        visit = visits.check_in(device, star)
        visits.check_out(device, visit, {"situation": "Al well"})
        sync(device)

        chen.post("/review/return", {"one": seen(chen.page("/review"), visit), "comment": "What was counted?"})
        assert not card(chen.page("/review"), visit)
        sync(device)
        back = next(one for one in returned.returned(device) if one.id == visit)
        assert back.comment == "What was counted?"
        visits.note_visit(device, visit, {"situation": "All well, 4 bottles"})
        sync(device)

        again = card(chen.page("/review"), visit)
        assert "changed after a review" in again and "Al well" in again and "All well, 4 bottles" in again
        assert "real phone" in again
    finally:
        device.close()
        transport.close()


def test_the_register_is_due_signed_as_seen_and_says_what_changed_since(own_scene):
    chen, north = Person(own_scene.office.app, "chen"), own_scene.ids["north"]
    assert "north" in shown(chen.page("/review/register"))
    page = chen.page(f"/review/register/book/{north}")
    assert "Shelf of rye half empty" in page
    until = re.search(r'name="until" value="(\d+)"', page)[1]

    answer = chen.post(f"/review/register/book/{north}", {"until": until, "comment": "Read through."})

    sheet = chen.page(answer.headers["Location"])
    assert "Signed by Chen" in sheet and "Read through." in sheet and "changed after" not in sheet
    assert "nothing to check" in chen.page("/review/register")
    twice = chen.post(f"/review/register/book/{north}", {"until": until}, page="/review/register")
    assert twice.headers["Location"].endswith("/review/register")
    edit = {"op": "edit", "type": "visit", "record": own_scene.ids["visit"], "customer": own_scene.ids["star"]}
    edit |= {"seat": "maintainer", "term": 0}
    with own_scene.office.app.app_context():
        push.office_push(users.SYSTEM, north, "import", [{**edit, "set": {"situation": "Otherwise"}}], system=True)
    assert "1 visit was changed after the signature." in chen.page(answer.headers["Location"])


def test_who_may_not_accept_signs_no_register(own_scene):
    li, north = Person(own_scene.office.app, "li"), own_scene.ids["north"]

    assert "Sign the list off" not in li.page(f"/review/register/book/{north}")
    assert li.post(f"/review/register/book/{north}", {"until": "9999999999999"}).status_code == 404
    assert Person(own_scene.office.app, "wang").get(f"/review/register/book/{north}").status_code == 404


def test_the_number_of_queries_does_not_grow_with_what_waits(own_scene, queries):
    chen = Person(own_scene.office.app, "chen")
    chen.page("/review")
    with queries() as few:
        chen.page("/review?kind=visit")
    with queries() as many:
        chen.page("/review")

    assert len(many) <= len(few) + 2, [len(few), len(many)]


def test_of_more_than_one_list_can_show_a_choice_that_fills_the_page_is_not_looked_for_again(
    scene, person, monkeypatch
):
    admin = person("admin")
    asked = []
    load = arrivals.load
    monkeypatch.setattr(arrivals, "load", lambda *given, **named: asked.append(named) or load(*given, **named))
    monkeypatch.setitem(load.__kwdefaults__, "most", 8)
    monkeypatch.setattr(arrivals, "MOST", 8)

    admin.page("/review?kind=visit")
    monkeypatch.setattr("server.console.review.PAGE", 1)
    filled = admin.page("/review?kind=visit")

    assert len(asked) == 3, "twice where the page is not full, once where it is"
    assert len(re.findall(CARDS, filled)) == 1
    assert "There is more than one list can show" in filled
