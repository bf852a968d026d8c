"""Orders by state, confirmed or returned on their page; visits as planned against visits as done, by week."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from server.services import clock
from tests.console.browser import Person, shown

DAY_MS = 86_400_000


def test_an_order_goes_from_to_confirm_to_confirmed_on_its_own_page(own_scene):
    mei, order = Person(own_scene.office.app, "mei"), own_scene.ids["order"]
    assert "R-1001" in mei.page("/orders?state=open") and "R-1001" not in mei.page("/orders?state=accept")
    item = re.search(r'name="one" value="([^"]+)"', mei.page(f"/orders/{order}"))[1]

    mei.post("/review/accept", {"one": item, "next": f"/orders/{order}"})

    page = mei.page(f"/orders/{order}")
    assert "Accepted" in shown(page) and 'name="one"' not in page
    assert "R-1001" in mei.page("/orders?state=accept") and "$589.20" in mei.page("/orders?state=accept")
    assert "R-1001" not in mei.page("/orders?state=open")


def test_who_may_not_confirm_sees_no_button(scene, person):
    assert 'name="one"' not in person("li").page(f"/orders/{scene.ids['order']}")


def figures(page: str, book: str) -> list[int]:
    row = next(row for row in re.findall(r"<tr data-row>.*?</tr>", page, re.S) if f"book={book}" in row)
    return [int(n) for n in re.findall(r">(\d+)<", row.partition("</td>")[2])]


def test_planned_done_late_and_missed_follow_from_cycle_and_visits(own_scene):
    """Star has a cycle of 7 days and was visited today; a second one is due and was not; a third was visited three weeks ago."""
    office, north = own_scene.office, own_scene.ids["north"]
    never = office.customer("north", "Never Seen", visit_cycle_days=14)
    late = office.customer("north", "Late One", visit_cycle_days=7)
    now = clock.now_ms()
    star = own_scene.ids["star"]  # the scene's own visit is hours old, and may have been last week
    for customer, at in ((late, now - 21 * DAY_MS), (late, now), (star, now)):
        values = {"state": "done", "checked_in_at": at}
        change = {"op": "create", "type": "visit", "record": clock.new_id(), "customer": customer, "set": values}
        office.write("north", change)
    li = Person(office.app, "li")

    planned, done, was_late, missed, unplanned = figures(li.page("/visits/plan"), north)
    assert (planned, done, was_late, missed, unplanned) == (3, 2, 1, 1, 0)
    page = shown(li.page(f"/visits/plan?book={north}&which=missed"))
    assert "Never Seen" in page and "Late One" not in page
    assert "Late One" in shown(li.page(f"/visits/plan?book={north}&which=late"))
    next_week = (datetime.now(UTC) + timedelta(days=7)).date().isoformat()
    assert figures(li.page(f"/visits/plan?week={next_week}"), north)[0] >= 2
    assert "Never Seen" not in Person(office.app, "wang").page(f"/visits/plan?book={north}&which=missed")
    assert never


def test_the_plan_and_the_register_checks_show_a_page_of_books_and_the_next_is_reached(scene, person, monkeypatch):
    monkeypatch.setattr("server.console.slices.ROWS", 1)
    admin, north = person("admin"), scene.ids["north"]

    for path, row in (("/visits/plan", f"book={north}"), ("/review/register", f"/register/book/{north}")):
        pages = [admin.page(f"{path}?page={n}") for n in (1, 2, 3)]
        assert [row in page for page in pages].count(True) == 1, path
        assert "page=2" in pages[0]


def test_words_are_looked_for_in_the_last_weeks_and_what_is_not_there_in_all_the_years(own_scene):
    office, long_ago = own_scene.office, clock.now_ms() - 400 * DAY_MS
    old = office.customer("north", "Old Harbour")
    values = {"order_number": "R-0042", "ordered_at": long_ago, "total_minor": 100, "lines": []}
    office.write(
        "north", {"op": "create", "type": "order", "record": clock.new_id(), "customer": old, "set": {**values}}
    )
    li = Person(office.app, "li")

    assert "R-0042" in li.page("/orders?q=R-0042") and "R-0042" in li.page("/orders?q=harbour")
    lately = li.page("/orders?q=R-")
    assert "R-1001" in lately and "R-0042" not in lately and "Show all" in lately
    assert "R-0042" in li.page("/orders?q=R-&since=2000-01-01")
