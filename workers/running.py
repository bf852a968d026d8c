"""One job from its bell to its end: taken under a lease, run, and settled."""

from __future__ import annotations

import logging
import time

from server.services import jobs
from server.services.clock import now_ms
from server.services.jobs import CannotBeDone, Lease
from server.storage.database import writing
from workers.registry import JOBS

_log = logging.getLogger("roundbook.workers")


def take(name: str, job_id: int, lease_ms: int) -> Lease | None:
    """Take the job for which a bell rang; None when it does not wait, as after a bell that came twice."""
    now = now_ms()
    with writing() as connection:
        return jobs.lease(connection, name, job_id, now=now, until=now + lease_ms, most_attempts=JOBS[name].attempts)


def run(held: Lease) -> None:
    """Do the job and write down how it ended. What it raises fails the job, not the worker."""
    began = time.monotonic()
    try:
        JOBS[held.name].function(held.argument)
    except CannotBeDone as error:
        settle_failure(held, f"{error}", for_good=True)
    except Exception as error:
        _log.debug("job=%d", held.job_id, exc_info=True)
        settle_failure(held, f"{type(error).__name__}: {error}")
    else:
        with writing() as connection:
            is_mine = jobs.finish(connection, held, now_ms())
        outcome = "done" if is_mine else "done, but its lease was lost"
        _log.info("job=%d name=%s %s seconds=%.2f", held.job_id, held.name, outcome, time.monotonic() - began)


def settle_failure(held: Lease, error: str, *, for_good: bool = False, at_once: bool = False) -> None:
    """Write down that a job failed, and when it is tried again; without effect when it is settled already."""
    wait_s = None if for_good else JOBS[held.name].wait_s(held.attempts)
    if wait_s is not None and at_once:
        wait_s = 0
    now = now_ms()
    with writing() as connection:
        again_at = None if wait_s is None else now + wait_s * 1000
        is_mine = jobs.fail(connection, held, error, now=now, again_at=again_at)
    if is_mine:
        then = "given up" if wait_s is None else f"again in {wait_s} s"
        kind = error.partition(":")[0]  # what follows the colon may name a person; it stays in the database
        _log.warning("job=%d name=%s failed attempt=%d (%s) %s", held.job_id, held.name, held.attempts, kind, then)


def renew(held: Lease, lease_ms: int) -> bool:
    """Hold the lease for longer, while the job is running; False when it is lost."""
    with writing() as connection:
        return jobs.renew(connection, held, now_ms() + lease_ms)
