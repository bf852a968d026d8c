"""Where each role begins, and that what stands in its menu leads on: nothing that it may not do, no page that ends nowhere."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from server.services import users
from tests.browser.conftest import Window
from tests.browser.test_flows import WAYS, fits, somebody
from tests.console.scenario import Scene
from tests.head_office import PASSWORD


def menu(page: Page) -> list[str]:
    """What the main menu offers."""
    return [text.strip() for text in page.locator("nav.side ul.places a").all_text_contents()]


@WAYS
def test_a_catalogue_editor_begins_at_the_catalogue_and_a_template_keeps_its_history(
    window: Window, scene: Scene, width: int, scripts: bool
) -> None:
    page = window("song", width=width, java_script_enabled=scripts)
    assert menu(page) == ["Inbox", "Products"]
    expect(page.get_by_text("Your work is the catalogue.")).to_be_visible()
    page.get_by_role("link", name="Message templates").click()
    page.get_by_role("link", name="New template").click()
    page.get_by_label("Name").fill(f"Greeting {width}")
    page.locator("#content").fill("Dear {first}")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("{first}")  # no such placeholder, and what was typed is there
    expect(page.locator("#content")).to_have_value("Dear {first}")
    page.locator("#content").fill("Many happy returns")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name=f"Greeting {width}").click()
    page.locator("#content").fill("All the best")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name=f"Greeting {width}").click()
    page.get_by_role("link", name="History").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text(f"Greeting {width}")
    page.locator('main a[href$="/history/content"]').first.click()
    expect(page.get_by_text("Many happy returns").first).to_be_visible()
    expect(page.get_by_text("All the best").first).to_be_visible()
    expect(page.locator("main").get_by_text("Song").first).to_be_visible()
    fits(page, width)


@pytest.mark.parametrize(
    ("login", "roles", "words"),
    [
        ("nobody-yet", (), "You have no role yet."),
        ("no-seat-yet", ("account_manager",), "You hold no seat yet."),
        ("no-seat-either", ("licensing", "catalogue_editor"), "You hold no seat yet."),
    ],
)
def test_who_has_nothing_to_read_is_told_why_and_who_changes_it(
    window: Window, scene: Scene, login: str, roles: tuple[str, ...], words: str
) -> None:
    with scene.office.app.app_context():
        users.create_user(login, login.title(), roles, PASSWORD, "en")
    page = window(login, width=390, java_script_enabled=False)

    expect(page.get_by_text(words)).to_be_visible()
    fits(page, 390)
    for link in page.locator("main .steps a").all():
        assert page.request.get(scene.office.url + (link.get_attribute("href") or "")).status == 200
    if "catalogue_editor" in roles:
        expect(page.get_by_role("link", name="Message templates")).to_be_visible()


@WAYS
def test_the_desks_are_led_to_what_waits_for_them(window: Window, scene: Scene, width: int, scripts: bool) -> None:
    login = somebody(scene, f"desks-{width}", "order_desk", "complaint_desk")
    page = window(login, width=width, java_script_enabled=scripts)
    page.get_by_role("link", name="Orders to confirm").click()
    expect(page.locator(f'a[href$="{scene.ids["order"]}"]').first).to_be_visible()
    page.goto(scene.office.url)
    page.get_by_role("link", name="Open complaints").click()

    expect(page.get_by_text("Two broken bottles").first).to_be_visible()
    fits(page, width)
