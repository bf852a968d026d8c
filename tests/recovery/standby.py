"""A standby of a test's PostgreSQL: copied from it, streaming from it, stopped and gone on with at will."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from tests.postgres import Postgres, _as_postgres, _free_port, _program, _wait


class Standby:
    """One that runs. It is killed with all its children at the end."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process

    def signal(self, which: signal.Signals) -> None:
        """Tell all its processes: each of its children leads a group of its own."""
        pid = self.process.pid
        for one in (pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())):
            with contextlib.suppress(ProcessLookupError):
                os.kill(one, which)


@contextlib.contextmanager
def following(server: Postgres) -> Iterator[Standby]:
    """A standby that streams from this server until the block ends."""
    with tempfile.TemporaryDirectory(prefix="roundbook-standby-", ignore_cleanup_errors=True) as folder:
        as_whom, at = _as_postgres(), urlsplit(server.url)
        if as_whom:
            os.chown(folder, as_whom["user"], as_whom["group"])
        data, port = Path(folder) / "data", _free_port()
        copy = [_program("pg_basebackup"), "-D", data, "-h", "127.0.0.1", "-p", str(at.port), "-U", "postgres"]
        subprocess.run(
            [*copy, "-R", "--checkpoint=fast", "--no-sync"], check=True, capture_output=True, cwd=folder, **as_whom
        )
        command = [_program("postgres"), "-D", data, "-k", folder, "-h", "127.0.0.1", "-p", str(port), "--fsync=off"]
        log = Path(folder) / "log"
        with log.open("wb") as out:
            process = subprocess.Popen(command, stdout=out, stderr=out, cwd=folder, **as_whom)
        standby = Standby(process)
        try:
            _wait(process, f"postgresql://postgres@127.0.0.1:{port}/", log)
            yield standby
        finally:
            standby.signal(signal.SIGCONT)
            standby.signal(signal.SIGKILL)
            process.wait(10)


def make_synchronous(server: Postgres, names: str) -> None:
    """Say which standbys a commit waits for: "*" for any, "" for none."""
    with psycopg.connect(f"{server.url}postgres", autocommit=True) as connection:
        connection.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{names}'".encode())
        connection.execute("SELECT pg_reload_conf()")
