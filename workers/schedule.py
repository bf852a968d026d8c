"""The scheduler process: puts what comes again and again on the queue, and rings for every job that waits.

It keeps nothing in mind that counts: what was scheduled is in the database, so it may be killed, started late, or run
twice at the same time.
"""

from __future__ import annotations

import dataclasses
import logging
import threading

from redis import RedisError
from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError

from server.services import jobs
from server.services.bells import bell_text, bells
from server.services.clock import now_ms
from server.storage.database import reading, writing
from server.storage.tables import setting
from workers import standing
from workers.periods import AtLocalTime, Every, Period
from workers.registry import JOBS

SWEEP_EVERY_S = 20.0
SHORTEST_SLEEP_S = 0.2
MISTAKEN_CLOCK_MS = 3600 * 1000

_log = logging.getLogger("roundbook.scheduler")


@dataclasses.dataclass(frozen=True)
class Scheduled:
    """A job that comes again and again.

    Args: name: of the job in the registry. period: when it falls due.
        makes_up: which of the periods that were missed are made up: the "latest" alone, or "each" of them.
    """

    name: str
    period: Period
    makes_up: str = "latest"

    @property
    def setting_name(self) -> str:
        """Under which name the database remembers up to which period it was put on the queue."""
        return f"scheduled/{self.name}"


def schedule(time_zone: str) -> tuple[Scheduled, ...]:
    """All that is scheduled, in a company that lives by this time zone."""
    return (
        Scheduled("missing_thumbnails", Every(seconds=3600)),
        Scheduled("end_due_lookups", Every(seconds=60)),
        Scheduled("note_witness", Every(seconds=300)),
        Scheduled("note_doubles", Every(seconds=60)),
        Scheduled("note_standby", Every(seconds=60)),
        Scheduled("forget_unfinished_uploads", AtLocalTime(3, 40, time_zone)),
        Scheduled("collect_photos", AtLocalTime(4, 30, time_zone)),
        Scheduled("retry_office_sets", Every(seconds=300)),
        Scheduled("forget_done_jobs", AtLocalTime(3, 30, time_zone)),
        Scheduled("recompute_fields", AtLocalTime(1, 30, time_zone, day_of_month=1)),
        Scheduled("draft_reports", AtLocalTime(0, 40, time_zone)),
        Scheduled("draft_greetings", AtLocalTime(6, 10, time_zone)),
        Scheduled("backup_archive", AtLocalTime(2, 0, time_zone, weekday=6)),
        Scheduled("backup_look_through", AtLocalTime(4, 0, time_zone, weekday=2)),
        Scheduled("backup_photos", Every(seconds=3600)),
        Scheduled("backup_segment", Every(seconds=60)),
        Scheduled("backup_watch", Every(seconds=3600)),
    )


def put_on_queue(connection: Connection, scheduled: Scheduled, now: int) -> int:
    """Put on the queue what has come due since the last time, each period once. Returns how many jobs that were.

    The unique key of a job is its name and period: of two schedulers that do this at once, one does it.
    """
    remembered = connection.scalar(select(setting.c.value).where(setting.c.name == scheduled.setting_name))
    last = None if remembered is None else int(remembered)
    due, after = due_now(scheduled, last, now)
    if last is not None and after < last:
        _log.warning("scheduled=%s the clock was ahead and was set back; going on from now", scheduled.name)
    if after != last:
        added = [
            jobs.enqueue(connection, scheduled.name, "", due_at=due_at, unique=f"{scheduled.name}/{due_at}")
            for due_at in due
        ]
        remember(connection, scheduled.setting_name, after)
        return sum(job_id is not None for job_id in added)
    return 0


def due_now(scheduled: Scheduled, last: int | None, now: int) -> tuple[list[int], int]:
    """What has come due, and up to which period that is. Pure.

    Args: last: up to which period it was put on the queue; None at a first start, which owes nothing for the time before it.
    """
    latest = scheduled.period.latest(now)
    if last is None or last > now + MISTAKEN_CLOCK_MS:
        return [], latest
    if latest <= last:
        return [], last
    return ([latest] if scheduled.makes_up == "latest" else due_between(scheduled.period, last, latest)), latest


def due_between(period: Period, after_ms: int, until_ms: int) -> list[int]:
    """When the periods begin that begin later than one instant and not later than the other."""
    found = []
    due_ms = period.after(after_ms)
    while due_ms <= until_ms:
        found.append(due_ms)
        due_ms = period.after(due_ms)
    return found


def remember(connection: Connection, name: str, value: int) -> None:
    """Write a setting."""
    done = connection.execute(setting.update().where(setting.c.name == name).values(value=str(value)))
    if done.rowcount == 0:
        connection.execute(setting.insert().values(name=name, value=str(value)))


def sweep(now: int) -> int:
    """Ring for every job that waits and whose bell is not in the list. Returns how many bells were rung."""
    with reading() as connection:
        waiting = [(name, job_id) for name, job_id in jobs.waiting(connection, now) if name in JOBS]
    if not waiting:
        return 0
    try:
        in_the_list = bells().rung()
    except RedisError as error:
        _log.warning("no bells rung jobs=%d reason=%s", len(waiting), type(error).__name__)
        return 0
    unheard = [(name, job_id) for name, job_id in waiting if bell_text(name, job_id) not in in_the_list]
    return len(unheard) if bells().ring(unheard) else 0


def tick(scheduled: tuple[Scheduled, ...]) -> None:
    """One round: put on the queue what came due, ring for what waits."""
    now = now_ms()
    for one in scheduled:
        with writing() as connection:
            added = put_on_queue(connection, one, now)
        if added:
            _log.info("scheduled=%s jobs=%d", one.name, added)
    with writing() as connection:
        standing.ask(connection, now)
    rung = sweep(now)
    if rung:
        _log.info("rung=%d", rung)


def run(scheduled: tuple[Scheduled, ...], stopping: threading.Event) -> None:
    """Do a round every so often, and when a job falls due, until told to stop."""
    while not stopping.is_set():
        sleep_s = SWEEP_EVERY_S
        try:
            tick(scheduled)
            with reading() as connection:
                next_at = jobs.next_due_at(connection, now_ms())
            if next_at is not None:
                sleep_s = min(sleep_s, max(SHORTEST_SLEEP_S, (next_at - now_ms()) / 1000))
        except SQLAlchemyError as error:
            _log.error("round failed reason=%s", type(error).__name__)
        stopping.wait(sleep_s)
