"""A PostgreSQL of its own for a test session: made in a temporary folder, reached over loopback, stopped by its process."""

from __future__ import annotations

import contextlib
import glob
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

START_SECONDS = 60.0
SETTINGS = {"fsync": "off", "full_page_writes": "off", "max_connections": "60", "shared_buffers": "32MB"}


@dataclass(frozen=True, slots=True)
class Postgres:
    """A server that answers. `url`: without a database, ending in a slash."""

    url: str

    def database(self, name: str) -> str:
        """Make an empty database. Returns: its address."""
        with psycopg.connect(f"{self.url}postgres", autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0 ENCODING UTF8 LOCALE "C.UTF-8"'.encode())
        return f"{self.url}{name}"


def _program(name: str) -> str:
    """Debian keeps the programs of the server off the path."""
    found = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"), key=lambda path: int(path.split("/")[4]))
    return found[-1] if found else shutil.which(name) or name


def _as_postgres() -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    account = pwd.getpwnam("postgres")
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": [], "env": {**os.environ, "HOME": "/"}}


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextlib.contextmanager
def serving_postgres(**settings: str) -> Iterator[Postgres]:
    """A server for the time of the block; nothing of it is left behind. Args: settings: beside or instead of SETTINGS."""
    with tempfile.TemporaryDirectory(prefix="roundbook-postgres-", ignore_cleanup_errors=True) as folder:
        as_whom = _as_postgres()
        if as_whom:
            os.chown(folder, as_whom["user"], as_whom["group"])
        data, port = Path(folder) / "data", _free_port()
        make = [_program("initdb"), "--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8"]
        subprocess.run([*make, "--locale=C.UTF-8", "-D", data], check=True, capture_output=True, cwd=folder, **as_whom)
        options = [f"--{name.replace('_', '-')}={value}" for name, value in {**SETTINGS, **settings}.items()]
        command = [_program("postgres"), "-D", data, "-k", folder, "-h", "127.0.0.1", "-p", str(port), *options]
        with (Path(folder) / "log").open("wb") as log:
            server = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, **as_whom)
        try:
            url = f"postgresql://postgres@127.0.0.1:{port}/"
            _wait(server, url, Path(folder) / "log")
            yield Postgres(url)
        finally:
            server.send_signal(signal.SIGINT)  # fast shutdown: ends sessions
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait(5)


def _wait(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(f"{url}postgres", connect_timeout=2).close()
            return
        except psycopg.OperationalError as error:
            if server.poll() is not None or time.monotonic() > until:
                raise RuntimeError(log.read_text(errors="replace")) from error
            time.sleep(0.05)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server for the tests of a folder: its conftest imports it."""
    with serving_postgres() as found:
        yield found
