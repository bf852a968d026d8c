from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from field_app import language
from field_app.presenters import places
from tests.presenters.hand import Hand
from tests.presenters.rounds import Round, a_round


@pytest.fixture(scope="module")
def the_round(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Round]:
    """A head office and a device after its first sync; tests work on copies of the device."""
    with a_round(tmp_path_factory.mktemp("round")) as made:
        yield made


@pytest.fixture
def hand(the_round: Round, tmp_path: Path) -> Iterator[Hand]:
    """An unlocked app without a window, on its first page."""
    language.use("en")
    session = the_round.session(tmp_path / "field")
    found = Hand(session)
    found.restart(places.place(found, "today"))
    yield found
    session.lock()
    language.use("en")


@pytest.fixture
def online(the_round: Round, tmp_path: Path) -> Iterator[Hand]:
    """The same on a device of its own, which syncs."""
    language.use("en")
    session = the_round.own_session(tmp_path / "field")
    found = Hand(session)
    found.restart(places.place(found, "today"))
    yield found
    session.lock()
