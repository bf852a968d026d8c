"""What is typed to do harm: kept as text, or refused with the form as it was; the page holds together in the hand."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Window
from tests.browser.test_flows import fits
from tests.console.scenario import Scene
from tests.wire.stranger import Stranger, uuid7

TURNED = "\u202eevil\u2066 {0.__class__} {{7*191}} %s%n <script>window.pwned=1</script> 😀"
LONG = "W" * 10_000
FORMULA = "=cmd|' /C calc'!A0"


def holds(page: Page) -> None:
    """Nothing ran, nothing was filled in, nothing stands out of the window."""
    assert page.evaluate("window.pwned") is None, page.url
    words = page.inner_text("main")
    assert "1337" not in words and "<class" not in words, page.url
    fits(page, page.viewport_size["width"] if page.viewport_size else 0)


@pytest.mark.parametrize(
    ("path", "fields", "wrong"),
    [
        ("/messages/rules", {"per_day": TURNED, "stop_words": TURNED}, "per_day"),
        ("/figures/limits", {"grade-1": FORMULA, "grade-2": "77"}, "grade-1"),
        ("/releases/print/{star}", {"recipient": TURNED, "reason": "😀"}, "reason"),
        ("/operations/erasures/{sun}", {"reason": " \u200b "}, "reason"),
        ("/books", {"name": "\x1b\x07"}, "name"),
    ],
)
def test_what_is_refused_stands_in_the_form_as_it_was_typed(
    window: Window, scene: Scene, path: str, fields: dict[str, str], wrong: str
) -> None:
    page = window("almighty", width=390, java_script_enabled=False)
    page.goto(scene.office.url + path.format(**scene.ids))
    for name, text in fields.items():
        page.locator(f'[name="{name}"]').fill(text)
    box = page.locator(f'[name="{wrong}"]')
    box.evaluate("e => { e.form.noValidate = true }")
    box.locator("xpath=ancestor::form").locator(".steps button").first.click()

    expect(page.locator(".flash.wrong, .note.wrong, .wrong").first).to_be_visible()
    for name, text in fields.items():
        assert page.locator(f'[name="{name}"]').input_value().strip() == text.strip(), name
    fits(page, 390)


def test_what_is_taken_is_text_in_every_list_and_turns_nothing_around(window: Window, scene: Scene) -> None:
    office, page = scene.office, window("almighty", width=390)
    for path, fields in {
        "/books": {"name": TURNED},
        "/catalogue/knowledge/new": {"question": TURNED[:60], "answer": TURNED + LONG[:800]},
        "/messages/templates/new": {"template_name": TURNED[-60:], "content": FORMULA + LONG},
        "/releases/print/{star}": {"reason": f"{TURNED}\nfor the\u00a0bank", "recipient": LONG[:200]},
        "/operations/erasures/{far}": {"reason": TURNED},
    }.items():
        page.goto(office.url + path.format(**scene.ids))
        for name, text in fields.items():
            page.locator(f'[name="{name}"]').fill(text)
        page.locator(f'form:has([name="{name}"]) button').last.click()
        assert page.locator("main .wrong").all_inner_texts() == [], path
        holds(page)
        if path.startswith("/releases"):  # two lines, and a blank of another kind
            expect(page.get_by_text("for the bank").first).to_be_visible()
    for path in ("/books", "/customers", "/catalogue/knowledge", "/messages/templates", "/releases", "/operations"):
        page.goto(office.url + path)
        holds(page)
    page.goto(f"{office.url}/books")
    expect(page.get_by_text("{{7*191}} %s%n <script>").first).to_be_visible()


def test_what_a_list_and_a_phone_bring_is_text_and_no_formula(window: Window, scene: Scene, tmp_path: Path) -> None:
    office = scene.office
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Store Number", "Store Name", "Address", "City"])
    sheet.append(["9901", FORMULA, TURNED, "@SUM(1)"])
    sheet["B2"].data_type = "s"
    book.save(tmp_path / "{{7*191}}\u202e<script>.xlsx")
    page = window("almighty", width=390)
    page.goto(f"{office.url}/import")
    page.locator("#file").set_input_files(tmp_path / "{{7*191}}\u202e<script>.xlsx")
    page.get_by_role("button", name="Look at it").click()
    holds(page)
    page.get_by_role("button", name="Write it").click()
    holds(page)
    phone = Stranger(office.invitation("li"))
    assert phone.enrol(name=TURNED, platform=FORMULA).status == 200
    phone.sync()
    star, north, visit = scene.ids["star"], scene.ids["north"], uuid7()
    values = {"state": "done", "checked_in_at": phone.clock_ms() - 60_000, "person": TURNED[:60], "situation": LONG}
    phone.save(north, phone.change("create", "visit", visit, star, north, set={**values, "situation": TURNED}))
    phone.save(north, phone.change("create", "visit", uuid7(), star, north, set=values))  # too long: put aside
    phone.sync()

    for path in (f"/visits/{visit}", "/visits", "/devices", "/customers?q=9901", "/", f"/customers/{star}"):
        page.goto(office.url + path)
        holds(page)
    page.goto(f"{office.url}/customers?q=9901")
    expect(page.get_by_role("link", name=FORMULA)).to_be_visible()
