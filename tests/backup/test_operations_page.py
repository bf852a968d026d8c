"""The page for operators does what it says, word for word, where there is no Roundbook (T16)."""

from __future__ import annotations

import os
import random
import re
import shutil
import sqlite3
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import sqlalchemy as sa

from server.services.backup import drills, packs
from server.services.backup.onetime import one_time_key
from server.services.backup.sealing import Throttle
from server.storage.database import reading as server_reading
from sync_protocol import signing
from tests.backup.conftest import Safe
from tests.backup.test_segments import enrol, work
from tests.device.builders import sync
from tests.drill.company import Company
from tests.postgres import Postgres

PAGE = Path(__file__).parents[2] / "docs" / "operations" / "backup.md"
TOOLS = [
    "age",
    "tar",
    "sha256sum",
    "openssl",
    "sqlite3",
    "psql",
    "createdb",
    "sed",
    "tr",
    "cat",
    "head",
    "tail",
    "ls",
    "mkdir",
    "basename",
    "cut",
    "printf",
    "echo",
    "sh",
]


def blocks(engine: str) -> list[tuple[str, str]]:
    """The commands of «By hand, without Roundbook», for one engine: (kind, text)."""
    section = PAGE.read_text().partition("## By hand, without Roundbook")[2].partition("\n## ")[0]
    found = re.findall(r"^```sh ?(\S*)\n(.*?)^```$", section, re.M | re.S)
    return [(kind, text) for kind, text in found if kind in ("", "fill-in", engine)]


def sandbox(folder: Path) -> Path:
    """A path with the tools that the page names, and nothing else."""
    bin_folder = folder / "bin"
    if bin_folder.exists():
        return bin_folder
    bin_folder.mkdir()
    for tool in TOOLS:
        place = shutil.which(tool)
        assert place, f"{tool} is not installed"
        (bin_folder / tool).symlink_to(place)
    return bin_folder


def follow_the_page(
    safe: Safe, folder: Path, engine: str, environment: dict[str, str], signed_by: str | None = None, key: str = "bob"
) -> str:
    """Run the blocks in order, in one shell. Returns: what it printed."""
    values = {"STORE": safe.store.where, "KEY": str(safe.key_file(key)), "SIGNED_BY": signed_by or safe.public}
    script = []
    for kind, text in blocks(engine):
        if kind == "fill-in":
            names = re.findall(r"^(\w+)=", text, re.M)
            assert set(names) == set(values), "the page asks for what the test knows"
            text = "".join(f"{name}='{values[name]}'\n" for name in names)
        script.append(text)
    path = {"PATH": str(sandbox(folder)), "HOME": str(folder), **environment}
    done = subprocess.run(
        [shutil.which("sh") or "sh", "-c", "".join(script)], cwd=folder, env=path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


@pytest.fixture
def a_day(served: Safe, tmp_path: Path) -> Safe:
    """An archive, then work with photos, then a segment, and a run that broke off and left its file."""
    office = served.office
    shop = office.customer("north", "Corner Shop")
    li = enrol(office, tmp_path, "li")
    work(li, shop, 1)
    sync(li)
    served.run()
    work(li, shop, 2)
    sync(li)
    with office.app.app_context(), one_time_key() as key:
        packs.pack_missing(served.store, key, Throttle())
    served.seal()
    served.store.put_new("archives/00000002-deadbeef.tar.age", [b"a run that broke off"])
    return served


def live(safe: Safe, query: str) -> list[tuple]:
    with safe.office.app.app_context(), server_reading() as connection:
        return [tuple(row) for row in connection.execute(sa.text(query))]


QUESTIONS = (
    "SELECT id, book_id, type, rev, ver, pos, removed, fields FROM record ORDER BY id",
    "SELECT book_id, pos, hash FROM log ORDER BY book_id, pos",
    "SELECT id, store_name, contact_person FROM t_customer ORDER BY id",
    "SELECT id, state, verdict FROM change_set ORDER BY id",
    "SELECT sha256 FROM blob ORDER BY sha256",
)


def test_the_page_restores_a_company_into_sqlite(a_day: Safe, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()

    another = signing.public_text(signing.new_private_key(bytes(range(32))))
    with pytest.raises(AssertionError):
        follow_the_page(a_day, folder, "sqlite", {}, signed_by=another)
    assert not (folder / "company" / "README.txt").exists(), "what another key signed is not even opened"

    told = follow_the_page(a_day, folder, "sqlite", {})

    with sqlite3.connect(folder / "company" / "company.db") as restored:
        for question in QUESTIONS:
            assert restored.execute(question).fetchall() == live(a_day, question), question
        assert restored.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert told.startswith("Roundbook: an archive of")
    photos = {path.name.partition(".")[0] for path in (folder / "company" / "photos").iterdir()}
    assert photos == {row[0] for row in live(a_day, QUESTIONS[-1])} and len(photos) == 2
    keys = folder / "company" / "server-identity" / "keys"
    for path in (a_day.office.home / "keys").glob("*.key"):
        assert (keys / path.name).read_bytes() == path.read_bytes()
    with a_day.office.app.app_context():
        code = (folder / "company" / "drill-code.txt").read_text()
        assert drills.record(code, a_day.office.users["ada"]) == 1
        with pytest.raises(drills.NoDrill, match="already"):
            drills.record(code, a_day.office.users["ada"])
        with pytest.raises(drills.NoDrill, match="No archive"):
            drills.record("abcdef-abcdef-abcdef-abcdef", a_day.office.users["ada"])


def test_the_page_restores_a_company_into_postgresql(a_day: Safe, tmp_path: Path, postgres: Postgres) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    parts = urlsplit(postgres.url)
    place = {"PGHOST": str(parts.hostname), "PGPORT": str(parts.port), "PGUSER": str(parts.username)}
    with psycopg.connect(f"{postgres.url}postgres", autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS company")

    told = follow_the_page(a_day, folder, "postgresql", place)

    with psycopg.connect(f"{postgres.url}company") as restored:
        for question in QUESTIONS:
            found = [tuple(row) for row in restored.execute(question.encode()).fetchall()]
            assert [tuple(map(_plain, row)) for row in found] == [
                tuple(map(_plain, row)) for row in live(a_day, question)
            ], question
        restored.execute("INSERT INTO job (name, due_at, created_at) VALUES ('x', 1, 1)")
    assert "|" not in told.partition("Instants are")[2], "no table holds another number of rows"
    (data,) = Path(a_day.store.where).glob("archives/00000001-*.tar.age")
    raw = bytearray(data.read_bytes())
    raw[len(raw) // 2] ^= 1
    os.chmod(data, 0o600)
    data.write_bytes(raw)
    with pytest.raises(AssertionError, match="FAILED|did NOT match"):
        follow_the_page(a_day, folder, "postgresql", place)


def test_by_hand_as_well_a_missing_or_repeated_segment_is_noticed(safe: Safe, tmp_path: Path) -> None:
    safe.run()
    for name in ("One", "Two", "Three"):
        safe.office.customer("north", name)
        assert safe.seal()
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    follow_the_page(safe, folder, "sqlite", {})
    with sqlite3.connect(folder / "company" / "company.db") as restored:
        assert restored.execute(QUESTIONS[2]).fetchall() == live(safe, QUESTIONS[2])
    statements = sorted((Path(safe.store.where) / "segments").glob("*.json"))
    second = statements[1].read_bytes()

    for damage in ("gone", "another in its place"):
        statements[1].unlink()
        if damage != "gone":
            statements[1].write_bytes(statements[0].read_bytes())
        shutil.rmtree(folder / "company")
        with pytest.raises(AssertionError, match=r"a segment is missing before 0000000[23]"):
            follow_the_page(safe, folder, "sqlite", {})
        statements[1].unlink(missing_ok=True)
        statements[1].write_bytes(second)


def test_a_key_holder_who_came_later_follows_the_page_to_its_end(safe: Safe, tmp_path: Path) -> None:
    company, chance = Company(safe.office, {}), random.Random(1)
    company.photos(2, 20_000, chance)
    safe.run()
    safe.enrol("eve")
    company.photos(1, 20_000, chance)
    safe.run()
    company.photos(1, 20_000, chance)
    company.pack()
    assert len(list(Path(safe.store.where).glob("photos/*.json"))) == 3, "the first is sealed for the others alone"
    folder = tmp_path / "elsewhere"
    folder.mkdir()

    follow_the_page(safe, folder, "sqlite", {}, key="eve")

    photos = {path.name.partition(".")[0] for path in (folder / "company" / "photos").iterdir()}
    assert photos == {row[0] for row in live(safe, QUESTIONS[-1])} and len(photos) == 4
    assert (folder / "company" / "server-identity" / "keys" / "sign.key").exists()


def _plain(value: object) -> object:
    return int(value) if isinstance(value, bool) else value
