"""Runs and restores that are killed with `kill -9`: the next one works, says what it does, and nothing half is ever served (T5, T16)."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pyotp
import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from roundbook import recovery as restoring
from roundbook.cli import main
from server.app import create_app
from server.config import Config
from server.services.backup import status
from server.services.people import second_factor
from server.storage import people_tables, tables
from server.storage.database import db, reading
from tests.backup.conftest import Safe
from tests.backup.test_archive import NOT_COMPARED
from tests.postgres import Postgres

ROOT = Path(__file__).parents[2]


class Machine:
    """A shell on one machine."""

    def __init__(self, home: Path, store: Path, **more: str) -> None:
        self.home = home
        self.environment = {**os.environ, "ROUNDBOOK_HOME": str(home), "ROUNDBOOK_BACKUPS": str(store), **more}

    def type(self, *words: str, status: int = 0) -> str:
        found = self._run([sys.executable, "-m", "roundbook", *words])
        assert found.returncode == status, found.stdout + found.stderr
        return found.stdout + found.stderr

    def killed(self, point: str, *words: str, when: str = "before") -> None:
        found = self._run([sys.executable, "-m", "tests.backup.killed", point, when, *words])
        assert found.returncode == -signal.SIGKILL, f"{point} was not reached: {found.stdout}{found.stderr}"

    def look(self, *words: str, status: int = 0) -> str:
        """The same in this process, where nobody is killed."""
        found = CliRunner().invoke(main, words, env=self.environment)
        assert found.exit_code == status, found.output
        return found.output

    def _run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, env=self.environment, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False
        )

    def tables(self) -> dict[str, tuple[int, str]]:
        app = create_app(Config.from_environment(self.environment))
        found = restoring.tables_of(app)
        with app.app_context():
            db.engine.dispose()
        return found


@pytest.fixture
def archived(safe: Safe) -> Safe:
    """A company with an archive, a segment behind it, photos in a pack."""
    import random

    from tests.drill.company import Company

    company = Company(safe.office, {})
    company.photos(3, 20_000, random.Random(1))
    safe.run()
    safe.office.customer("north", "After the archive")
    safe.seal()
    return safe


IN_A_RESTORE = (
    "server.services.backup.identity:_write_whole:3",  # some keys are back
    "server.services.backup.recovery:load:1",  # all keys, nothing else
    "server.services.backup.loading:{target}.run:9",  # some tables
    "server.services.backup.recovery:replay:1",  # the archive, but not the segment
    "server.services.backup.recovery:forget_derived:1",  # the database as it was
    "server.services.backup.recovery:_note_pack:1",  # photos
    "server.services.restoring:after_restore:1",  # everything but the new epoch
)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_restore_that_was_killed_anywhere_is_never_served_and_is_begun_again(
    archived: Safe, tmp_path: Path, engine: str, request: pytest.FixtureRequest
) -> None:
    more = {}
    target, points = "SqliteTarget", IN_A_RESTORE
    if engine == "postgresql":
        more["DATABASE_URL"] = request.getfixturevalue("postgres").database("killed_restore")
        target, points = "PostgresTarget", tuple(IN_A_RESTORE[n] for n in (2, 5))
    fresh = Machine(tmp_path / "fresh", Path(archived.store.where), **more)
    words = ("backup", "restore", "--signed-by", archived.public, "--identity", str(archived.key_file("ann")))

    for point in points:
        fresh.killed(point.format(target=target), *words)
        assert "A restore was broken off here" in fresh.look("migrate", status=1), point
        assert not (fresh.home / "roundbook.db").exists()
    assert "A restore was broken off here" in fresh.type("serve", status=1)

    assert "is begun again, from the start" in fresh.type(*words)
    assert "nothing to do" in fresh.look("migrate"), "it is served now"
    before, after = restoring.tables_of(archived.office.app), fresh.tables()
    assert {n for n in before if before[n] != after[n]} <= NOT_COMPARED - {"blob"}


def test_a_restore_that_was_killed_when_all_was_done_is_done(archived: Safe, tmp_path: Path) -> None:
    fresh = Machine(tmp_path / "fresh", Path(archived.store.where))
    words = ("backup", "restore", "--signed-by", archived.public, "--identity", str(archived.key_file("ann")))

    fresh.killed("server.services.backup.unfinished:forget:1", *words)

    assert "nothing to do" in fresh.look("migrate")
    assert "is there" in fresh.type(*words, status=1)


def test_a_wrong_key_leaves_no_mark(archived: Safe, tmp_path: Path) -> None:
    stranger = tmp_path / "stranger.txt"
    subprocess.run(["age-keygen", "-o", stranger], check=True, capture_output=True)
    fresh = Machine(tmp_path / "fresh", Path(archived.store.where))

    said = fresh.type("backup", "restore", "--signed-by", archived.public, "--identity", str(stranger), status=1)

    assert "was sealed for others" in said
    assert [path.name for path in fresh.home.iterdir()] == []


IN_A_RUN = (
    ("server.storage.archives:_write_all:1", "before"),  # the archive, half sealed
    ("server.services.backup.packs:read_back:1", "before"),  # stored, not read back
    ("server.services.backup.checking:compare:1", "before"),  # restored, not compared
    ("server.services.backup.documents:append:2", "before"),  # compared, not signed; the first is the pack's
    ("server.services.backup.runs:_settle:1", "before"),  # signed, not written down
)


@pytest.mark.timeout(180)
def test_a_run_that_was_killed_anywhere_is_said_and_the_next_one_counts(safe: Safe, tmp_path: Path) -> None:
    import random

    from tests.drill.company import Company

    office = Machine(safe.office.home, Path(safe.store.where))
    Company(safe.office, {}).photos(3, 20_000, random.Random(1))

    for n, (point, when) in enumerate(IN_A_RUN):
        Company(safe.office, {}).photos(1, 20_000, random.Random(10 + n))
        office.killed(point, "backup", "run", when=when)
    assert "running" in office.look("backup", "list")
    assert "restored from its stored bytes and equal" in office.type("backup", "run")

    listed = office.look("backup", "list")
    assert listed.count("the run was broken off") == len(IN_A_RUN) and "running" not in listed
    assert list((safe.office.home / "scratch").iterdir()) == []
    assert json.loads(office.look("backup", "list", "--json"))["level"] == "waiting", "a drill is still to be done"
    said = office.look("backup", "verify")
    assert "WRONG" not in said
    fresh = Machine(tmp_path / "fresh", Path(safe.store.where))
    fresh.type("backup", "restore", "--signed-by", safe.public, "--identity", str(safe.key_file("bob")))
    before, after = safe_tables(safe), fresh.tables()
    assert {n for n in before if before[n] != after[n]} <= NOT_COMPARED - {"blob"}


def safe_tables(safe: Safe) -> dict[str, tuple[int, str]]:
    return restoring.tables_of(safe.office.app)


def test_one_run_at_a_time(safe: Safe) -> None:
    from server.services.backup import at_work, runs

    with safe.office.app.app_context(), at_work.alone(), pytest.raises(runs.BackupFailed, match="another run"):
        runs.run(throttled=False)


def test_the_hourly_photos_leave_it_to_a_run_that_is_at_work_and_the_weekly_one_waits_for_them(
    safe: Safe, monkeypatch: pytest.MonkeyPatch
) -> None:
    import random
    import threading
    import time

    from server.services.backup import at_work
    from tests.drill.company import Company
    from workers.jobs import backup as jobs

    monkeypatch.setattr("server.services.backup.runs.be_nice", lambda: None)
    safe.run()
    Company(safe.office, {}).photos(1, 9000, random.Random(1))
    packs = Path(safe.store.where) / "photos"
    began = threading.Event()

    def photos_go_on() -> None:
        with safe.office.app.app_context(), at_work.alone():
            began.set()
            time.sleep(0.7)

    other = threading.Thread(target=photos_go_on)
    other.start()
    began.wait(10)
    with safe.office.app.app_context():
        jobs.backup_photos("")
        assert not packs.exists(), "it is left to the other"
        jobs.backup_archive("")
    other.join()
    assert len(list(packs.glob("*.json"))) == 1
    with safe.office.app.app_context():
        assert status.status().archive.number == 2  # type: ignore[union-attr]


@pytest.mark.parametrize("safe", ["postgresql"], indirect=True)
def test_one_run_at_a_time_on_a_postgresql_of_two_machines(safe: Safe, postgres: Postgres) -> None:
    from server.services.backup import at_work, runs

    with safe.office.app.app_context():
        with at_work.alone():
            (safe.office.home / at_work.LOCK).unlink()  # the lock of this machine; the other machine has its own
            with pytest.raises(runs.BackupFailed, match="another run"):
                runs.run(throttled=False)
        safe.run()


IN_A_ROTATION = (
    ("database", "server.services.backup.rotating:_database:1", "before"),
    ("database", "server.services.backup.rotating:_database:1", "after"),
    ("objects", "server.storage.objects:FolderStore.put:2", "after"),
    ("objects", "pathlib:Path.rename:1", "after"),  # nothing lies under the name of the objects
    ("objects", "server.services.backup.rotating:_objects:1", "after"),
    ("factor", "server.services.people.second_factor:seal_anew:1", "after"),  # not committed
    ("factor", "server.services.backup.rotating:_next:2", "before"),  # committed; only the key has not its name
)


@pytest.mark.timeout(180)
def test_a_rotation_that_was_killed_anywhere_leaves_everything_readable(safe: Safe) -> None:
    import random

    from tests.drill.company import Company

    Company(safe.office, {}).photos(3, 20_000, random.Random(1))
    with safe.office.app.app_context():
        offered = second_factor.offer(safe.office.users["li"], "li", None)
        second_factor.confirm(safe.office.users["li"], offered.sealed, pyotp.TOTP(offered.secret).now())
        db.engine.dispose()
    office = Machine(safe.office.home, Path(safe.store.where))
    keys = safe.office.home / "keys"

    for name, point, when in IN_A_ROTATION:
        office.killed(point, "keys", "rotate", name, "--yes", when=when)
        assert (keys / f"{name}.key.next").exists(), point
        assert "nothing to do" in office.type("migrate"), point
        assert not list(keys.glob("*.next")), point
        app = create_app(Config.from_environment(office.environment))
        with app.app_context():
            with reading() as connection:
                places = list(connection.scalars(sa.select(tables.blob.c.object_key)))
                secret = connection.scalar(sa.select(people_tables.second_factor.c.secret))
            assert len([app.extensions["roundbook.objects"].read(key) for key in places]) == 3, point
            assert second_factor.offer(safe.office.users["li"], "li", secret).secret == offered.secret, point
            db.engine.dispose()
        shutil.rmtree(safe.office.home / "objects.before", ignore_errors=True)
