from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from server.services import clock
from tests.head_office import HeadOffice, serving
from tests.postgres import postgres as postgres
from tests.seats.checks import faults_of
from tests.seats.round import Round

ENGINES = ("sqlite", "postgresql")
_numbers = itertools.count(1)


@pytest.fixture(scope="module", params=ENGINES)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HeadOffice]:
    """A head office on each of the two databases."""
    home: Path = tmp_path_factory.mktemp("head-office")
    environment = {}
    if request.param == "postgresql":
        environment["DATABASE_URL"] = request.getfixturevalue("postgres").database(f"seats-{next(_numbers)}")
    with serving(home, **environment) as found:
        yield found


@pytest.fixture
def round_(office: HeadOffice) -> Iterator[Round]:
    """North with Li, south with Wang, Chen supervising both; afterwards every book's history must be whole."""
    yield Round.make(office, next(_numbers))
    with office.app.app_context():
        assert faults_of() == []


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Set the server's clock forward, in ms."""
    real, ahead = clock.now_ms, [0]
    monkeypatch.setattr(clock, "now_ms", lambda: real() + ahead[0])

    def forward(ms: int) -> None:
        ahead[0] += ms

    return forward
