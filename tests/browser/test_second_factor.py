"""The second factor and a lookup, as people do them: in a browser, on a phone's width, without scripts too."""

from __future__ import annotations

import re

import pyotp
import pytest
from playwright.sync_api import expect

from server.services import clock
from tests.head_office import PASSWORD


@pytest.mark.parametrize(("width", "scripts"), [(1280, True), (390, False)])
def test_setting_up_a_second_factor_leads_to_the_page_that_was_wanted(window, scene, width, scripts):
    login = f"new-admin-{width}"
    scene.office.user(login, "administrator")
    page = window(login, width=width, proved=False, java_script_enabled=scripts)

    page.goto(f"{scene.office.url}/people")
    expect(page.get_by_role("heading", name="Set up the second factor")).to_be_visible()
    secret = re.sub(r"\s", "", page.locator("p.code").inner_text())
    page.get_by_label("Six digits").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator("ol.codes li")).to_have_count(10)
    page.get_by_role("link", name="I have kept them: go on").click()

    expect(page.get_by_role("heading", name="Users")).to_be_visible()
    page.goto(f"{scene.office.url}/account")
    expect(page.get_by_text("10 recovery codes left")).to_be_visible()


def ask_to_read(page, scene, words, why):
    """Look for a file outside one's books, and ask for it."""
    page.goto(f"{scene.office.url}/reading/find")
    page.get_by_label("Name, code, phone or licence").fill(words)
    page.keyboard.press("Enter")
    page.get_by_label("Why do you need to read this file?").fill(why)
    page.get_by_role("button", name="Ask to read it").click()
    expect(page.get_by_text("to decide")).to_be_visible()


def test_a_lookup_is_asked_for_granted_and_read(window, scene):
    scene.office.user("zhao", "department_manager")
    li, zhao = window("li", width=390, height=844), window("zhao")

    ask_to_read(li, scene, "far shop", "The owner opens a shop in my round")
    zhao.goto(f"{scene.office.url}/reading")
    zhao.get_by_role("link", name="Far Shop").click()
    zhao.get_by_role("button", name="Grant", exact=True).click()
    li.reload()

    expect(li.get_by_text("A copy of")).to_be_visible()
    expect(li.get_by_text("3001")).to_be_visible()


def test_a_granted_copy_that_ends_while_its_page_is_open_is_gone_at_the_next_click(window, scene, monkeypatch):
    office, begun, gone = scene.office, clock.now_ms(), [0]
    office.user("qian", "department_manager")
    office.customer("south", "Ends Soon Shop", customer_code="E-77", address="4 Elm St")
    li, qian = window("li"), window("qian", width=390, height=844, java_script_enabled=False)
    ask_to_read(li, scene, "ends soon", "It ends while I read")
    asked = li.url
    qian.goto(asked)
    qian.get_by_label("days").fill("1")
    qian.get_by_role("button", name="Grant", exact=True).click()
    li.goto(asked)
    expect(li.get_by_text("E-77")).to_be_visible()

    monkeypatch.setattr(clock, "now_ms", lambda: begun + gone[0])
    gone[0] = 25 * 3_600_000
    li.goto(asked)
    li.wait_for_url(re.compile("/sign-in"))  # a day later the session has ended, too
    li.fill("#login", "li")
    li.fill("#password", PASSWORD)
    li.keyboard.press("Enter")

    li.wait_for_url(asked)
    expect(li.get_by_text("E-77")).to_have_count(0)
    expect(li.locator("main")).to_contain_text("ended")
    expect(li.get_by_text("Ends Soon Shop")).to_have_count(0)  # of what has ended a few letters are left


def test_who_lost_his_phone_comes_in_with_a_code_from_paper_and_who_lost_both_is_helped_by_an_administrator(
    window, scene
):
    office = scene.office
    office.user("lost", "administrator")
    page = window("lost", width=390, height=844, proved=False, java_script_enabled=False)
    page.goto(f"{office.url}/people")
    secret = re.sub(r"\s", "", page.locator("p.code").inner_text())
    page.get_by_label("Six digits").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Confirm").click()
    paper = page.locator("ol.codes li").first.inner_text()

    later = window("lost", proved=False)
    later.goto(f"{office.url}/people")
    later.get_by_label("or a recovery code").fill(paper)
    later.keyboard.press("Enter")
    expect(later.get_by_role("heading", name="Users")).to_be_visible()
    helper = window("almighty")
    helper.goto(f"{office.url}/people/{office.users['lost']}")
    helper.get_by_role("button", name="Take it away").click()

    again = window("lost", proved=False, width=390, height=844)
    again.goto(f"{office.url}/people")
    expect(again.get_by_role("heading", name="Set up the second factor")).to_be_visible()


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_who_is_locked_out_reads_how_long_and_is_let_in_afterwards(chromium, scene, monkeypatch, language):
    office, begun, gone = scene.office, clock.now_ms(), [0]
    monkeypatch.setattr(clock, "now_ms", lambda: begun + gone[0])
    login = f"locked-{language.lower().replace('_', '-')}"
    office.user(login)
    context = chromium.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{office.url}/sign-in")
    page.click(f'button[value="{language}"]')

    for _ in range(6):
        page.fill("#login", login)
        page.fill("#password", "wrong")
        page.keyboard.press("Enter")
    page.fill("#login", login)
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("[role=alert]")).to_be_visible()
    assert "/sign-in" in page.url
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    gone[0] = 16 * 60_000
    page.fill("#login", login)
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")

    page.wait_for_url(f"{office.url}/")
    context.close()
