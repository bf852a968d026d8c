"""Keeps worker and scheduler processes alive, and says which they are, so that somebody else can kill them.

Forked from one process that has imported everything: a new worker is there in a tenth of a second.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from flask import Flask

from server.app import create_app
from server.config import Config
from server.services.messaging import outbox, sending
from server.storage.database import db
from workers import schedule, service, start, worker


def keep(folder: Path, redis_url: str, workers: int, quick: bool) -> None:
    """Run until told to stop (SIGTERM). Args: quick: leases, sweeps and calls in seconds, for the small soak."""
    if quick:
        worker.LEASE_MS, worker.RENEW_EVERY_S, schedule.SWEEP_EVERY_S = 2000, 1, 1.0
        sending.SENDING_MS, outbox.FIRST_WAIT_MS = 6000, 1000
    app = create_app(Config.from_environment())
    log = os.open(folder / "workers.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    roles: dict[int, str] = {}
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    wanted = ["worker"] * workers + ["scheduler"] * 2
    while not stopping.is_set():
        reap(roles)
        for role in set(wanted):
            while list(roles.values()).count(role) < wanted.count(role):
                roles[fork(app, role_of(role, redis_url), log)] = role
        write(folder / "pids.json", roles)
        stopping.wait(0.05)
    for pid in roles:
        os.kill(pid, signal.SIGKILL)


def role_of(role: str, redis_url: str) -> Callable[[], None]:
    """What a process of this role does."""
    if role == "worker":
        return lambda: service.work(redis_url)
    return lambda: schedule.run(schedule.schedule("UTC"), threading.Event())


def fork(app: Flask, work: Callable[[], None], log: int) -> int:
    """Do it in a process of its own; returns its id."""
    with app.app_context():
        db.engine.dispose()
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        worker.die_with_parent(os.getppid())
        os.dup2(log, 1)
        os.dup2(log, 2)
        sys.stdout = sys.stderr = os.fdopen(log, "w", buffering=1)
        start.log_to_stderr()
        with app.app_context():
            work()
        status = 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(status)


def reap(roles: dict[int, str]) -> None:
    """Take note of those who ended."""
    for pid in list(roles):
        if os.waitpid(pid, os.WNOHANG)[0]:
            del roles[pid]


def write(path: Path, roles: dict[int, str]) -> None:
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps({str(pid): role for pid, role in roles.items()}))
    draft.replace(path)


if __name__ == "__main__":
    time.tzset()
    keep(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4] == "quick")
