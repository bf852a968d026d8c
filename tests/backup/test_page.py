"""The console's page Backups: how it stands, a file for a key holder, the word in it, a drill, an archive on demand."""

from __future__ import annotations

import re

import sqlalchemy as sa

from server.services.backup import holders
from server.services.backup.sealing import open_sealed
from server.storage import tables
from server.storage.database import reading
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
