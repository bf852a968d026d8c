"""A head office for tests: a real server on a folder of its own, over HTTP on loopback, with people and a book."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import waitress.server
from flask import Flask
from waitress import wasyncore

from server.app import create_app
from server.config import Config
from server.services import books, clock, enrolment, push, users
from server.services.prepare import prepare
from server.storage.database import writing
from server.storage.tables import console_session, user_account

PASSWORD = "a good password"


@dataclass
class HeadOffice:
    """The server and who is there. `users` and `books`: name -> id."""

    app: Flask
    home: Path
    url: str = ""
    users: dict[str, str] = field(default_factory=dict)
    books: dict[str, str] = field(default_factory=dict)

    def user(self, login: str, *roles: str, language: str = "en") -> str:
        """Add a person, with PASSWORD."""
        with self.app.app_context():
            self.users[login] = users.create_user(
                login, login.title(), roles or ("account_manager",), PASSWORD, language
            )
        return self.users[login]

    def book(self, name: str, **seats: str) -> str:
        """Make a book and give its seats: `book("north", maintainer="li")`."""
        with self.app.app_context():
            self.books[name] = books.create_book(name)
            for seat, login in seats.items():
                books.assign_seat(self.books[name], seat, self.users[login], users.SYSTEM)
        return self.books[name]

    def invitation(self, login: str) -> str:
        """The text of an invitation for one device."""
        with self.app.app_context():
            return enrolment.invite(self.users[login], users.SYSTEM).text

    def customer(self, book: str, name: str, **fields: Any) -> str:
        """A customer that is there already, as an import would have made it."""
        record = clock.new_id()
        self.write(
            book,
            {
                "op": "create",
                "type": "customer",
                "record": record,
                "customer": record,
                "set": {"store_name": name, **fields},
            },
        )
        return record

    def prove(self, login: str) -> None:
        """As if this person had just given the second factor, in every session that he has open now."""
        with self.app.app_context(), writing() as connection:
            user_id = sa.select(user_account.c.id).where(user_account.c.login == login).scalar_subquery()
            its = console_session.c.user_id == user_id
            connection.execute(sa.update(console_session).where(its).values(proved_at=clock.now_ms()))

    def product(self, code: str, name: str, price_minor: int) -> str:
        """A product of the catalogue."""
        record = clock.new_id()
        values = {"product_code": code, "product_name": name, "unit_price_minor": price_minor}
        with self.app.app_context():
            book = books.reference_book()
        self.write(book, {"op": "create", "type": "product", "record": record, "customer": None, "set": values})
        return record

    def write(self, book: str, *changes: dict[str, Any]) -> dict[str, Any]:
        """Write on the product's own authority, as imports do."""
        complete = [{"seat": "maintainer", "term": 0, **change} for change in changes]
        with self.app.app_context():
            verdict = push.office_push(users.SYSTEM, self.books.get(book, book), "import", complete, system=True)
        assert verdict["state"] == "applied", verdict
        return verdict


def open_office(home: Path, **environment: str) -> HeadOffice:
    """A server without HTTP."""
    app = create_app(Config.from_environment({"ROUNDBOOK_HOME": str(home), **environment}))
    with app.app_context():
        prepare()
    return HeadOffice(app, home)


def _nobody(environ: object, start_response: object) -> list[bytes]:
    raise AssertionError("the server was called before the office opened")


@contextmanager
def listening(app: Any) -> Iterator[Any]:
    """A server of an app in a thread until the block ends; it leaves without waiting for clients that keep a connection."""
    server: Any = waitress.server.create_server(app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        with server.trigger.lock:  # what it does is done under it too: not before the pipe was written to
            server.trigger.thunks.append(lambda: wasyncore.close_all(server._map, ignore_all=True))
            server.trigger._physical_pull()
        thread.join(5)
        server.task_dispatcher.shutdown(timeout=5)


@contextmanager
def serving(home: Path, **environment: str) -> Iterator[HeadOffice]:
    """A server that answers over HTTP until the block ends."""
    with listening(_nobody) as server:
        port = server.effective_port
        office = open_office(
            home, ROUNDBOOK_URL=f"http://127.0.0.1:{port}", ROUNDBOOK_BIND=f"127.0.0.1:{port}", **environment
        )
        server.application = office.app
        office.url = f"http://127.0.0.1:{port}"
        yield office
