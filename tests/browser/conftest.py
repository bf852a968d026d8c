from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response, sync_playwright

from sync_protocol.acts import ROLES
from tests.console.scenario import Scene, furnish
from tests.head_office import PASSWORD, serving

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A furnished head office that answers over HTTP."""
    with serving(tmp_path_factory.mktemp("browser")) as office:
        found = furnish(office)
        office.user("almighty", *ROLES)
        yield found


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser of the system."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert path, "no browser: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Watch:
    """What went wrong in a window: errors on its console, requests that failed, requests that left this machine."""

    wrong: list[str] = field(default_factory=list)

    def on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and "status of 422" not in message.text:
            self.wrong.append(f"console: {message.text}")

    def on_request(self, request: Request) -> None:
        if urlsplit(request.url).hostname not in ("127.0.0.1", None):
            self.wrong.append(f"left this machine: {request.url}")

    def on_failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # the person went on before the icon had come
            self.wrong.append(f"failed: {request.url} {request.failure}")

    def on_response(self, response: Response) -> None:
        if response.status >= 400 and response.status != 422:  # a form that was filled in wrongly, on purpose
            self.wrong.append(f"{response.status}: {response.url}")


Window = Callable[..., Page]


@pytest.fixture
def window(chromium: Browser, scene: Scene) -> Iterator[Window]:
    """Open a window, signed in; at the end nothing may have gone wrong in it, and nothing may have left this machine."""
    contexts: list[BrowserContext] = []
    watch = Watch()

    def open_window(
        login: str = "li",
        *,
        width: int = 1280,
        height: int = 800,
        language: str = "en",
        proved: bool = True,
        **options: object,
    ) -> Page:
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)  # type: ignore[arg-type]
        contexts.append(context)
        context.set_default_timeout(15_000)
        page = context.new_page()
        page.on("console", watch.on_console)
        page.on("pageerror", lambda error: watch.wrong.append(f"script: {error}"))
        page.on("request", watch.on_request)
        page.on("requestfailed", watch.on_failed)
        page.on("response", watch.on_response)
        page.goto(scene.office.url + "/sign-in")
        page.click(f'button[value="{language}"]')
        page.fill("#login", login)
        page.fill("#password", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(scene.office.url + "/")
        if proved:
            scene.office.prove(login)
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert watch.wrong == []
