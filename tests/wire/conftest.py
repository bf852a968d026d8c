from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.head_office import HeadOffice, serving
from tests.wire.stranger import Stranger


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HeadOffice]:
    """A head office with Li, who maintains the north, and Wang, who maintains the south."""
    home: Path = tmp_path_factory.mktemp("head-office")
    with serving(home) as found:
        for login in ("li", "wang"):
            found.user(login)
        found.user("chen", "supervisor")
        found.book("north", maintainer="li", supervisor="chen")
        found.book("south", maintainer="wang", supervisor="chen")
        yield found


@pytest.fixture
def enrolled(office: HeadOffice) -> Callable[[str], Stranger]:
    """A fresh device of a user, after its first sync."""

    def make(login: str) -> Stranger:
        stranger = Stranger(office.invitation(login))
        assert stranger.enrol().status == 200
        stranger.sync()
        return stranger

    return make
