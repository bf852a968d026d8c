"""A head office for the tests of the workers: a real database, a real Redis, real forked processes."""

from __future__ import annotations

import functools
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
import redis
from flask import Flask
from sqlalchemy import delete, select

from roundbook import embedded_redis
from server.app import create_app
from server.config import Config
from server.services import jobs
from server.services.bells import QUEUE_KEY
from server.storage import migrating
from server.storage.database import db, reading, writing
from server.storage.tables import blob, job, setting
from workers import service, start, worker
from workers.registry import JOBS, JobKind

LEASE_MS = 1500


class Office:
    """What a test of the workers needs."""

    def __init__(self, app: Flask, redis_url: str, folder: pathlib.Path) -> None:
        self.app = app
        self.redis_url = redis_url
        self.redis = redis.Redis.from_url(redis_url)
        self.folder = folder
        self.diary = folder / "diary"
        self.processes: list[int] = []

    def enqueue(self, name: str, argument: str = "", **options: Any) -> int:
        with writing() as connection:
            job_id = jobs.enqueue(connection, name, argument, **options)
        assert job_id is not None
        return job_id

    def row(self, job_id: int) -> Any:
        with reading() as connection:
            return connection.execute(select(job).where(job.c.id == job_id)).one()

    def rows(self, name: str) -> list[Any]:
        with reading() as connection:
            return list(connection.execute(select(job).where(job.c.name == name).order_by(job.c.due_at)))

    def bells(self) -> list[bytes]:
        return self.redis.lrange(QUEUE_KEY, 0, -1)

    def written(self) -> list[str]:
        """What the jobs of a test wrote, a line each."""
        return self.diary.read_text().splitlines() if self.diary.exists() else []

    def fork(self, work: Callable[[], None]) -> int:
        """Do something in a process of its own; returns its id."""
        db.engine.dispose()
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                os.setpgid(0, 0)
                log = os.open(self.folder / "processes.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
                os.dup2(log, 1)
                os.dup2(log, 2)
                sys.stdout = sys.stderr = os.fdopen(log, "w", buffering=1)
                start.log_to_stderr()
                work()
                status = 0
            except SystemExit as end:
                status = int(end.code or 0)
            except BaseException:
                sys.excepthook(*sys.exc_info())
            finally:
                os._exit(status)
        self.processes.append(pid)
        return pid

    def start_worker(self, *, burst: bool = False) -> int:
        return self.fork(lambda: service.work(self.redis_url, burst=burst))

    def work_all(self) -> None:
        """Let a worker do what waits, and end."""
        assert self.ended(self.start_worker(burst=True)) == 0

    def ended(self, pid: int, within_s: float = 15) -> int:
        """Wait for the end of a process; returns its exit status, or minus the signal that ended it."""
        until = time.monotonic() + within_s
        while time.monotonic() < until:
            found, status = os.waitpid(pid, os.WNOHANG)
            if found:
                self.processes.remove(pid)
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.02)
        raise AssertionError(f"process {pid} did not end within {within_s} s")

    def kill(self, pid: int) -> None:
        os.kill(pid, signal.SIGKILL)
        assert self.ended(pid) == -signal.SIGKILL

    def until(self, condition: Callable[[], Any], within_s: float = 15) -> None:
        """Wait for something to become true."""
        deadline = time.monotonic() + within_s
        while not condition():
            assert time.monotonic() < deadline, "it did not come true in time"
            time.sleep(0.03)

    def stop_all(self) -> None:
        for pid in list(self.processes):
            os.kill(pid, signal.SIGKILL)
            self.ended(pid)


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with embedded_redis.running(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A PostgreSQL server of this run's own, on a socket."""
    programs = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin")) or [
        pathlib.Path(shutil.which("initdb") or "/")
    ]
    initdb, server = programs[-1] / "initdb", programs[-1] / "postgres"
    if not server.exists():
        pytest.skip("PostgreSQL is not installed: sudo apt-get install -y postgresql")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="rbpg"))
    someone_else: dict[str, Any] = {}
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        shutil.chown(folder, "postgres")
        someone_else = {"user": "postgres", "group": "postgres", "extra_groups": []}
    options = ["-c", "listen_addresses=", "-c", "fsync=off", "-k", str(folder)]
    subprocess.run(
        [initdb, "-D", folder / "data", "-A", "trust", "-U", "postgres", "--locale=C.UTF-8", "-N"],
        check=True, capture_output=True, cwd=folder, **someone_else,
    )  # fmt: skip
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [server, "-D", folder / "data", *options], cwd=folder, stdout=log, stderr=log, **someone_else
        )
    url = f"postgresql://postgres@/postgres?host={folder}"
    try:
        for _ in range(200):
            try:
                psycopg.connect(url).close()
                break
            except psycopg.OperationalError:
                time.sleep(0.05)
        yield url
    finally:
        process.send_signal(signal.SIGINT)  # without waiting for clients to leave
        process.wait(timeout=10)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def apps(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, redis_url: str
) -> Callable[[str], Flask]:
    """The server's parts on one of the two databases, made when first asked for."""

    @functools.cache
    def make(database: str) -> Flask:
        home = tmp_path_factory.mktemp("home")
        environment = {"ROUNDBOOK_HOME": str(home), "REDIS_URL": redis_url}
        if database == "postgresql":
            environment["DATABASE_URL"] = request.getfixturevalue("postgresql_url")
        app = create_app(Config.from_environment(environment))
        with app.app_context():
            migrating.bring_up_to_date(home)
        return app

    return make


@pytest.fixture
def office(
    request: pytest.FixtureRequest,
    apps: Callable[[str], Flask],
    redis_url: str,
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Office]:
    """On SQLite, or on the database that a test names as the fixture's parameter."""
    app = apps(getattr(request, "param", "sqlite"))
    office = Office(app, redis_url, tmp_path)

    def write_down(argument: str) -> None:
        line, _, seconds = argument.partition(" for ")
        with office.diary.open("a") as diary:
            diary.write(f"{line}\n")
        time.sleep(float(seconds or 0))

    def fail(argument: str) -> None:
        write_down(argument)
        raise ValueError("the ink ran out")

    def kill_itself(argument: str) -> None:
        write_down(argument)
        os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setitem(JOBS, "write", JobKind(write_down))
    monkeypatch.setitem(JOBS, "write_briefly", JobKind(write_down, limit_s=1, attempts=1))
    monkeypatch.setitem(JOBS, "fail", JobKind(fail, attempts=3, first_wait_s=0))
    monkeypatch.setitem(JOBS, "kill_itself", JobKind(kill_itself, attempts=2, first_wait_s=0))
    monkeypatch.setattr(worker, "LEASE_MS", LEASE_MS)
    monkeypatch.setattr(worker, "RENEW_EVERY_S", 1)
    with app.app_context():
        office.redis.flushall()
        app.extensions.pop("roundbook.bells", None)
        with writing() as connection:
            for table in (job, setting, blob):
                connection.execute(delete(table))
        try:
            yield office
        finally:
            office.stop_all()
            office.redis.close()
