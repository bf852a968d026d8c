"""Messages under kills: workers and schedulers killed, Redis restarted and emptied, a gateway that misbehaves.

`python -m benchmarks.messages.soak` takes the full counts; its last line is one JSON object. What counts is what the
gateway's own ledger says, held against the outbox.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import redis
import sqlalchemy as sa
import waitress.server

from benchmarks.messages import same_reminders, years
from benchmarks.messages.gateway import TAKES
from roundbook import embedded_redis
from roundbook.supervisor import free_address
from server.app import create_app
from server.config import Config
from server.services import jobs, users
from server.services.bells import Bells, bell_text, connect
from server.services.clock import now_ms
from server.services.messaging import limits, outbox
from server.services.messaging.outbox import New
from server.services.prepare import prepare
from server.storage.database import reading, writing
from server.storage.message_tables import message_out

FINAL = ("sent", "delivered", "failed", "unknown")
REACHED = ("sent", "delivered")


@dataclass
class Plan:
    """How much of what. `seconds`: over which the faults are spread."""

    messages: int = 2000
    kills: int = 150
    restarts: int = 30
    flushes: int = 10
    seconds: float = 600.0
    quick: bool = False
    seed: int = 1
    workers: int = 3


@dataclass
class Watch:
    """How long work that waited had neither a bell nor a worker, while there was a Redis to ring in."""

    slowest_s: float = 0.0
    since: dict[int, float] = field(default_factory=dict)

    def look(self, client: redis.Redis) -> None:
        with reading() as connection:
            waiting = {job_id: bell_text(name, job_id) for name, job_id in jobs.waiting(connection, now_ms())}
        try:
            rung = {entry.decode() for entry in client.lrange("rq:queue:roundbook", 0, -1)}
        except redis.RedisError:
            self.since.clear()  # nobody can ring
            return
        unheard = {job_id for job_id, text in waiting.items() if text not in rung}
        now = time.monotonic()
        self.since = {job_id: self.since.get(job_id, now) for job_id in unheard}
        self.slowest_s = max([self.slowest_s, *(now - began for began in self.since.values())])


class Soak:
    """One run in a folder of its own."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.plan, self.folder, self.chance = plan, folder, random.Random(plan.seed)
        self.done: Counter[str] = Counter()
        self.at_kill: Counter[str] = Counter()
        self.watch = Watch()

    def run(self) -> dict[str, object]:
        """Do it all. Returns: the figures."""
        gateway, server = free_address()[1], free_address()[1]
        self.ledger = self.folder / "ledger"
        os.environ.update(
            ROUNDBOOK_HOME=str(self.folder / "home"), ROUNDBOOK_SMS="kannel", ROUNDBOOK_SMS_USER="a", ROUNDBOOK_SMS_PASSWORD="b",
            ROUNDBOOK_SMS_URL=f"http://127.0.0.1:{gateway}/sendsms", ROUNDBOOK_SMS_PER_SECOND="200",
            ROUNDBOOK_URL=f"http://127.0.0.1:{server}", ROUNDBOOK_BIND=f"127.0.0.1:{server}",
        )  # fmt: skip
        os.environ.pop("DATABASE_URL", None)
        self.redis_process, url = embedded_redis.start(self.folder / "r")
        os.environ["REDIS_URL"] = self.redis_url = url
        app = create_app(Config.from_environment())
        with app.app_context():
            prepare()
            with writing() as connection:
                limits.save(connection, limits.Limits(quiet_from="00:00", quiet_until="00:00", per_day=50))
            with self.served(app, server), self.helpers(gateway):
                began = time.monotonic()
                self.storm()
                self.calm()
                return self.figures(time.monotonic() - began)

    @contextlib.contextmanager
    def served(self, app: object, port: int) -> Iterator[None]:
        """The web process, where the gateway's reports go."""
        web = waitress.server.create_server(app, host="127.0.0.1", port=port, threads=4)
        threading.Thread(target=web.run, daemon=True).start()
        try:
            yield
        finally:
            web.close()

    @contextlib.contextmanager
    def helpers(self, gateway: int) -> Iterator[None]:
        """Gateway and nursery."""
        silence_s = "2" if self.plan.quick else "25"
        commands = [
            ["benchmarks.messages.gateway", str(gateway), str(self.ledger), str(self.plan.seed), silence_s],
            ["benchmarks.messages.nursery", str(self.folder), self.redis_url, str(self.plan.workers), "quick" if self.plan.quick else "real"],
        ]  # fmt: skip
        processes = [subprocess.Popen([sys.executable, "-m", *command]) for command in commands]
        try:
            yield
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait(timeout=10)
            self.redis_process.end()

    def storm(self) -> None:
        """Queue messages and break things, in random order, spread over the time."""
        plan = self.plan
        batches = [min(20, plan.messages - start) for start in range(0, plan.messages, 20)]
        events = [("queue", n) for n in batches] + [("kill", 0)] * plan.kills
        events += [("restart", 0)] * plan.restarts + [("flush", 0)] * plan.flushes
        self.chance.shuffle(events)
        began = time.monotonic()
        for number, (what, size) in enumerate(events):
            while time.monotonic() < began + plan.seconds * number / len(events):
                self.look()
            self.happen(what, size)
            if number % 25 == 0:
                print(f"{time.monotonic() - began:.0f} s {dict(self.done)}", file=sys.stderr, flush=True)

    def look(self) -> None:
        client = redis.Redis.from_url(self.redis_url, socket_timeout=1)
        self.watch.look(client)
        client.close()
        time.sleep(0.1)

    def happen(self, what: str, size: int) -> None:
        if what == "queue":
            self.queue(size)
        elif what == "kill":
            self.kill()
        elif what == "restart":
            self.redis_process.end()
            time.sleep(self.chance.random())
            self.redis_process, _ = embedded_redis.start(self.folder / "r")
        else:
            with contextlib.suppress(redis.RedisError):
                redis.Redis.from_url(self.redis_url).flushall()
        if what != "queue":
            self.done[what] += 1

    def queue(self, size: int) -> None:
        from flask import current_app

        current_app.extensions["roundbook.bells"] = Bells(connect(self.redis_url))
        with writing() as connection:
            for _ in range(size):
                self.done["messages"] += 1
                phone = f"1390{self.done['messages']:07d}"
                outbox.queue(connection, New(author=users.SYSTEM, phone=phone, text=f"Number {self.done['messages']}"))

    def kill(self) -> None:
        """SIGKILL for a worker, for the child that does its job, or for a scheduler; in the midst of whatever it does."""
        patience = time.monotonic() + 3
        role = self.chance.choices(("worker", "child", "scheduler"), (6, 3, 1))[0]
        while True:
            with contextlib.suppress(OSError, ValueError, IndexError, ProcessLookupError):
                roles = json.loads((self.folder / "pids.json").read_text())
                pid = int(
                    self.chance.choice([p for p, name in roles.items() if name == role.replace("child", "worker")])
                )
                children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
                if not children and role != "scheduler" and time.monotonic() < patience:
                    continue  # most kills meet somebody at work
                victim = int(children[0]) if role == "child" and children else pid
                os.kill(victim, signal.SIGKILL)
                self.at_kill[f"{role}, {'at work' if children else 'idle'}"] += 1
                return
            time.sleep(0.05)

    def calm(self) -> None:
        """Nothing breaks any more: whatever waits must come to an end."""
        deadline = time.monotonic() + (90 if self.plan.quick else 400)
        while self.open() and time.monotonic() < deadline:
            self.look()
        time.sleep(2)

    def open(self) -> int:
        with reading() as connection:
            query = sa.select(sa.func.count()).where(message_out.c.state.not_in(FINAL))
            return connection.scalar(query) or 0

    def figures(self, took_s: float) -> dict[str, object]:
        """The outbox held against the ledger."""
        calls = [json.loads(line) for line in self.ledger.read_text().splitlines()]
        taken = Counter(call["message"] for call in calls if call["taken"])
        with reading() as connection:
            rows = connection.execute(sa.select(message_out.c.id, message_out.c.state)).all()
        states = {row.id: row.state for row in rows}
        lost = [m for m, state in states.items() if state not in FINAL or (state in REACHED and not taken[m])]
        vanished = [m for m in taken if m not in states]
        done = self.done
        return {
            "messages": len(states), "kills": done["kill"], "restarts": done["restart"], "flushes": done["flush"],
            "lost": len(lost) + len(vanished) + done["messages"] - len(states),
            "doubled": sum(number > 1 for number in taken.values()),
            "resent_unknown": resent_unknown(calls),
            "slowest_rering_s": round(self.watch.slowest_s, 1),
            "states": dict(Counter(states.values())), "calls": len(calls), "killed": dict(self.at_kill),
            "manners": dict(Counter(call["manner"] for call in calls)), "seconds": round(took_s), "seed": self.plan.seed,
        }  # fmt: skip


def resent_unknown(calls: list[dict[str, object]]) -> int:
    """Messages that were handed over again after a call that may have carried them."""
    seen: set[object] = set()
    again: set[object] = set()
    for call in calls:
        if call["message"] in seen:
            again.add(call["message"])
        if call["manner"] in TAKES:
            seen.add(call["message"])
    return len(again)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    defaults = Plan()
    for name in ("messages", "kills", "restarts", "flushes", "seed", "workers"):
        parser.add_argument(f"--{name}", type=int, default=getattr(defaults, name))
    parser.add_argument("--seconds", type=float, default=defaults.seconds)
    parser.add_argument("--quick", action="store_true", help="short leases, for a small soak")
    plan = Plan(**vars(parser.parse_args()))
    with tempfile.TemporaryDirectory(prefix="rbsoak") as folder:
        found = Soak(plan, Path(folder)).run()
    more = {} if plan.quick else beside()
    print(json.dumps({**found, **more}))
    bad = any(found[name] for name in ("lost", "doubled", "resent_unknown"))
    bad = bad or any(figures[name] for figures in more.values() for name in ("wrong", "different") if name in figures)
    return int(bad or float(str(found["slowest_rering_s"])) > 60)


def beside() -> dict[str, dict[str, int]]:
    """What belongs to the soak and needs no storm: years of schedulers, and the reminders of both sides."""
    with tempfile.TemporaryDirectory(prefix="rbsoak") as folder:
        reminded = same_reminders.compare_anew(Path(folder), customers=2000, days=5)
    return {"scheduler": years.simulate(500), "reminders": reminded}


if __name__ == "__main__":
    raise SystemExit(main())
