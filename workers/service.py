"""A worker process from its start to its end, with a Redis that comes and goes."""

from __future__ import annotations

import contextlib
import logging
import os
import time

from redis import Redis, RedisError
from rq.exceptions import StopRequested

from server.services.clock import now_ms
from workers import schedule
from workers.worker import RoundbookWorker

PAUSE_S = 1.0

_log = logging.getLogger("roundbook.workers")


def work(redis_url: str, *, burst: bool = False) -> None:
    """Do jobs until told to stop (SIGTERM, SIGINT), or with `burst` until none waits. Needs an app context."""
    if burst:
        schedule.sweep(now_ms())
    _log.info("worker started pid=%d", os.getpid())
    with contextlib.suppress(StopRequested):  # told to stop while there was no Redis
        while not _work_while_redis_lasts(redis_url, burst):
            time.sleep(PAUSE_S)
    _log.info("worker ended pid=%d", os.getpid())


def _work_while_redis_lasts(redis_url: str, burst: bool) -> bool:
    """Do jobs as long as Redis is there. Returns: whether that was all; otherwise Redis was lost."""
    connection = Redis.from_url(redis_url)
    try:
        worker = RoundbookWorker(connection)
        worker.work(burst=burst)
        return burst or worker.is_stopping
    except RedisError as error:
        _log.warning("no redis reason=%s", type(error).__name__)
        return False
    finally:
        connection.close()
