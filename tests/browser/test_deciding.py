"""Deciding in a real browser: by keys, without scripts, in the hand."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.test_console import NAMELESS, SMALL_TARGETS
from tests.console.test_deciding import ask, edit


def test_keys_accept_and_return_two_of_them_for_each_decision(window, scene):
    ask(scene, "wang", edit(scene, visit_cycle_days=14), edit(scene, city="Des Moines"))
    page = window("li")
    page.goto(scene.office.url + "/?show=proposals")
    mine = page.locator(".case").filter(has=page.get_by_role("button", name="Accept"))
    expect(mine).to_have_count(2)
    rows = page.locator(".case").count()

    page.locator("main").focus()
    for _ in range(rows - 1):
        page.keyboard.press("j")
    page.keyboard.press("a")
    expect(page.get_by_text("Accepted: it counts now.")).to_be_visible()
    expect(mine).to_have_count(1)
    mine.locator("a.lead").focus()
    page.keyboard.press("r")
    page.keyboard.type("Which town?")
    page.keyboard.press("Enter")

    expect(page.get_by_text("Returned with your comment.")).to_be_visible()
    expect(mine).to_have_count(0)


def test_a_page_of_a_case_has_its_keys_too_and_fits_the_hand(window, scene):
    values = {
        "put": {"business_tags": ["open around the clock", "bakery", "a-very-long-word-without-a-place-to-break"]}
    }
    ask(scene, "wang", {**edit(scene, visit_cycle_days=21), **values})
    page = window("li", width=390, height=844, language="zh_Hans")
    page.locator(".case").filter(has=page.locator("[data-accept]")).first.locator("a.lead").click()
    expect(page.locator("#accept")).to_be_visible()

    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("document.querySelector('.sides').getBoundingClientRect().right") <= 390 - 16
    page.keyboard.press("r")
    assert page.evaluate("document.activeElement.name") == "comment"
    assert page.evaluate(NAMELESS) == [] and page.evaluate(SMALL_TARGETS) == []
    page.locator("main").focus()
    page.keyboard.press("a")
    expect(page.get_by_text("已采纳，现已生效。")).to_be_visible()


def test_what_is_asked_for_is_corrected_and_accepted_without_scripts(window, scene):
    ask(scene, "wang", edit(scene, visit_cycle_days=28))
    page = window("li", java_script_enabled=False)
    page.get_by_role("link", name="Correct first").first.click()
    page.get_by_label("Visit cycle").fill("30")
    page.get_by_role("button", name="Accept").click()

    expect(page.get_by_text("Accepted: it counts now.")).to_be_visible()
    page.goto(scene.office.url + f"/customers/{scene.ids['star']}")
    expect(page.get_by_text("30 days")).to_be_visible()
