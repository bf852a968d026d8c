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


@pytest.mark.parametrize("words", ["odd1", "odd1 shop", "odd0", "odd7", "shop"])
def test_customers_that_a_word_finds_are_counted_and_paged_like_any_others(
    own_scene: Scene, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    office, names = own_scene.office, [f"Odd{n % 2} Shop {n}" for n in range(5)]
    for name in names:
        office.customer("north", name)
    monkeypatch.setattr(listing, "PAGE", 2)
    wanted = sorted(name for name in names if all(word in name.lower() for word in words.split()))

    with office.app.app_context(), reading() as connection:
        scope = {own_scene.ids["north"]}
        pages = {n: listing.find(connection, "customer", scope, Query(words=words, page=n)) for n in (0, 1, 2, 3, 9)}

    def shown(page: listing.Listing) -> list[str]:
        return [str(row.values["store_name"]) for row in page.rows]

    assert {page.total for page in pages.values()} == {len(wanted)}
    assert [name for n in range(1, pages[1].pages + 1) for name in shown(pages[n])] == wanted
    assert shown(pages[0]) == shown(pages[1]) == wanted[:2]
    assert shown(pages[9]) == shown(pages[pages[1].pages]), "behind the last page is the last page"
    assert [pages[n].query.page for n in (0, 1, 9)] == [1, 1, pages[1].pages]


@pytest.mark.parametrize("descending", [False, True])
def test_visits_are_sorted_by_the_names_of_their_customers_and_paged_so(
    own_scene: Scene, monkeypatch: pytest.MonkeyPatch, descending: bool
) -> None:
    office, at, names = own_scene.office, clock.now_ms() - DAY_MS, ["beta", "Alpha", "gamma", "Delta"]
    for n, name in enumerate(names):
        book = ("north", "south")[n % 2]
        shop = office.customer(book, f"{name} shop", address=f"{n} Elm St")
        values = {"state": "done", "purpose": "planned", "checked_in_at": at, "person": name}
        office.write(book, {"op": "create", "type": "visit", "record": clock.new_id(), "customer": shop, "set": values})
    monkeypatch.setattr(listing, "PAGE", 3)
    query = Query(sort="customer", descending=descending, equal={"purpose": "planned"})

    with office.app.app_context(), reading() as connection:
        scope = {own_scene.ids["north"], own_scene.ids["south"]}
        pages = [listing.find(connection, "visit", scope, replace(query, page=n)) for n in (1, 2)]

    found = [str(row.values["person"]) for page in pages for row in page.rows]
    wanted = ["Alpha", "beta", "Delta", "gamma", "Wang Fang"]  # at Lucky Star Mart
    assert found == (wanted[::-1] if descending else wanted)
