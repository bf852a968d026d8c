"""axe on every page of a furnished head office, in a real browser, wide, light and English, narrow, dark and Chinese."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

from sync_protocol.acts import ROLES
from tests.browser.axe import violations_of
from tests.browser.conftest import ARGUMENTS
from tests.console.routes import routes
from tests.console.scenario import Scene, furnish
from tests.head_office import PASSWORD, serving

WINDOWS = ((1280, 800, "light", "en"), (390, 844, "dark", "zh_Hans"))
_FILE = re.compile(r"^/(photos|static)|/refused$|\.(xlsx|csv|pdf)$")


def pages(scene: Scene) -> list[str]:
    """The address of every page that a person opens."""
    wanted = [route.path for route in routes(scene) if route.method == "GET" and not _FILE.search(route.path)]
    more = [
        f"/inbox/{scene.ids['conflict']}",
        "/review?kind=visit",
        f"/duplicates/{scene.ids['star']}?with={scene.ids['sun']}",
        "/catalogue/code_entry",
        "/catalogue/code_entry/new?code_list=skip_reasons",
    ]
    return list(dict.fromkeys([*wanted, *more]))


def look(home: Path) -> list[str]:
    """Every serious finding on every page, with the page."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    assert chromium, "no browser: apt-get install chromium"
    found: list[str] = []
    with serving(home) as office, sync_playwright() as playwright:
        scene = furnish(office)
        office.user("almighty", *ROLES)
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        for width, height, scheme, language in WINDOWS:
            context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
            page = context.new_page()
            page.goto(office.url + "/sign-in")
            page.click(f'button[value="{language}"]')
            page.fill("#login", "almighty")
            page.fill("#password", PASSWORD)
            page.keyboard.press("Enter")
            page.wait_for_url(office.url + "/")
            office.prove("almighty")
            for path in pages(scene):
                answer = page.goto(office.url + path)
                if answer is not None and answer.status < 400 and "text/html" in answer.headers.get("content-type", ""):
                    found += [f"{path} ({width} {scheme}): {text}" for text in violations_of(page)]
            context.close()
        browser.close()
    return found
