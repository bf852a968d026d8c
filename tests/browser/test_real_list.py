"""A list of real retailers, as a head office hands it over on the first day: imported, and looked at in lists, map and doubles."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import expect

import roundbook
from server.services.importing import background
from tests.browser.conftest import Window
from tests.browser.test_flows import fits
from tests.console.scenario import Scene

SAMPLE = Path(roundbook.__file__).parent / "sample" / "iowa-sample.csv"


def test_a_real_list_is_imported_by_county_and_read_in_lists_map_and_doubles(window: Window, scene: Scene) -> None:
    office = scene.office
    page = window("almighty")
    page.goto(f"{office.url}/import")
    page.locator("#file").set_input_files(SAMPLE)
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("iowa-sample.csv")
    expect(page.get_by_text("2,294").first).to_be_visible()
    page.locator("select").first.select_option(label="County")
    page.get_by_role("button", name="Look again").click()
    expect(page.get_by_text(re.compile("Linn 94"))).to_be_visible()
    page.get_by_role("button", name="Write it").click()
    expect(page.get_by_text("no worker is running")).to_be_visible()
    with office.app.app_context():
        background.carry_out(page.url.split("/")[-2])
    page.goto(page.url)
    expect(page.get_by_role("heading", level=1)).to_have_text("iowa-sample.csv: imported")
    page.get_by_role("link", name="To the customers").click()
    page.locator('form.filters select[name="book"]').select_option(label="Linn")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_text("94 customers")).to_be_visible()

    narrow = window("almighty", width=390, language="zh_Hans", java_script_enabled=False)
    narrow.goto(f"{office.url}/map")
    narrow.locator("select[name=book]").select_option(label="Black Hawk")
    narrow.get_by_role("button", name="显示").click()
    drawn = narrow.locator("main svg a").count()
    assert 40 < drawn <= 73, drawn
    fits(narrow, 390)
    narrow.goto(f"{office.url}/duplicates")
    expect(narrow.locator("main a[aria-current]")).to_have_text("名称与地点相同")  # the first by which there are any
    expect(narrow.get_by_text("Point Liquor & Tobacco").first).to_be_visible()
    fits(narrow, 390)
    narrow.goto(f"{office.url}/orders?since=2012-01-01")
    expect(narrow.locator("main").get_by_text("导入").first).to_be_visible()
    fits(narrow, 390)
