from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.head_office import HeadOffice, serving
from tests.seats.phone import Phone

Enrolled = Callable[[str], Phone]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HeadOffice]:
    home: Path = tmp_path_factory.mktemp("head-office")
    with serving(home) as found:
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
