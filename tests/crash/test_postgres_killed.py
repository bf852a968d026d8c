"""PostgreSQL is killed with all its children while devices push: what was acknowledged is there, once (P1, R8, T6).

`ROUNDBOOK_POSTGRES_KILLS=60 pytest tests/crash/test_postgres_killed.py` for longer.
"""

from __future__ import annotations

import itertools
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from server.services import clock, hand_overs, moves, users
from server.storage.database import db, reading
from server.storage.tables import change_set, log, record
from tests.crash.killable_postgres import KillablePostgres, killable_postgres
from tests.head_office import HeadOffice, serving
from tests.seats.checks import faults_of
from tests.seats.phone import Phone

KILLS = int(os.environ.get("ROUNDBOOK_POSTGRES_KILLS", "3"))
PHONES = 4
BACK_WITHIN_S = 30.0


@pytest.fixture
def database() -> Iterator[KillablePostgres]:
    with killable_postgres() as found:
        yield found


class Worker(threading.Thread):
    """A device that saves visits and syncs, whatever answers, until it is told to stop."""

    def __init__(self, office: HeadOffice, login: str, book: str, customers: list[str], seed: int) -> None:
        super().__init__(daemon=True)
        self.phone = Phone(office.invitation(login))
        assert self.phone.enrol().status == 200
        self.phone.sync()
        self.book, self.customers, self.chance = book, customers, random.Random(seed)
        self.stopping, self.statuses = threading.Event(), Counter[int]()
        self.visits: dict[str, str] = {}
        self.acknowledged: dict[str, dict[str, Any]] = {}
        self.fault: BaseException | None = None

    def run(self) -> None:
        try:
            while not self.stopping.is_set():
                self._work()
        except BaseException as error:  # told to the test by the main thread
            self.fault = error

    def _work(self) -> None:
        for _ in range(self.chance.randint(1, 3)):
            visit, change = self.phone.visit(self.chance.choice(self.customers), self.book)
            self.visits[self.phone.save(self.book, change)] = visit
        answer = self.phone.round_trip()
        self.statuses[answer.status] += 1
        for made, verdict in self.phone.verdicts.items():
            self.acknowledged.setdefault(made, verdict)
        if answer.status != 200:
            time.sleep(0.05)

    def finish(self) -> None:
        """Sync until nothing is unanswered; with many kills there is much of it, and it has to become less all the time."""
        until, left = time.monotonic() + BACK_WITHIN_S, len(self.phone.outbox)
        while self.phone.round_trip().status != 200 or self.phone.outbox:
            if len(self.phone.outbox) < left:
                until, left = time.monotonic() + BACK_WITHIN_S, len(self.phone.outbox)
            assert time.monotonic() < until, "the outbox does not drain"


def _disturb(office: HeadOffice, customers: list[str], books: list[str], stopping: threading.Event) -> None:
    """Moves and hand-overs between the pushes; what a kill interrupts is tried again by nobody."""
    for n in itertools.count():
        if stopping.wait(0.15):
            return
        try:
            with office.app.app_context():
                moves.move_customers([customers[n % len(customers)]], books[n % 2], users.SYSTEM)
                hand_overs.hand_over(books[n % 2], "licensing", office.users[f"p{n % PHONES}"], users.SYSTEM)
        except Exception:
            continue


@pytest.mark.timeout(60 + 20 * KILLS)
def test_p1_nothing_acknowledged_is_lost_or_doubled_when_postgresql_is_killed_with_all_its_children(
    database: KillablePostgres, tmp_path: Path
) -> None:
    chance = random.Random(20261122)
    with serving(tmp_path / "office", DATABASE_URL=database.database("office")) as office:
        for n in range(PHONES):
            office.user(f"p{n}")
        books = [office.book(f"b{n}", maintainer=f"p{n}") for n in range(PHONES)]
        shops = [[office.customer(f"b{n}", f"Shop {n}.{m}") for m in range(3)] for n in range(PHONES)]
        workers = [Worker(office, f"p{n}", books[n], shops[n], n) for n in range(PHONES)]
        stopping = threading.Event()
        moving = [office.customer("b0", f"Moves {n}") for n in range(3)]
        disturber = threading.Thread(target=_disturb, args=(office, moving, books, stopping), daemon=True)
        for worker in workers:
            worker.start()
        disturber.start()

        for _ in range(KILLS):
            time.sleep(chance.uniform(0.3, 1.2))
            database.kill()
            time.sleep(chance.uniform(0.0, 0.3))
            database.start()
        time.sleep(0.5)
        stopping.set()
        disturber.join(20)
        for worker in workers:
            worker.stopping.set()
            worker.join(40)
        for worker in workers:
            assert worker.fault is None, worker.fault
            worker.finish()

        _check(office, workers)
        statuses: Counter[int] = sum((worker.statuses for worker in workers), Counter())
        assert set(statuses) <= {200, 503}, "a database that is gone is no fault of anybody's set"
        assert statuses[503] >= KILLS // 2, "the kills hit nobody: the test proves nothing"
        with office.app.app_context():
            db.engine.dispose()


def _check(office: HeadOffice, workers: list[Worker]) -> None:
    with office.app.app_context():
        assert faults_of() == []
        with reading() as connection:
            states = {row.id: row for row in connection.execute(sa.select(change_set))}
            entries = Counter(connection.scalars(sa.select(log.c.set_id)))
            there = set(connection.scalars(sa.select(record.c.id).where(record.c.type == "visit")))
            last = connection.scalar(sa.select(sa.func.max(log.c.at)))
    assert last is not None and last <= clock.now_ms()
    count = 0
    for worker in workers:
        for made, visit in worker.visits.items():
            assert states[made].state == "applied" == worker.phone.verdict(made)["state"]
            assert entries[made] == 1, "one change, one position"
            assert visit in there
        for made, verdict in worker.acknowledged.items():
            now = worker.phone.verdict(made)
            assert (now["state"], now["at"], now["receipt"]) == (verdict["state"], verdict["at"], verdict["receipt"])
            count += 1
    assert len(there) == sum(len(worker.visits) for worker in workers)
    assert count > 5 * KILLS, "hardly anything was acknowledged: the test proves nothing"
