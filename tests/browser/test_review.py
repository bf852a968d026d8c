"""Reviewing in a real browser: by single keys, and without scripts."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.test_console import NAMELESS, SMALL_TARGETS


def test_one_key_accepts_and_the_next_thing_has_the_focus_and_one_key_takes_it_back(window, scene):
    page = window("chen")
    page.goto(scene.office.url + "/review?kind=change")
    expect(page.locator(".came")).to_have_count(2)

    page.keyboard.press("j")
    page.keyboard.press("a")
    expect(page.locator(".came")).to_have_count(1)
    expect(page.locator(".came:focus")).to_have_count(1)
    page.keyboard.press("a")
    expect(page.get_by_text("All looked through.")).to_be_visible()
    page.wait_for_load_state()  # the keys come with the script, after the words
    page.keyboard.press("u")
    expect(page.locator(".came")).to_have_count(1)


def test_many_are_ticked_and_accepted_without_scripts_in_the_hand(window, scene):
    page = window("chen", width=390, height=844, java_script_enabled=False)
    page.goto(scene.office.url + "/review?kind=contact_record")
    page.goto(scene.office.url + "/review?kind=visit")
    count = page.locator(".came").count()
    for box in page.locator("[data-pick]").all():
        box.check()
    page.get_by_role("button", name="Accept what is ticked").click()

    expect(page.get_by_text(f"{count} accepted.")).to_be_visible()


def test_the_review_fits_the_hand_and_everything_has_a_name(window, scene):
    page = window("chen", width=390, height=844, language="zh_Hans")
    page.goto(scene.office.url + "/review")

    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate(NAMELESS) == [] and page.evaluate(SMALL_TARGETS) == []
