"""A list that goes back for years, the newest first, is the same list whether or not the last days fill a page."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest

from server.services import clock, listing, looking_back
from server.services.listing import Query
from server.storage.database import reading
from tests.console.browser import Person
from tests.console.scenario import Scene

DAY_MS = 86_400_000


@pytest.mark.parametrize("since", [None, 0])
def test_pages_of_all_years_hold_every_visit_once_the_newest_first(
    own_scene: Scene, monkeypatch: pytest.MonkeyPatch, since: int | None
) -> None:
    office, star, now = own_scene.office, own_scene.ids["star"], clock.now_ms()
    for days in (3, 59, 61, 5, 400, 800):
        values = {"state": "done", "checked_in_at": now - days * DAY_MS}
        office.write(
            "north", {"op": "create", "type": "visit", "record": clock.new_id(), "customer": star, "set": values}
        )
    monkeypatch.setattr(listing, "PAGE", 2)

    with office.app.app_context(), reading() as connection:
        scope = {own_scene.ids["north"]}
        pages = [listing.find(connection, "visit", scope, Query(since=since, page=n)) for n in range(1, 5)]

    found = [row.values["checked_in_at"] for page in pages for row in page.rows]
    assert found == sorted(found, reverse=True)
    assert {(now - at) // DAY_MS for at in found} >= {3, 5, 59, 61, 400, 800}
    assert len(found) == pages[0].total == 7, "Li's visit of today and these six"


def test_a_search_looks_through_the_newest_alone_says_how_far_and_leads_to_all_that_is_older(
    own_scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    office, star, now = own_scene.office, own_scene.ids["star"], clock.now_ms()
    for days in (5, 100, 130, 200, 400, 800):
        values = {"state": "done", "checked_in_at": now - days * DAY_MS, "person": f"Mr {days}"}
        office.write(
            "north", {"op": "create", "type": "visit", "record": clock.new_id(), "customer": star, "set": values}
        )
    monkeypatch.setattr(looking_back, "LOOKED_MOST", 2)
    chen, found, pages = Person(office.app, "chen"), [], 0

    page = chen.page("/visits?q=Mr&since=2000-01-01&person=")
    while pages < 9:
        found += [days for days in (5, 100, 130, 200, 400, 800) if f"Mr {days}<" in page]
        pages += 1
        further = re.search(r'href="([^"]+)">Look further back', page)
        if further is None:
            break
        assert "Looked through what happened since" in page
        page = chen.page(unescape(further[1]))

    assert 3 <= pages < 9 and list(dict.fromkeys(found)) == [5, 100, 130, 200, 400, 800], (
        "none is left out, the newest first"
    )


def test_a_word_that_no_visit_has_is_looked_for_among_so_many_however_many_years_there_are(
    own_scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    office, star, now = own_scene.office, own_scene.ids["star"], clock.now_ms()
    for days in (70, 75, 80, 85, 3000):
        values = {"ordered_at": now - days * DAY_MS, "total_minor": 0, "lines": []}
        office.write(
            "north", {"op": "create", "type": "order", "record": clock.new_id(), "customer": star, "set": values}
        )
    page = Person(office.app, "chen").page("/orders?q=nobody-has-it")
    assert "No order was found." in page and "Look further back" not in page, "so few are looked through whole"
    monkeypatch.setattr(looking_back, "LOOKED_MOST", 2)

    page = Person(office.app, "chen").page("/orders?q=nobody-has-it")

    assert "No order was found." in page and "Look further back" in page


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("sort", ["", "grade", "store_name"])
def test_pages_read_from_the_end_are_those_read_from_the_beginning(
    own_scene: Scene, monkeypatch: pytest.MonkeyPatch, sort: str, descending: bool
) -> None:
    office = own_scene.office
    for n in range(5):
        office.customer("north", f"Shop {n % 3}", customer_code=f"S{n}", address=f"{n} Elm St")
    query = Query(sort=sort, descending=descending)

    with office.app.app_context(), reading() as connection:
        scope = {own_scene.ids["north"]}
        whole = [row.id for row in listing.find(connection, "customer", scope, query).rows]
        monkeypatch.setattr(listing, "PAGE", 3)
        pages = [listing.find(connection, "customer", scope, replace(query, page=n)) for n in range(1, 5)]

    assert [row.id for page in pages[:3] for row in page.rows] == whole and len(whole) == 8
    assert [row.id for row in pages[3].rows] == whole[6:], "behind the last page is the last page"


def test_a_search_counts_all_that_it_finds_on_whatever_page(own_scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    office = own_scene.office
    for n in range(5):
        office.customer("north", f"Kiosk {n}", customer_code=f"S{n}", address=f"{n} Elm St")
    monkeypatch.setattr(listing, "PAGE", 2)

    with office.app.app_context(), reading() as connection:
        scope = {own_scene.ids["north"]}
        pages = [listing.find(connection, "customer", scope, Query(words="kiosk", page=n)) for n in (0, 1, 2, 3)]

    assert [(page.query.page, page.total) for page in pages] == [(1, 5), (1, 5), (2, 5), (3, 5)]
    names = [row.values["store_name"] for page in pages[1:] for row in page.rows]
    assert names == [f"Kiosk {n}" for n in range(5)]


def test_who_has_no_visit_of_the_last_weeks_sees_those_before_and_not_that_there_are_none(own_scene: Scene) -> None:
    office, at = own_scene.office, clock.now_ms() - 300 * DAY_MS
    long_ago = {"state": "done", "purpose": "planned", "checked_in_at": at, "person": "Mrs Long Ago"}
    office.user("new")
    office.book("east", maintainer="new")
    shop = office.customer("east", "East Shop", address="5 Elm St")
    office.write("east", {"op": "create", "type": "visit", "record": clock.new_id(), "customer": shop, "set": long_ago})

    page = Person(office.app, "new").page("/visits")

    assert "Mrs Long Ago" in page and "No visits yet" not in page


@pytest.mark.parametrize("book", ["", "north"])
def test_what_few_a_word_finds_is_counted_added_up_and_paged_as_what_many_it_finds(
    own_scene: Scene, monkeypatch: pytest.MonkeyPatch, book: str
) -> None:
    office, star, now = own_scene.office, own_scene.ids["star"], clock.now_ms()
    for n in range(1, 6):
        values = {
            "ordered_at": now - n * DAY_MS,
            "total_minor": 100 * n,
            "lines": [],
            "external_number": f"odd{n % 2}-order",
        }
        office.write(
            "north", {"op": "create", "type": "order", "record": clock.new_id(), "customer": star, "set": values}
        )
    monkeypatch.setattr(listing, "PAGE", 2)
    queries = [
        Query(words=words, page=page, sort=sort, book=own_scene.ids[book] if book else "")
        for words in ("odd1", "odd1 order", "odd0", "odd7", "order")
        for page in (1, 2, 3)
        for sort in ("", "total_minor")
    ]

    def found(few: int) -> list[listing.Listing]:
        monkeypatch.setattr(listing, "FEW", few)
        with office.app.app_context(), reading() as connection:
            scope = {own_scene.ids["north"]}
            return [replace(listing.find(connection, "order", scope, query), looked_from=None) for query in queries]

    many = found(-1)

    assert found(2) == found(1_000) == many
    assert {listing.total for listing in many} == {0, 2, 3, 5}
    assert many[0].sums["total_minor"] == 900, "the first, the third and the fifth"
