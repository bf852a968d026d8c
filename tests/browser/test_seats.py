"""Seats over a year, walked: stand-ins that follow each other, all seats of a person who leaves, the yearly archive."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from server.services import clock
from tests.browser.conftest import Window
from tests.browser.test_flows import HOUR, WAYS, fits, local_day, somebody
from tests.console.scenario import Scene

DAY = 24 * HOUR


def ask_for_stand_in(page: Page, url: str, name: str, last_day: str) -> None:
    """Ask on the page of a book what a stand-in for its maintainer would do."""
    page.goto(url)
    seat = page.locator(".seat", has_text="· Maintainer")
    seat.locator("summary").click()
    seat.get_by_label("Stand-in").select_option(label=name)
    seat.get_by_label("until the end of").fill(last_day)
    seat.get_by_role("button", name="See what it would do").last.click()


@WAYS
def test_a_stand_in_follows_another_and_the_seat_still_falls_back_to_whose_it_is(
    window: Window, scene: Scene, width: int, scripts: bool
) -> None:
    office = scene.office
    names = [somebody(scene, f"{each}-{width}") for each in ("lasting", "first", "second")]
    lasting, first, second = (name.title() for name in names)
    url = f"{office.url}/books/{office.book(f'Overlap {width}', maintainer=names[0], supervisor='chen')}"
    page = window("chen", width=width, java_script_enabled=scripts)
    ask_for_stand_in(page, url, first, local_day(scene, 5))
    page.get_by_role("button", name="Let him stand in").click()
    ask_for_stand_in(page, url, second, local_day(scene, 9))
    expect(page.locator("dt", has_text="Then again").locator("+ dd")).to_have_text(lasting)
    fits(page, width)
    page.get_by_role("button", name="Let him stand in").click()
    expect(page.get_by_text(re.compile(f"stands in for {lasting} until"))).to_be_visible()
    fits(page, width)

    for name, last_day in ((lasting, local_day(scene, 9)), (first, local_day(scene, -3))):
        ask_for_stand_in(page, url, name, last_day)
        expect(page.get_by_role("alert")).to_contain_text("This cannot be done")
        expect(page.get_by_role("button", name="Let him stand in")).to_have_count(0)


@WAYS
def test_who_leaves_hands_over_what_is_his_and_what_he_only_keeps_for_another(
    window: Window, scene: Scene, width: int, scripts: bool
) -> None:
    office = scene.office
    leaver, away, heir = (somebody(scene, f"{each}-{width}") for each in ("leaver", "away", "heir"))
    own = office.book(f"Own {width}", maintainer=leaver, licensing=leaver)
    kept = office.book(f"Kept {width}", maintainer=away, supervisor="chen")
    page = window("almighty", width=width, java_script_enabled=scripts)
    ask_for_stand_in(page, f"{office.url}/books/{kept}", leaver.title(), local_day(scene, 4))
    page.get_by_role("button", name="Let him stand in").click()
    page.goto(f"{office.url}/leaving/{office.users[leaver]}")
    expect(page.get_by_text(f"he stands in for {away.title()} until")).to_be_visible()
    fits(page, width)
    page.get_by_label("All his seats go to").select_option(label=heir.title())
    page.get_by_role("button", name="Hand over").click()
    expect(page.get_by_text("3 seats of")).to_be_visible()
    expect(page.get_by_text("He holds no seat.")).to_be_visible()

    page.goto(f"{office.url}/books/{own}")
    expect(page.locator(".seat strong", has_text=heir.title())).to_have_count(2)
    page.goto(f"{office.url}/books/{kept}")
    expect(page.get_by_text(f"stands in for {away.title()} until")).to_be_visible()
    fits(page, width)


@WAYS
def test_what_is_old_goes_to_an_archive_with_a_name_of_its_own_and_is_read_on_the_customers_page(
    window: Window, scene: Scene, width: int, scripts: bool
) -> None:
    office, title = scene.office, f"Years {width}"
    book = office.book(title, maintainer=somebody(scene, f"years-{width}"))
    shop = office.customer(title, f"Old Shop {width}", address="4 Elm St")
    for years in (6, 0):
        at = clock.now_ms() - years * 366 * DAY - HOUR
        values = {"state": "done", "person": f"Mrs {years}", "checked_in_at": at}
        office.write(
            title, {"op": "create", "type": "visit", "record": clock.new_id(), "customer": shop, "set": values}
        )
    page = window("admin", width=width, java_script_enabled=scripts)
    page.goto(f"{office.url}/operations")
    day = page.get_by_label("What happened before")
    day.fill(local_day(scene, -30))
    page.get_by_role("button", name="See what it would do").click()
    expect(page.get_by_role("alert")).to_contain_text("2 years")
    expect(page.get_by_role("button", name="Archive it")).to_have_count(0)
    day.fill(local_day(scene, -3 * 366))
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("row", name=title)).to_be_visible()
    fits(page, width)
    page.get_by_role("button", name="Archive it").click()
    expect(page.get_by_text("Moved to the archive, out of 1 book: 1")).to_be_visible()

    page.goto(f"{office.url}/customers/{shop}")
    expect(page.locator('main a[href^="/visits/"]')).to_have_count(2)
    page.locator('main a[href^="/visits/"]').last.click()
    expect(page.get_by_text(f"{title} – archive")).to_be_visible()
    expect(page.get_by_text("Mrs 6")).to_be_visible()
    page.goto(f"{office.url}/books")
    expect(page.locator("main a.lead", has_text=title)).to_have_text([title, f"{title} – archive"])
    page.goto(f"{office.url}/visits?book={book}")
    expect(page.get_by_text("Mrs 0")).to_be_visible()
    fits(page, width)
