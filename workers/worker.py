"""The worker process: hears a bell, takes the job, lets a child do it, watches over the child."""

from __future__ import annotations

import ctypes
import logging
import os
import random
import signal
import sys
import time
from typing import Any

from redis import Redis, RedisError
from rq import Queue, Worker
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.timeouts import HorseMonitorTimeoutException
from rq.utils import now
from rq.worker.base import WorkerStatus
from sqlalchemy.exc import SQLAlchemyError

from server.services.jobs import Lease
from server.storage.database import db
from workers import running
from workers.bell import Bell
from workers.queues import BellQueue
from workers.registry import JOBS

LEASE_MS = 30_000
RENEW_EVERY_S = 8
WORKER_TTL_S = 45  # how long Redis shows a worker that no longer says that it is alive

_log = logging.getLogger("roundbook.workers")


class RoundbookWorker(Worker):
    """RQ's worker without what makes Redis its master.

    It does not take commands from Redis, keeps no results and no registries there, and does not need Redis while a
    job runs: how a job ends is in the database alone.
    """

    job_class: type[Job] = Bell
    queue_class: type[Queue] = BellQueue
    max_connection_wait_time = 5.0

    def __init__(self, connection: Redis) -> None:
        queue = BellQueue(connection=connection)
        super().__init__([queue], connection=connection, worker_ttl=WORKER_TTL_S, serializer=JSONSerializer)
        self.is_stopping = False
        self.held: Lease | None = None

    # A job

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Take the job, let a child of its own do it, and see to it that it ends."""
        assert isinstance(job, Bell)
        self.set_state(WorkerStatus.BUSY)  # from here on a first SIGTERM waits for the job
        self.held = running.take(job.name, job.job_id, LEASE_MS)
        if self.held is not None:
            db.engine.dispose()  # a connection to a database must not cross a fork
            self.fork_work_horse(job, queue)
            try:
                self._watch(self.held)
            except SystemExit:  # told to stop at once; the child has been ended
                self._settle(self.held, "its worker was stopped", at_once=True)
                raise
            self.held = None
        self.set_state(WorkerStatus.IDLE)

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        """What the child does."""
        status = 1
        try:
            die_with_parent(self.pid)
            self.setup_work_horse_signals()  # type: ignore[no-untyped-call]
            self._is_horse = True
            random.seed()
            assert self.held is not None
            running.run(self.held)
            status = 0
        except BaseException:
            _log.exception("the job could not be settled")
        finally:
            os._exit(status)

    def _watch(self, held: Lease) -> None:
        """Wait for the child; renew the lease meanwhile; end the child when it takes too long or the lease is lost."""
        limit_s = JOBS[held.name].limit_s
        ends_at = time.monotonic() + limit_s
        while True:
            try:
                with self.death_penalty_class(RENEW_EVERY_S, HorseMonitorTimeoutException):
                    _, status, _ = self.wait_for_horse()
                break
            except HorseMonitorTimeoutException:
                ended_because = self._overdue(held, ends_at, limit_s)
                if ended_because:
                    self.kill_horse()
                    self.wait_for_horse()
                    self._horse_pid = 0
                    self._settle(held, ended_because)
                    return
        self._horse_pid = 0
        if status != 0:
            self._settle(held, f"the process that ran it ended with {_ending(status)}")

    def _overdue(self, held: Lease, ends_at: float, limit_s: int) -> str | None:
        """Why the child must end now; None, with a renewed lease, if it need not."""
        if time.monotonic() >= ends_at:
            return f"it took longer than {limit_s} s"
        self.heartbeat()
        try:
            return None if running.renew(held, LEASE_MS) else "its lease was lost"
        except SQLAlchemyError as error:
            _log.warning("job=%d lease not renewed reason=%s", held.job_id, type(error).__name__)
            return None

    def _settle(self, held: Lease, reason: str, *, at_once: bool = False) -> None:
        """Write down the end of a job whose child did not; where that is not possible, the lease ends by itself."""
        try:
            running.settle_failure(held, reason, at_once=at_once)
        except SQLAlchemyError:
            _log.exception("job=%d could not be settled", held.job_id)

    # What RQ would do, and a worker that does not trust Redis leaves out

    def subscribe(self) -> None:
        """Take no commands by way of Redis."""

    def check_for_suspension(self, burst: bool) -> None:
        """Let no key in Redis stop the work."""

    def run_maintenance_tasks(self) -> None:
        """Keep no registries in Redis that would need it."""
        self.last_cleaned_at = now()  # type: ignore[assignment]

    def set_shutdown_requested_date(self) -> None:
        """Do not call Redis from within a signal handler."""

    # What may fail without harm

    def set_state(self, state: str, pipeline: Any = None) -> None:
        """Say in Redis what this worker does, for those who watch."""
        self._state = state
        self._say_in_redis(super().set_state, state, pipeline)

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        """Say in Redis that this worker is alive, for those who watch."""
        self._say_in_redis(super().heartbeat, timeout, pipeline)

    def register_death(self) -> None:
        """Say in Redis that this worker has ended."""
        self._say_in_redis(super().register_death)

    def _say_in_redis(self, say: Any, *arguments: Any) -> None:
        try:
            say(*arguments)
        except RedisError as error:
            _log.debug("redis does not hear reason=%s", type(error).__name__)

    def request_stop(self, signum: int, frame: Any) -> None:
        """End after the current job (SIGTERM, SIGINT); the second time, at once."""
        self.is_stopping = True
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]


def die_with_parent(parent: int | None) -> None:
    """Let the system end this process when its worker dies (Linux): the lease ends with nobody at the work."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    if os.getppid() != parent:
        os._exit(1)  # it was dead already


def _ending(status: int | None) -> str:
    """A wait status in words."""
    if status is not None and os.WIFSIGNALED(status):
        return f"signal {os.WTERMSIG(status)}"
    return "an error" if status is None else f"status {os.waitstatus_to_exitcode(status)}"
