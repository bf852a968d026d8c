from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.console.browser import Person
from tests.console.scenario import Scene, furnish
from tests.head_office import serving


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A furnished head office, shared by tests that leave it as it is."""
    with serving(tmp_path_factory.mktemp("console")) as office:
        yield furnish(office)


@pytest.fixture
def own_scene(tmp_path: Path) -> Iterator[Scene]:
    """A furnished head office of one's own, to change things in."""
    with serving(tmp_path) as office:
        yield furnish(office)


@pytest.fixture(scope="session")
def person(scene: Scene) -> Callable[[str], Person]:
    """Somebody signed in, one session for all tests."""
    known: dict[str, Person] = {}

    def make(login: str) -> Person:
        if login not in known:
            known[login] = Person(scene.office.app, login)
        return known[login]

    return make
