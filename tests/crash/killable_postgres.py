"""A PostgreSQL that writes for real, and that is killed with all its children and started again on the same data."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from tests.postgres import _as_postgres, _free_port, _program, _wait

SETTINGS = {"fsync": "on", "synchronous-commit": "on", "max-connections": "60", "shared-buffers": "32MB"}


class KillablePostgres:
    """One server on one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port, self.kills = folder, _free_port(), 0
        self.url = f"postgresql://postgres@127.0.0.1:{self.port}/"
        self._as_whom = _as_postgres()
        if self._as_whom:
            os.chown(folder, self._as_whom["user"], self._as_whom["group"])
        make = [_program("initdb"), "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8"]
        subprocess.run([*make, "-D", folder / "data"], check=True, capture_output=True, cwd=folder, **self._as_whom)
        self._server: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start it; returns when it answers."""
        options = [f"--{name}={value}" for name, value in SETTINGS.items()]
        where = ["-D", self.folder / "data", "-k", self.folder, "-h", "127.0.0.1", "-p", str(self.port)]
        with (self.folder / "log").open("ab") as log:
            command = [_program("postgres"), *where, *options]
            self._server = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder, **self._as_whom)
        _wait(self._server, self.url, self.folder / "log")

    def kill(self) -> None:
        """SIGKILL to the postmaster and every process that it started, the writer of its log included."""
        assert self._server is not None
        self._server.send_signal(signal.SIGSTOP)  # so that it starts none meanwhile
        for child in _children(self._server.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        self._server.kill()
        self._server.wait(10)
        self._server = None
        self.kills += 1

    def database(self, name: str) -> str:
        """Make an empty database. Returns: its address."""
        with psycopg.connect(f"{self.url}postgres", autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0 ENCODING UTF8 LOCALE "C.UTF-8"'.encode())
        return f"{self.url}{name}"

    def stop(self) -> None:
        """End it."""
        if self._server is not None:
            self._server.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._server.wait(20)
                return
            self.kill()


def _children(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError):
                stat = (entry / "stat").read_text()
                if int(stat.rpartition(")")[2].split()[1]) == parent:
                    found.append(int(entry.name))
    return found


@contextlib.contextmanager
def killable_postgres() -> Iterator[KillablePostgres]:
    """For the time of the block; nothing of it is left behind."""
    with TemporaryDirectory(prefix="roundbook-killed-", ignore_cleanup_errors=True) as folder:
        server = KillablePostgres(Path(folder))
        try:
            yield server
        finally:
            server.stop()
            time.sleep(0.1)
