"""The bell: tells the workers over Redis that a job waits in the database.

A bell is one short text in a list, "<name of the job>-<id of its row>", and nothing else. It may get lost, come twice
or come too early without harm: the row is what counts, and the scheduler rings again for every row that waits.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

import redis
from flask import current_app

from server.services import parts

QUEUE_NAME = "roundbook"
QUEUE_KEY = f"rq:queue:{QUEUE_NAME}"  # where RQ keeps the queue of that name

_ANSWER_WITHIN_S = 1.0
_SILENCE_S = 5.0  # after a failure, so that a Redis that hangs does not slow down each request

_log = logging.getLogger("roundbook.bells")


def bell_text(name: str, job_id: int) -> str:
    """What is written into Redis for a job."""
    return f"{name}-{job_id}"


def connect(url: str) -> redis.Redis:
    """A client of the Redis at this address that gives up soon; it connects when it is first used."""
    return redis.Redis.from_url(
        url,
        socket_timeout=_ANSWER_WITHIN_S,
        socket_connect_timeout=_ANSWER_WITHIN_S,
        retry=None,
    )


def without_password(url: str) -> str:
    """The address as it may be shown and logged."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="").geturl()


class Bells:
    """The bells of one process, at one Redis."""

    def __init__(self, client: redis.Redis | None) -> None:
        self.client = client
        self._silent_until = 0.0

    def ring(self, waiting: Iterable[tuple[str, int]]) -> bool:
        """Ring for these jobs (name, id). A Redis that cannot be reached is logged and never an error.

        Returns: whether Redis has taken it.
        """
        texts = [bell_text(name, job_id) for name, job_id in waiting]
        if not texts:
            return True
        if self.client is None or time.monotonic() < self._silent_until:
            return False
        try:
            self.client.rpush(QUEUE_KEY, *texts)
        except redis.RedisError as error:
            if isinstance(error, (redis.ConnectionError, redis.TimeoutError)):
                self._silent_until = time.monotonic() + _SILENCE_S
            _log.warning("bell not rung jobs=%d reason=%s", len(texts), type(error).__name__)
            return False
        return True

    def rung(self) -> set[str]:
        """The bells that no worker has heard yet.

        Raises: redis.RedisError.
        """
        if self.client is None:
            return set()
        entries: list[Any] = self.client.lrange(QUEUE_KEY, 0, -1)
        return {entry.decode("utf-8", "replace") for entry in entries}


def bells() -> Bells:
    """The bells of this app, made once."""
    if "roundbook.bells" not in current_app.extensions:
        url = parts.config().redis_url
        current_app.extensions["roundbook.bells"] = Bells(connect(url) if url else None)
    found = current_app.extensions["roundbook.bells"]
    assert isinstance(found, Bells)
    return found
