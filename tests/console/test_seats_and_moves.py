"""Seats change hands, customers change books, people leave: each is shown before it is done."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from tests.console.browser import Person, shown
from tests.console.test_deciding import stored


def test_a_hand_over_says_first_what_it_would_do_and_changes_nothing_by_that(own_scene):
    admin, north, wang = Person(own_scene.office.app, "admin"), own_scene.ids["north"], own_scene.office.users["wang"]

    page = shown(admin.page(f"/books/{north}/seats/maintainer/hand-over?user={wang}"))

    assert re.search(r"From Li To Wang", page) and "Gain access Wang" in page and "Lose access Li" in page
    assert "Li's phone" in page and "1 photo" in page  # what purges, and what is still unsent
    assert "Term" in shown(admin.page(f"/books/{north}")) and "Wang" not in terms(admin, north)


def terms(person: Person, book: str) -> str:
    page = person.page(f"/books/{book}")
    return shown(page.partition('id="terms"')[2].partition("</section>")[0])


def test_a_stand_in_has_a_last_day_and_the_seat_falls_back(own_scene):
    admin, north, wang = Person(own_scene.office.app, "admin"), own_scene.ids["north"], own_scene.office.users["wang"]
    until = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
    path = f"/books/{north}/seats/maintainer/stand-in"
    assert "Last day" in shown(admin.page(f"{path}?user={wang}&until={until}"))

    admin.post(path, {"user": wang, "until": until})

    page = shown(admin.page(f"/books/{north}"))
    assert "stands in for Li until" in page and "Wang" in terms(admin, north)
    for wrong in ({"user": wang, "until": "soon"}, {"user": wang, "until": "2001-01-01"}, {"user": "", "until": until}):
        admin.post(path, wrong)
        assert "Nothing was changed" in admin.page(f"/books/{north}"), wrong


def test_a_supervisor_names_a_stand_in_but_hands_nothing_over(own_scene):
    chen, north, wang = Person(own_scene.office.app, "chen"), own_scene.ids["north"], own_scene.office.users["wang"]

    assert chen.get(f"/books/{north}/seats/maintainer/hand-over?user={wang}").status_code == 403
    assert chen.post(f"/books/{north}/seats/maintainer", {"user": wang}).status_code == 403
    assert chen.get(f"/books/{north}/seats/maintainer/stand-in?user={wang}&until=2030-01-01").status_code == 200
    assert chen.get(f"/books/{own_scene.ids['south']}/seats/maintainer/stand-in?until=2030-01-01").status_code == 404


def test_a_successor_reads_ahead_until_it_is_withdrawn(own_scene):
    admin, north, wang = Person(own_scene.office.app, "admin"), own_scene.ids["north"], own_scene.office.users["wang"]

    admin.post(f"/books/{north}/ahead", {"user": wang})
    assert "Withdraw" in admin.page(f"/books/{north}")
    assert "Lucky Star" in Person(own_scene.office.app, "wang").page("/customers")
    admin.post(f"/books/{north}/ahead/end", {"user": wang})

    assert "Lucky Star" not in Person(own_scene.office.app, "wang").page("/customers")


def test_ticked_customers_are_moved_after_a_look_at_the_effect(own_scene):
    admin, ids = Person(own_scene.office.app, "admin"), own_scene.ids
    form = {"customer": [ids["star"], ids["far"]], "to": ids["south"], "next": "/customers"}

    page = shown(admin.post("/moves/preview", form).text)
    assert "Lucky Star" in page and "There already 1" in page and "Lose access" in page and "Li" in page
    assert stored(own_scene, "customer", ids["star"])["book_id"] == ids["north"]
    admin.post("/moves", form)

    assert stored(own_scene, "customer", ids["star"])["book_id"] == ids["south"]
    assert stored(own_scene, "visit", ids["visit"])["book_id"] == ids["south"]
    assert "1 customer was moved. Records that went along:" in admin.page("/customers")


def test_all_that_a_list_found_are_moved_in_bulk(own_scene):
    admin, ids = Person(own_scene.office.app, "admin"), own_scene.ids

    page = admin.post("/moves/preview", {"all_found": "yes", "book": ids["north"], "q": "sun", "to": ids["south"]}).text

    assert "Sun Grocery" in page and "Lucky Star" not in page and "Move 1 customer" in shown(page)


def test_nobody_moves_what_he_cannot_see_or_without_the_right(own_scene):
    ids = own_scene.ids
    before = stored(own_scene, "customer", ids["far"])

    assert Person(own_scene.office.app, "chen").post("/moves", {"customer": ids["far"]}).status_code == 403
    Person(own_scene.office.app, "admin").post("/moves", {"customer": "01900000-0000-7000-8000-00000000dead"})

    assert stored(own_scene, "customer", ids["far"]) == before


def test_the_three_ways_of_leaving_each_say_what_they_did(own_scene):
    admin, office = Person(own_scene.office.app, "admin"), own_scene.office
    li, wang, chen = (office.users[each] for each in ("li", "wang", "chen"))
    own = Person(office.app, "li")
    page = shown(admin.page(f"/leaving/{li}"))
    assert "north · Maintainer" in page and "Li's phone" in page and "1. He hands over" in page

    admin.post(f"/leaving/{li}/hand-over", {"user": wang})
    assert "1 seat of Li was handed over." in admin.page(f"/leaving/{li}")
    admin.post(f"/leaving/{wang}/dismiss", {"vacate": "yes"})
    page = shown(admin.page(f"/leaving/{wang}"))
    assert "Wang is dismissed." in page and "2 seats are vacant now." in page
    admin.post(f"/leaving/{office.users['admin']}/dismiss")
    assert "nobody dismisses himself" in admin.page(f"/leaving/{chen}")

    assert own.get("/customers").status_code == 200
    assert Person(office.app).sign_in("wang", "a good password").status_code != 303
