"""What head office does seldom and with consequences, walked as a person walks it: wide with scripts, in the hand without."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from server.console.formats import local
from server.services import clock
from tests.browser.conftest import Window
from tests.console.scenario import Scene

HOUR = 3_600_000
WAYS = pytest.mark.parametrize(("width", "scripts"), [(1280, True), (390, False)])


def somebody(scene: Scene, login: str, *roles: str) -> str:
    """A person for one walk alone. Returns: his login."""
    scene.office.user(login, *roles)
    return login


def fits(page: Page, width: int) -> None:
    """Nothing stands out of the window."""
    assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url


@WAYS
def test_two_files_of_one_shop_are_found_compared_and_merged_with_both_histories(
    window: Window, scene: Scene, width: int, scripts: bool
) -> None:
    office, licence = scene.office, f"LE-77{width}"
    stays = office.customer("north", f"Twin Shop {width}", licence_number=licence, address="1 Elm St")
    goes = office.customer("north", f"Twin Store {width}", licence_number=licence, address="1 Elm Street")
    for customer, person in ((stays, "Mrs Old"), (goes, "Mr New")):
        values = {"state": "done", "person": person, "checked_in_at": clock.now_ms() - HOUR}
        office.write(
            "north", {"op": "create", "type": "visit", "record": clock.new_id(), "customer": customer, "set": values}
        )
    page = window("chen", width=width, java_script_enabled=scripts)
    page.goto(f"{office.url}/customers")
    page.get_by_role("link", name="Possible duplicates").click()
    page.locator("section", has_text=licence).get_by_role("link", name="Compare with the first").click()
    fits(page, width)
    expect(page.get_by_text("Both histories are kept.")).to_be_visible()
    page.get_by_role("button", name="Merge them").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Twin")
    expect(page.locator('main a[href^="/visits/"]')).to_have_count(2)
    page.goto(f"{office.url}/duplicates")
    expect(page.get_by_text(licence)).to_have_count(0)
    fits(page, width)


@WAYS
def test_a_print_is_asked_for_approved_by_somebody_else_and_carries_number_and_name(
    window: Window, scene: Scene, width: int, scripts: bool
) -> None:
    office, manager = scene.office, somebody(scene, f"print-{width}", "department_manager")
    li = window("li", width=width, java_script_enabled=scripts)
    li.goto(f"{office.url}/customers/{scene.ids['star']}")
    li.get_by_role("link", name="Ask for a print").click()
    li.get_by_label("What is it needed for?").fill("The bank asks for it")
    li.get_by_label("For whom?").fill(f"First Bank {width}")
    li.get_by_role("button", name="Ask", exact=True).click()
    expect(li.get_by_text("Asked for, not decided")).to_be_visible()
    asked = li.url
    zhao = window(manager, width=width, java_script_enabled=scripts)
    zhao.goto(asked)
    zhao.get_by_role("button", name="Approve").click()
    fits(zhao, width)
    li.goto(asked)
    li.get_by_role("link", name="Page to print").click()

    expect(li.locator(".marks")).to_contain_text(re.compile(r"Release \d+ · Li · \d{4}-\d\d-\d\d"))
    expect(li.get_by_text(f"First Bank {width}").first).to_be_visible()
    assert li.pdf().startswith(b"%PDF-")
    fits(li, width)


def local_day(scene: Scene, ahead: int) -> str:
    """A day of the company so many days from now, as inputs take it."""
    with scene.office.app.test_request_context():
        return (local(clock.now_ms()).date() + timedelta(days=ahead)).isoformat()


@WAYS
def test_an_erasure_takes_two_people(window: Window, scene: Scene, width: int, scripts: bool) -> None:
    office = scene.office
    customer = office.customer("north", f"Forget Me {width}", address="2 Elm St")
    first, second = (somebody(scene, f"{each}-{width}", "administrator") for each in ("ada", "bob"))
    ada = window(first, width=width, java_script_enabled=scripts)
    ada.goto(f"{office.url}/customers/{customer}")
    ada.get_by_role("link", name="Erase").click()
    expect(ada.get_by_text("Nothing has been changed yet.")).to_be_visible()
    fits(ada, width)
    ada.get_by_label("Reason").fill("The owner asks to be forgotten")
    ada.get_by_role("button", name="Ask for it").click()
    expect(ada.get_by_role("row", name=f"Forget Me {width}")).to_be_visible()
    expect(ada.get_by_role("row", name=f"Forget Me {width}").get_by_role("button", name="Agree")).to_have_count(0)
    bob = window(second, width=width, java_script_enabled=scripts)
    bob.goto(f"{office.url}/operations")
    fits(bob, width)
    bob.get_by_role("row", name=f"Forget Me {width}").get_by_role("button", name=re.compile("Agree")).click()

    expect(bob.get_by_text(f"Forget Me {width}")).to_have_count(0)
    assert bob.request.get(f"{office.url}/customers/{customer}").status == 404


@WAYS
def test_a_stand_in_is_named_after_a_look_at_the_effect(
    window: Window, scene: Scene, width: int, scripts: bool
) -> None:
    office, title = scene.office, f"Round {width}"
    somebody(scene, f"own-{width}")
    helper = somebody(scene, f"help-{width}")
    book = office.book(title, maintainer=f"own-{width}", supervisor="chen")
    office.customer(title, f"Covered {width}", address="3 Elm St")
    page = window("chen", width=width, java_script_enabled=scripts)
    page.goto(f"{office.url}/books/{book}")
    seat = page.locator(".seat", has_text="· Maintainer")
    seat.locator("summary").click()
    seat.get_by_label("Stand-in").select_option(label=helper.title())
    seat.get_by_label("until the end of").fill(local_day(scene, 5))
    seat.get_by_role("button", name="See what it would do").click()
    expect(page.get_by_text("Nothing has been changed yet.")).to_be_visible()
    fits(page, width)
    page.get_by_role("button", name="Let him stand in").click()

    expect(page.get_by_text(re.compile("stands in for .* until"))).to_be_visible()
    stand_in = window(helper, width=width, java_script_enabled=scripts)
    stand_in.goto(f"{office.url}/customers")
    expect(stand_in.get_by_text(f"Covered {width}")).to_be_visible()
    fits(stand_in, width)


@WAYS
def test_who_is_dismissed_is_out_at_his_next_click(window: Window, scene: Scene, width: int, scripts: bool) -> None:
    office, login = scene.office, somebody(scene, f"gone-{width}")
    book = office.book(f"Left {width}", maintainer=login, supervisor="chen")
    gone = window(login, width=width, java_script_enabled=scripts)
    boss = window("almighty", width=width, java_script_enabled=scripts)
    boss.goto(f"{office.url}/leaving/{office.users[login]}")
    fits(boss, width)
    boss.get_by_label("Leave his seats vacant too").check()
    boss.get_by_role("button", name="Dismiss").click()
    expect(boss.get_by_text("disabled already")).to_be_visible()
    gone.goto(f"{office.url}/customers")

    expect(gone.get_by_label("Password")).to_be_visible()
    boss.goto(f"{office.url}/books/{book}")
    expect(boss.locator(".seat").first).to_contain_text("vacant")


@WAYS
def test_a_list_of_retailers_is_uploaded_looked_at_and_written(
    window: Window, scene: Scene, tmp_path: Path, width: int, scripts: bool
) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Store Number", "Store Name", "Address", "City"])
    for n in range(3):
        sheet.append([f"{width}{n}", f"Uploaded {width} {n} 商店", f"{n} Oak St", "Ames"])
    sheet.append(["", "", "no name", ""])
    book.save(tmp_path / "retailers <b>.xlsx")
    page = window("almighty", width=width, java_script_enabled=scripts)
    page.goto(f"{scene.office.url}/import")
    page.locator("#file").set_input_files(tmp_path / "retailers <b>.xlsx")
    page.get_by_role("button", name="Look at it").click()
    fits(page, width)
    expect(page.get_by_role("heading", level=1)).to_contain_text("retailers <b>.xlsx")
    page.get_by_role("button", name="Write it").click()

    page.goto(f"{scene.office.url}/customers?q=uploaded+{width}")
    expect(page.get_by_role("link", name=f"Uploaded {width} 2 商店")).to_be_visible()
    fits(page, width)


def test_an_order_is_returned_with_a_comment_without_scripts_and_counts_among_what_is_to_confirm_no_more(
    window: Window, scene: Scene
) -> None:
    office, width = scene.office, 390
    page = window("mei", width=width, java_script_enabled=False)
    page.goto(f"{office.url}/orders?state=open")
    expect(page.get_by_text("$589.20").first).to_be_visible()
    page.locator(f'a[href$="{scene.ids["order"]}"]').first.click()
    expect(page.get_by_text("Sum of the lines")).to_be_visible()
    fits(page, width)
    page.locator("summary", has_text="Return").click()
    page.locator("details[open]").get_by_role("textbox").fill("Which bottle?")
    page.locator("details[open]").get_by_role("button").click()

    page.goto(f"{office.url}/orders?state=return")
    expect(page.get_by_text("Total of 1 order")).to_be_visible()
    page.goto(f"{office.url}/orders?state=open")
    expect(page.get_by_text("No order was found.")).to_be_visible()
