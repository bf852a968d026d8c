from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from tests.console.browser import Person
from tests.console.scenario import Scene, furnish
from tests.head_office import HeadOffice, open_office, serving


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Scene]:
    """The folder of a furnished head office that is closed, to be copied."""
    home = tmp_path_factory.mktemp("furnished")
    with serving(home) as office:
        return home, furnish(office)


def copied(furnished: tuple[Path, Scene], office: HeadOffice) -> Scene:
    """What is in a copy of the furnished head office."""
    known = furnished[1]
    office.users, office.books = dict(known.office.users), dict(known.office.books)
    return Scene(office, dict(known.ids), list(known.photos))


@pytest.fixture(scope="module")
def scene(furnished: tuple[Path, Scene], tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """A furnished head office, shared by tests that leave it as it is."""
    home = tmp_path_factory.mktemp("console")
    shutil.copytree(furnished[0], home, dirs_exist_ok=True)
    return copied(furnished, open_office(home))


@pytest.fixture
def own_scene(furnished: tuple[Path, Scene], tmp_path: Path) -> Scene:
    """A furnished head office of one's own, to change things in."""
    shutil.copytree(furnished[0], tmp_path, dirs_exist_ok=True)
    return copied(furnished, open_office(tmp_path))


@pytest.fixture
def own_served_scene(furnished: tuple[Path, Scene], tmp_path: Path) -> Iterator[Scene]:
    """The same, answering devices over HTTP."""
    shutil.copytree(furnished[0], tmp_path, dirs_exist_ok=True)
    with serving(tmp_path) as office:
        yield copied(furnished, office)


@pytest.fixture(scope="module")
def person(scene: Scene) -> Callable[[str], Person]:
    """Somebody signed in, one session for all tests."""
    known: dict[str, Person] = {}

    def make(login: str) -> Person:
        if login not in known:
            known[login] = Person(scene.office.app, login)
        return known[login]

    return make


@pytest.fixture
def queries() -> Callable[[], AbstractContextManager[list[str]]]:
    """Note the statements that reach the database inside a block."""

    @contextmanager
    def watch() -> Iterator[list[str]]:
        found: list[str] = []

        def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
            if not statement.startswith(("BEGIN", "SET ")):
                found.append(statement)

        event.listen(Engine, "before_cursor_execute", note)
        try:
            yield found
        finally:
            event.remove(Engine, "before_cursor_execute", note)

    return watch
