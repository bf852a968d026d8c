"""The second factor and a lookup, as people do them: in a browser, on a phone's width, without scripts too."""

from __future__ import annotations

import re

import pyotp
import pytest
from playwright.sync_api import expect


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


def test_a_lookup_is_asked_for_granted_and_read(window, scene):
    scene.office.user("zhao", "department_manager")
    li, zhao = window("li", width=390, height=844), window("zhao")

    li.goto(f"{scene.office.url}/reading/find")
    li.get_by_label("Name, code, phone or licence").fill("far shop")
    li.keyboard.press("Enter")
    li.get_by_label("Why do you need to read this file?").fill("The owner opens a shop in my round")
    li.get_by_role("button", name="Ask to read it").click()
    expect(li.get_by_text("to decide")).to_be_visible()
    zhao.goto(f"{scene.office.url}/reading")
    zhao.get_by_role("link", name="Far Shop").click()
    zhao.get_by_role("button", name="Grant", exact=True).click()
    li.reload()

    expect(li.get_by_text("A copy of")).to_be_visible()
    expect(li.get_by_text("3001")).to_be_visible()
