"""A person at the console without a window: keeps cookies, sends the token of the page it is on, follows nothing by itself."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from server.services import clock, sessions
from server.storage.database import writing
from server.storage.tables import console_session
from tests.head_office import PASSWORD

LANGUAGES = ("en", "zh_Hans", "zh_Hant")
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Person:
    """Somebody who is signed in, or, without a login, a visitor. `proved`: as if he had just given the second factor, too."""

    def __init__(self, app: Flask, login: str = "", *, address: str = "127.0.0.1", proved: bool = True) -> None:
        self.client = app.test_client()
        self.environ = {"REMOTE_ADDR": address}
        if login:
            answer = self.sign_in(login, PASSWORD)
            assert answer.status_code == 303, answer.text
        if login and proved:
            self.prove()

    def prove(self) -> None:
        """As if the second factor had been given in this session."""
        cookie = self.client.get_cookie("roundbook")
        assert cookie is not None
        with self.client.application.app_context(), writing() as connection:
            its = console_session.c.id_hash == sessions.hash_of(cookie.value.removeprefix("s."))
            connection.execute(sa.update(console_session).where(its).values(proved_at=clock.now_ms()))

    def sign_in(self, login: str, password: str, **more: str) -> TestResponse:
        return self.post("/sign-in", {"login": login, "password": password, **more}, page="/sign-in")

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.client.get(path, environ_overrides=self.environ, **more)

    def page(self, path: str) -> str:
        """The page at an address, which must be there."""
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:2000])
        return answer.text

    def token(self, page: str = "/") -> str:
        found = _TOKEN.search(self.get(page).text)
        assert found, f"no form on {page}"
        return found[1]

    def post(self, path: str, data: dict[str, Any] | None = None, *, page: str = "/", **more: Any) -> TestResponse:
        """Send a form with the token of `page`."""
        form = {"csrf_token": self.token(page), **(data or {})}
        return self.client.post(path, data=form, environ_overrides=self.environ, **more)

    def speak(self, language: str) -> None:
        assert self.post("/language", {"language": language}).status_code == 303


class _Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.hidden: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in ("script", "style")
        self.hidden += [
            value
            for name, value in attrs
            if value and name in ("title", "aria-label", "placeholder", "alt", "data-label")
        ]

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.found.append(data)


def texts(page: str) -> list[str]:
    """Every piece of text that a person meets on a page, labels and hints of controls included."""
    parser = _Texts()
    parser.feed(page)
    return _tidy(parser.found + parser.hidden)


def shown(page: str) -> str:
    """What stands on a page, in one piece."""
    parser = _Texts()
    parser.feed(page)
    return " ".join(_tidy(parser.found))


def _tidy(pieces: list[str]) -> list[str]:
    return [text for text in (" ".join(piece.split()) for piece in pieces) if text]
