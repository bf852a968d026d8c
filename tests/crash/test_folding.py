"""SQLite's log is folded into the database by a thread, and by commits where there is none."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from server.storage import database, folding
from server.storage.database import db, reading, writing
from server.storage.tables import setting
from tests.head_office import HeadOffice, open_office

PAGES = 30


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HeadOffice]:
    """An office whose log is long after thirty pages."""
    monkeypatch.setattr(database, "CHECKPOINT_PAGES", PAGES)
    monkeypatch.setattr(database, "_fold_at", {"pages": 1_000_000})
    monkeypatch.setattr(folding, "LOOK_S", 0.01)
    found = open_office(tmp_path)
    with found.app.app_context():
        with db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        yield found
        db.engine.dispose()


@pytest.fixture
def folder(office: HeadOffice) -> Iterator[folding.Folder]:
    found = folding.start(office.app)
    assert found is not None
    yield found
    found.stop()


def write(first: int, count: int) -> None:
    """A page of text in each of so many transactions."""
    for n in range(first, first + count):
        with writing() as connection:
            connection.execute(sa.insert(setting), {"name": f"page {n}", "value": "x" * database.PAGE_BYTES})


def becomes_true(what: Callable[[], bool]) -> bool:
    until = time.monotonic() + 10
    while time.monotonic() < until and not what():
        time.sleep(0.02)
    return what()


def test_a_long_log_is_folded_while_nobody_waits_and_nothing_of_it_is_lost(
    office: HeadOffice, folder: folding.Folder
) -> None:
    path = Path(str(folder.log).removesuffix("-wal"))
    before = path.stat().st_size

    write(0, PAGES)

    assert becomes_true(lambda: path.stat().st_size >= before + PAGES * database.PAGE_BYTES)
    with reading() as connection:
        query = sa.select(sa.func.count(), sa.func.sum(sa.func.length(setting.c.value)))
        found = connection.execute(query.where(setting.c.name.like("page %"))).one()
    assert tuple(found) == (PAGES, PAGES * database.PAGE_BYTES)


def test_a_short_log_is_left_alone(office: HeadOffice, folder: folding.Folder) -> None:
    path = Path(str(folder.log).removesuffix("-wal"))
    before = path.stat().st_size

    write(0, 3)
    time.sleep(0.2)

    assert folder.log.stat().st_size < PAGES * database.PAGE_BYTES
    assert path.stat().st_size == before


def test_a_log_that_began_anew_is_a_short_file_again(office: HeadOffice, folder: folding.Folder) -> None:
    write(0, PAGES)
    assert folder.log.stat().st_size >= PAGES * database.PAGE_BYTES
    more = iter(range(PAGES, 1000))

    def is_short_after_another() -> bool:
        write(next(more), 1)
        return folder.log.stat().st_size < PAGES * database.PAGE_BYTES

    assert becomes_true(is_short_after_another)


def test_a_thread_that_cannot_fold_says_so_and_goes_on(
    office: HeadOffice, folder: folding.Folder, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse() -> None:
        raise OSError("no room")

    with monkeypatch.context() as broken:
        broken.setattr(folding, "fold", refuse)
        write(0, PAGES)
        assert becomes_true(lambda: "was not folded: no room" in caplog.text)
    path = Path(str(folder.log).removesuffix("-wal"))
    before = path.stat().st_size
    write(PAGES, 1)

    assert becomes_true(lambda: path.stat().st_size > before)
