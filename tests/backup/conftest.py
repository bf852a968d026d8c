from __future__ import annotations

import shutil
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
from tests.postgres import postgres as postgres


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


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Safe]:
    """The folder of a furnished office on SQLite that is closed, and of its key holders, to be copied."""
    home = tmp_path_factory.mktemp("furnished")
    found = _furnished(open_office(home / "office"), home / "holders")
    _close(found)
    return home, found


def _furnished(office: HeadOffice, keys: Path) -> Safe:
    furnish(office)
    found = Safe(office, keys)
    found.enrol("ann"), found.enrol("bob")
    return found


def _close(safe: Safe) -> None:
    from server.storage.database import db

    with safe.office.app.app_context():
        db.engine.dispose()


def _copied(known: tuple[Path, Safe], to: Path) -> None:
    shutil.copytree(known[0], to, dirs_exist_ok=True)


def _of_copy(known: tuple[Path, Safe], office: HeadOffice, keys: Path) -> Safe:
    office.users, office.books = dict(known[1].office.users), dict(known[1].office.books)
    return Safe(office, keys)


@pytest.fixture
def safe(request: pytest.FixtureRequest, tmp_path: Path, furnished: tuple[Path, Safe]) -> Iterator[Safe]:
    """A furnished office on SQLite, or on the engine that the test asks for, with two proven key holders."""
    if settings := environment(request):
        found = _furnished(open_office(tmp_path / "office", **settings), tmp_path / "holders")
    else:
        _copied(furnished, tmp_path)
        found = _of_copy(furnished, open_office(tmp_path / "office"), tmp_path / "holders")
    yield found
    _close(found)


@pytest.fixture
def served(request: pytest.FixtureRequest, tmp_path: Path, furnished: tuple[Path, Safe]) -> Iterator[Safe]:
    """The same, answering devices over HTTP."""
    settings = environment(request)
    if not settings:
        _copied(furnished, tmp_path)
    with serving(tmp_path / "office", **settings) as office:
        if settings:
            found = _furnished(office, tmp_path / "holders")
        else:
            found = _of_copy(furnished, office, tmp_path / "holders")
        yield found
        _close(found)
