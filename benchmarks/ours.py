"""Our side: the server as `roundbook serve` runs it, and a real device with encrypted stores, over HTTP on loopback."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.workload import Document
from field_app.device import Device
from field_app.services import reading
from field_app.services.saving import creation, edits
from field_app.sync.client import SyncReport, sync_once
from field_app.sync.transport import HttpTransport
from server.app import create_app
from server.config import Config
from server.services import books, enrolment, push, users
from server.services.prepare import prepare
from server.storage.database import db

PASSPHRASE = "four words are enough"
AT_A_TIME = 200  # changes in a set


class Office:
    """Head office on a folder: what is written there without HTTP, and invitations."""

    def __init__(self, home: Path, port: int) -> None:
        url = f"http://127.0.0.1:{port}"
        self.environment = {
            "ROUNDBOOK_HOME": str(home), "ROUNDBOOK_URL": url, "ROUNDBOOK_BIND": f"127.0.0.1:{port}", "ROUNDBOOK_THREADS": "8",
        }  # fmt: skip
        self.app = create_app(Config.from_environment(self.environment))

    def seed(self, base: Sequence[Document]) -> None:
        """A round of one account manager, with all that head office has of it."""
        with self.app.app_context():
            prepare()
            user = users.create_user("li", "Li", ("account_manager",), "a good password", "en")
            books.assign_seat(books.create_book("round"), "maintainer", user, users.SYSTEM)
            books.desk(user)
        self.write(base)

    def write(self, documents: Sequence[Document]) -> None:
        """Write on the product's own authority, as imports do."""
        with self.app.app_context():
            book = books.find_book("round")
            for start in range(0, len(documents), AT_A_TIME):
                changes = [_change(document) for document in documents[start : start + AT_A_TIME]]
                verdict = push.office_push(users.SYSTEM, str(book), "import", changes, system=True)
                assert verdict["state"] == "applied", verdict

    def invitation(self) -> str:
        with self.app.app_context():
            user = users.by_login("li")
            assert user is not None
            return enrolment.invite(user.id, users.SYSTEM).text

    def close(self) -> None:
        """Let go of the database, its log folded in."""
        with self.app.app_context():
            with db.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            db.engine.dispose()


def _change(document: Document) -> dict[str, object]:
    values = document.values
    if document.changed is not None:
        values = {name: values[name] for name in document.changed}
    return {
        "op": "create" if document.changed is None else "edit", "type": document.type, "record": document.id,
        "customer": document.customer, "seat": "maintainer", "term": 0, "set": values,
    }  # fmt: skip


class OurClient:
    """A device that has enrolled and holds nothing yet."""

    def __init__(self, folder: Path, office: Office) -> None:
        self.office = office
        self.transport = HttpTransport(office.environment["ROUNDBOOK_URL"])
        self.device = Device.enrol(
            folder, office.invitation(), PASSPHRASE, self.transport, clock_ms=lambda: int(time.time() * 1000), name="phone"
        )  # fmt: skip

    def close(self) -> None:
        self.transport.close()
        self.device.close()

    def _sync(self) -> tuple[float, SyncReport]:
        begin = time.perf_counter()
        report = sync_once(self.device, self.transport)
        seconds = time.perf_counter() - begin
        assert report.error is None, report
        return seconds, report

    def first_load(self, expected: int) -> float:
        """Seconds from an empty device to all records in its encrypted stores."""
        seconds, _ = self._sync()
        held = sum(reading.counts(self.device).values())
        assert held == expected, (held, expected)
        return seconds

    def nothing(self) -> float:
        """Seconds of a sync without news: one request."""
        seconds, report = self._sync()
        assert (report.requests, report.received) == (1, 0), report
        return seconds

    def day(self, up: Sequence[Document], down: Sequence[Document]) -> float:
        """Seconds of a sync that takes up what the device made and brings what the office did."""
        self.office.write(down)
        return self.push(up, at_least=len(down))

    def push(self, documents: Sequence[Document], at_least: int = 0) -> float:
        """Seconds until all sets are judged, durable at the server, and settled on the device. One document is one set."""
        self._save(documents)
        seconds, report = self._sync()
        assert report.applied == report.sent == len(documents), report
        assert report.received >= at_least, report
        return seconds

    def _save(self, documents: Sequence[Document]) -> None:
        """As the app's services save it, but all in one transaction: this is not what is measured."""
        device = self.device
        book = next(book for book, held in device.scope.items() if held["seats"])
        with device.database.transaction():
            for document in documents:
                if document.changed is None:
                    changes = creation(device, book, document.type, document.id, document.customer, document.values)
                else:
                    values = {name: document.values[name] for name in document.changed}
                    changes = edits(device, reading.shown(device, document.id), values)
                assert changes, document
                device.outbox.append(
                    author=device.identity.user_id, book=book, action=f"save_{document.type}", changes=changes,
                    now_ms=device.clock_ms(),
                )  # fmt: skip
