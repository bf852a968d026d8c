from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.head_office import HeadOffice, open_office
from tests.postgres import postgres as postgres
from tests.specification.pocket import Desk

settings.register_profile("specification", deadline=None)  # a busy machine is not a broken rule
settings.load_profile("specification")

ENGINES = ("sqlite", "postgresql")


@pytest.fixture(scope="module", params=ENGINES)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HeadOffice]:
    """A head office on each engine, with a database of its own: Li maintains the north, Wang the south, Chen leads both."""
    environment = {}
    if request.param == "postgresql":
        environment["DATABASE_URL"] = request.getfixturevalue("postgres").database(f"office_{uuid.uuid4().hex}")
    found = open_office(tmp_path_factory.mktemp("office"), **environment)
    for login, role in (
        ("li", "account_manager"),
        ("wang", "account_manager"),
        ("chen", "supervisor"),
        ("ada", "administrator"),
    ):
        found.user(login, role)
    found.book("north", maintainer="li", supervisor="chen")
    found.book("south", maintainer="wang", supervisor="chen")
    with found.app.app_context():
        yield found
        from server.storage.database import db

        db.engine.dispose()


@pytest.fixture
def desk(office: HeadOffice) -> Desk:
    """Makes pockets and reads what the database holds."""
    return Desk(office)
