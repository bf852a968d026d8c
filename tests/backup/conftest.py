from __future__ import annotations

import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from server.services import users
from server.services.backup import holders, memory, runs, segments
from sync_protocol import age
from tests.head_office import HeadOffice, open_office, serving
from tests.postgres import Postgres, serving_postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server for the session."""
    with serving_postgres() as found:
        yield found


@dataclass
class Safe:
    """An office with two key holders, whose keys lie apart from it."""

    office: HeadOffice
    keys: Path

    def key_file(self, name: str) -> Path:
        return self.keys / f"{name}.key"

    def key(self, name: str) -> bytes:
        return age.identity_of(self.key_file(name).read_text())

    def enrol(self, name: str, *, proves: bool = True) -> str:
        """A holder makes a key with `age-keygen`, is enrolled, and opens his challenge with `age`."""
        self.keys.mkdir(exist_ok=True)
        subprocess.run(["age-keygen", "-o", self.key_file(name)], check=True, capture_output=True)
        recipient = subprocess.run(
            ["age-keygen", "-y", self.key_file(name)], check=True, capture_output=True, text=True
        ).stdout
        with self.office.app.app_context():
            holder = holders.add(name, recipient, users.SYSTEM)
            if proves:
                holders.prove(holder, self.open(name, holders.challenge(holder)).decode())
        return holder

    def open(self, name: str, sealed: bytes) -> bytes:
        """What `age -d` says."""
        command = ["age", "-d", "-i", self.key_file(name)]
        return subprocess.run(command, input=sealed, check=True, capture_output=True).stdout

    def run(self) -> runs.Done:
        with self.office.app.app_context():
            return runs.run(throttled=False)

    def seal(self) -> bool:
        with self.office.app.app_context():
            return segments.seal() is not None

    @property
    def public(self) -> str:
        with self.office.app.app_context():
            return memory.public()

    @property
    def store(self):
        with self.office.app.app_context():
            return memory.store()


def furnish(office: HeadOffice) -> None:
    """People, two books, customers with names that SQL might stumble over, a catalogue."""
    for login in ("li", "wang"):
        office.user(login)
    office.user("chen", "supervisor")
    office.user("ada", "administrator")
    office.book("north", maintainer="li", supervisor="chen")
    office.book("south", maintainer="wang", supervisor="chen")
    office.product("A1", "Black Velvet", 1299)
    for n, name in enumerate(
        ("O'Hara's; DROP", "福星便利店", 'Say "hi"', "back\\slash\nline;\n.quit", ":colon %s {x}")
    ):
        office.customer("north" if n % 2 else "south", name, contact_person="Ann")


def environment(request: pytest.FixtureRequest) -> dict[str, str]:
    if getattr(request, "param", "sqlite") == "postgresql":
        return {"DATABASE_URL": request.getfixturevalue("postgres").database(f"backup_{uuid.uuid4().hex}")}
    return {}


@pytest.fixture
def safe(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Safe]:
    """A furnished office on SQLite, or on the engine that the test asks for, with two proven key holders."""
    office = open_office(tmp_path / "office", **environment(request))
    furnish(office)
    found = Safe(office, tmp_path / "holders")
    found.enrol("ann"), found.enrol("bob")
    yield found
    with office.app.app_context():
        from server.storage.database import db

        db.engine.dispose()


@pytest.fixture
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Safe]:
    """The same, answering devices over HTTP."""
    with serving(tmp_path / "office", **environment(request)) as office:
        furnish(office)
        found = Safe(office, tmp_path / "holders")
        found.enrol("ann"), found.enrol("bob")
        yield found
        with office.app.app_context():
            from server.storage.database import db

            db.engine.dispose()
