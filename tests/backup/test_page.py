"""The console's page Backups: how it stands, a file for a key holder, the word in it, a drill, an archive on demand."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from server.services.backup import checking, holders, runs
from server.services.backup.sealing import open_sealed
from server.storage import tables
from server.storage.archives import FolderArchives
from server.storage.backup_tables import backup_run
from server.storage.database import reading, writing
from tests.backup.conftest import Safe
from tests.console.browser import Person, shown


def test_an_administrator_sees_how_it_stands_and_does_what_is_to_be_done(safe: Safe) -> None:
    ada = Person(safe.office.app, "ada")
    page = shown(ada.page("/backups"))
    assert "Something is wrong" in page and "There is no verified archive yet." in page and "No run yet." in page

    assert ada.post("/backups/run", page="/backups").status_code == 303
    ada.post("/backups/run", page="/backups")
    with safe.office.app.app_context(), reading() as connection:
        job = tables.job
        asked = connection.scalar(
            sa.select(sa.func.count()).where(job.c.name == "backup_archive", job.c.state == "due")
        )
    assert asked in (1, 2), "once a minute"
    done = safe.run()
    page = shown(ada.page("/backups"))
    assert (
        "Archive 1" in page
        and "restored and compared" in page
        and "Nobody has restored an archive by hand yet." in page
    )

    with safe.office.app.app_context():
        ann = holders.by_id("ann").id
    file = ada.post("/backups/challenge", {"holder": ann}, page="/backups")
    assert file.headers["Content-Disposition"].endswith(f'challenge-{ann}.age"')
    word = safe.open("ann", file.data).decode()
    ada.post("/backups/proof", {"holder": ann, "word": "wrong"}, page="/backups")
    assert "This is not the word" in shown(ada.page("/backups"))
    ada.post("/backups/proof", {"holder": ann, "word": word}, page="/backups")
    assert "ann can decrypt." in shown(ada.page("/backups"))

    from server.services.backup.documents import ARCHIVE, read

    document = read(safe.store, safe.public, ARCHIVE, done.number)
    members = {m.name: m.content for m in open_sealed(safe.store, document.data, [safe.key("bob")])}
    ada.post("/backups/drill", {"code": "no-such-code"}, page="/backups")
    assert "This code shows no new drill" in shown(ada.page("/backups"))
    ada.post("/backups/drill", {"code": members["drill-code.txt"].decode()}, page="/backups")
    page = shown(ada.page("/backups"))
    assert "The drill on archive 1 is written down." in page and "restored by hand" in page
    assert re.search(r"Last restored by hand \d", page)


def test_a_leader_reads_it_and_an_account_manager_does_not(safe: Safe) -> None:
    safe.office.user("liu", "leader")
    leader, li = Person(safe.office.app, "liu"), Person(safe.office.app, "li")

    assert "Make an archive now" not in leader.page("/backups")
    assert leader.post("/backups/run", page="/").status_code == 403
    assert li.get("/backups").status_code == 403


def test_an_unknown_key_holder_gets_no_file(safe: Safe) -> None:
    ada = Person(safe.office.app, "ada")

    assert ada.post("/backups/challenge", {"holder": "nobody"}, page="/backups").status_code == 303
    assert "There is no such key holder." in shown(ada.page("/backups"))


def test_what_is_red_stands_where_an_administrators_day_begins_and_is_gone_when_it_is_done(
    safe: Safe, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = [0]
    monkeypatch.setattr("server.services.clock.now_ms", lambda: time.time_ns() // 1_000_000 + ahead[0])
    safe.office.user("liu", "leader")
    ada = Person(safe.office.app, "ada")
    safe.run()
    for page in ("/", "/customers"):
        assert 'class="alarm"' not in ada.page(page) and "The backup needs you" not in ada.page(page)

    ahead[0] = 9 * 24 * 3600 * 1000
    for login, is_called, sees_it in (("ada", True, True), ("liu", False, True), ("li", False, False)):
        person = Person(safe.office.app, login)
        for page in ("/", "/today"):
            shown_there = person.page(page)
            assert ("The backup needs you" in shown_there) is is_called, page
            assert ('class="alarm"' in shown_there) is sees_it, page
        assert ("older than 8 days" in person.page("/customers")) is sees_it
    safe.run()
    ada = Person(safe.office.app, "ada")
    safe.seal()
    ada.page("/backups")
    assert 'class="alarm"' not in ada.page("/customers")


def test_a_failed_run_is_red_on_every_page(safe: Safe, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = Person(safe.office.app, "ada")
    safe.run()
    ada.page("/backups")
    with monkeypatch.context() as broken:
        broken.setattr("server.services.backup.memory.store", lambda: FolderArchives(Path("/proc/nowhere")))
        with pytest.raises(runs.BackupFailed):
            safe.run()
    monkeypatch.setattr("server.services.backup.alarm.GOOD_FOR_MS", 0)

    assert "The last run failed." in shown(ada.page("/")) and 'class="alarm"' in ada.page("/customers")


def test_a_run_at_work_shows_how_far_it_is_and_one_that_fell_silent_has_failed(
    safe: Safe, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = Person(safe.office.app, "ada")
    safe.run()
    seen: list[str] = []
    real = checking.compare

    def look(*given: object) -> None:
        real(*given)  # type: ignore[arg-type]
        seen.append(shown(ada.page("/backups")))

    monkeypatch.setattr("server.services.backup.at_work.EVERY_S", 0.0)
    with monkeypatch.context() as watched:
        watched.setattr("server.services.backup.checking.compare", look)
        safe.run()
    assert "running" in seen[0] and "The stored bytes are restored and compared" in seen[0] and "Look again" in seen[0]
    page = shown(ada.page("/backups"))
    assert re.search(r"The next archive about \S+ kB · 0 new photos · about", page), page

    with safe.office.app.app_context(), writing() as connection:
        row = {"kind": "archive", "state": "running", "started_at": time.time_ns() // 1_000_000}
        connection.execute(sa.insert(backup_run).values(row))
    assert "running" in shown(ada.page("/backups"))
    monkeypatch.setattr("server.services.clock.now_ms", lambda: time.time_ns() // 1_000_000 + 16 * 60_000)
    page = shown(ada.page("/backups"))
    assert "The last run failed." in page and "was broken off" in page and "running" not in page
