from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from field_app.device import Device
from field_app.sync.transport import HttpTransport
from tests.device.builders import PASSPHRASE, Clock, sync
from tests.head_office import HeadOffice, serving
from tests.postgres import postgres as postgres
from tests.recovery.copies import Copies


@pytest.fixture
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[HeadOffice]:
    """A head office that answers over HTTP, on SQLite, or on the engine that the test asks for: Li maintains the north,
    Wang the south, Chen leads both."""
    environment = {}
    if getattr(request, "param", "sqlite") == "postgresql":
        name = f"office_{uuid.uuid4().hex}"
        environment["DATABASE_URL"] = request.getfixturevalue("postgres").database(name)
    with serving(tmp_path / "office", **environment) as found:
        for login in ("li", "wang"):
            found.user(login)
        found.user("chen", "supervisor")
        found.book("north", maintainer="li", supervisor="chen")
        found.book("south", maintainer="wang", supervisor="chen")
        yield found
        with found.app.app_context():
            from server.storage.database import db

            db.engine.dispose()


@pytest.fixture
def copies(office: HeadOffice, tmp_path: Path) -> Copies:
    """Takes copies of the office's database and puts them back."""
    return Copies(office, tmp_path / "copies")


class Fleet:
    """Devices of people, each after its first sync."""

    def __init__(self, office: HeadOffice, home: Path) -> None:
        self.office, self.home = office, home
        self.made: list[Device] = []

    def enrol(self, login: str) -> Device:
        transport = HttpTransport(self.office.url)
        device = Device.enrol(
            self.home / f"{login}-{len(self.made)}",
            self.office.invitation(login),
            PASSPHRASE,
            transport,
            clock_ms=Clock(int(time.time() * 1000)),
            name=f"{login}'s phone",
        )
        transport.close()
        self.made.append(device)
        sync(device)
        return device


@pytest.fixture
def fleet(office: HeadOffice, tmp_path: Path) -> Iterator[Fleet]:
    """Real devices of this office."""
    found = Fleet(office, tmp_path / "phones")
    yield found
    for device in found.made:
        if not device.is_wiped:
            device.close()
