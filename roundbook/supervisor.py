"""Head office's processes, all of them or none: what the Procfile lists, and a Redis server where none is given."""

import contextlib
import http.client
import os
import pathlib
import shlex
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from types import FrameType
from typing import NoReturn

from honcho.environ import parse_procfile

from roundbook import embedded_redis
from roundbook.processes import Process, stop
from server.config import Config, ConfigError

PROCFILE = pathlib.Path(__file__).resolve().parent.parent / "Procfile"
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104
START_S = 60.0
STOP_S = 20.0


class NotStarted(Exception):
    """The processes cannot run here; the text says why and what to do."""


class Supervisor:
    """The running processes, their environment and their logs."""

    def __init__(self, environment: Mapping[str, str], home: pathlib.Path, address: tuple[str, int]) -> None:
        """Start nothing yet. `address`: where the web process listens."""
        self.environment = dict(environment)
        self.logs = home / "logs"
        self.address = address
        self.processes: list[Process] = []
        self._home = home
        self._redis: Process | None = None

    @property
    def url(self) -> str:
        """The console's address in a browser on this machine."""
        return f"http://{self.address[0]}:{self.address[1]}"

    def start(self, procfile: pathlib.Path = PROCFILE) -> None:
        """Start everything and wait until the web process is healthy. Raises: NotStarted, with all stopped again."""
        if is_taken(self.address):
            raise NotStarted(f"Somebody listens on port {self.address[1]} already: set ROUNDBOOK_BIND to another one.")
        self._home.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.logs.mkdir(exist_ok=True, mode=0o700)
        self.environment["PATH"] = os.pathsep.join(
            [str(pathlib.Path(sys.executable).parent), self.environment.get("PATH", os.defpath)]
        )
        self.environment["PYTHONUNBUFFERED"] = "1"
        try:
            if not self.environment.get("REDIS_URL"):
                self._redis, self.environment["REDIS_URL"] = embedded_redis.start(self._home / "redis")
            for name, command in parse_procfile(procfile.read_text(encoding="utf-8")).processes.items():
                log = self.logs / f"{name}.log"
                self.processes.append(Process(name, shlex.split(command), self.environment, log))
            self._wait_until_healthy()
        except embedded_redis.AlreadyRunning as problem:
            self.stop()
            raise NotStarted(str(problem)) from problem
        except BaseException:
            self.stop()
            raise

    def ended(self) -> Process | None:
        """The first process that has ended by itself, None while all run."""
        everything = [*self.processes, *([self._redis] if self._redis else [])]
        return next((process for process in everything if process.status() is not None), None)

    def stop(self) -> None:
        """Stop every process, the Redis server after those that use it."""
        try:
            stop(self.processes, STOP_S)
        finally:
            if self._redis:
                stop([self._redis], embedded_redis.STOP_S)

    def _wait_until_healthy(self) -> None:
        deadline = time.monotonic() + START_S
        while not is_healthy(self.address):
            if ended := self.ended():
                raise NotStarted(f"{ended.name} ended with status {ended.status()}:\n{ended.last_words()}")
            if time.monotonic() > deadline:
                raise NotStarted(f"The web process was not healthy after {START_S:.0f} s; see {self.logs}.")
            time.sleep(0.05)


@contextlib.contextmanager
def running(environment: Mapping[str, str], procfile: pathlib.Path = PROCFILE) -> Iterator[Supervisor]:
    """Head office up and healthy for as long as the block lasts; every process stopped when it ends, however it does.

    Call it from the main thread: it turns SIGTERM and SIGHUP into an ordinary exit, and the processes are tied to the
    life of the thread that started them.
    Args: environment: the processes' environment variables, complete; ROUNDBOOK_HOME says where data and logs are.
    Raises: NotStarted.
    """
    try:
        config = Config.from_environment(environment)
    except ConfigError as problem:
        raise NotStarted(str(problem)) from problem
    reachable = "127.0.0.1" if config.host in EVERYWHERE else config.host
    supervisor = Supervisor(environment, config.home, (reachable, config.port))
    with signals_as_exit():
        supervisor.start(procfile)
        try:
            yield supervisor
        finally:
            supervisor.stop()


@contextlib.contextmanager
def signals_as_exit() -> Iterator[None]:
    """Let SIGTERM and SIGHUP unwind the stack, as Ctrl-C does, so that what was started gets stopped."""
    assert threading.current_thread() is threading.main_thread(), "signals reach the main thread only"

    def leave(number: int, _frame: FrameType | None) -> NoReturn:
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def is_taken(address: tuple[str, int]) -> bool:
    """Whether somebody listens at this address."""
    with socket.socket() as connection:
        connection.settimeout(1)
        return connection.connect_ex(address) == 0


def free_address(host: str = "127.0.0.1") -> tuple[str, int]:
    """An address of this machine that nobody listens at now."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        found: int = probe.getsockname()[1]
    return host, found


def is_healthy(address: tuple[str, int]) -> bool:
    """Whether the web process answers /healthz with 200."""
    connection = http.client.HTTPConnection(*address, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
