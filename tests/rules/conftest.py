from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.head_office import HeadOffice, serving
from tests.postgres import postgres as postgres
from tests.seats.phone import Phone

Enrolled = Callable[[str], Phone]
ENGINES = ("sqlite", "postgresql")
_numbers = itertools.count(1)


@pytest.fixture(scope="module", params=ENGINES)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HeadOffice]:
    home: Path = tmp_path_factory.mktemp("head-office")
    environment = {}
    if request.param == "postgresql":
        environment["DATABASE_URL"] = request.getfixturevalue("postgres").database(f"rules-{next(_numbers)}")
    with serving(home, **environment) as found:
        for login in ("li", "wang"):
            found.user(login)
        found.user("chen", "supervisor")
        found.book("north", maintainer="li", supervisor="chen")
        found.book("south", maintainer="wang", supervisor="chen")
        yield found


@pytest.fixture
def enrolled(office: HeadOffice) -> Enrolled:
    def make(login: str) -> Phone:
        found = Phone(office.invitation(login))
        assert found.enrol().status == 200
        found.sync()
        return found

    return make
