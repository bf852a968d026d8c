"""R37: a synchronous standby makes safe what it has flushed; one that is not, or has stopped, makes nothing safe."""

from __future__ import annotations

import signal

import psycopg
import pytest
import sqlalchemy as sa

from server.services.recovery import safe, standby
from server.storage.database import db, reading
from server.storage.tables import book
from tests.head_office import open_office
from tests.postgres import serving_postgres
from tests.recovery.standby import following, make_synchronous


@pytest.fixture(scope="module")
def server():
    with serving_postgres(max_wal_senders="4", wal_level="replica") as found:
        yield found


@pytest.fixture(scope="module")
def office(server, tmp_path_factory):
    found = open_office(tmp_path_factory.mktemp("office"), DATABASE_URL=server.database("standby"))
    found.user("li", "account_manager")
    found.book("north", maintainer="li")
    found.customer("north", "Lucky Star")
    with found.app.app_context():
        yield found
        db.engine.dispose()


def heads():
    with reading() as connection:
        return {row.id: row.pos for row in connection.execute(sa.select(book.c.id, book.c.pos)) if row.pos}


def marks():
    with reading() as connection:
        return safe.positions(connection, heads())


def test_without_a_standby_or_with_one_that_no_commit_waits_for_nothing_is_safe(server, office):
    assert standby.note(wait_s=0.2) == 0
    with following(server):
        assert standby.note(wait_s=1) == 0

    assert marks() == {}


def test_what_a_synchronous_standby_has_is_safe_and_what_it_has_not_is_not(server, office):
    with following(server) as copy:
        make_synchronous(server, "*")
        try:
            office.customer("north", "On both")
            assert standby.note() > 0
            there = heads()
            assert marks() == there

            with psycopg.connect(f"{server.url}standby", autocommit=True) as connection:
                connection.execute("ALTER DATABASE standby SET synchronous_commit = local")
            db.engine.dispose()
            copy.signal(signal.SIGSTOP)
            office.customer("north", "On the first alone")
            assert standby.note(wait_s=0.5) == 0
            assert marks() == there != heads()

            copy.signal(signal.SIGCONT)
            assert standby.note() == 1
            assert marks() == heads()
        finally:
            make_synchronous(server, "")


def test_on_sqlite_there_is_no_standby(tmp_path):
    found = open_office(tmp_path)
    with found.app.app_context():
        assert standby.note() == 0
        db.engine.dispose()
