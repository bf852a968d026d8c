"""The queue: one list in Redis, of which a worker process takes the bells one by one."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from redis import Redis
from redis.exceptions import ResponseError
from rq.queue import Queue
from rq.serializers import JSONSerializer

from server.services.bells import QUEUE_NAME
from workers.bell import Bell, RefusedBell

_log = logging.getLogger("roundbook.workers")


class BellQueue(Queue):
    """RQ's queue, from which only bells come out; whatever else was put into it is removed and logged."""

    job_class = Bell

    def __init__(self, name: str = QUEUE_NAME, connection: Redis | None = None, **_options: Any) -> None:
        super().__init__(name, connection=connection, serializer=JSONSerializer)

    @classmethod
    def dequeue_any(
        cls, queues: Iterable[Queue], timeout: int | None, connection: Redis, *_: Any, **__: Any
    ) -> tuple[Bell, Queue] | None:
        """The next bell, as soon as there is one. Raises: rq.exceptions.DequeueTimeout."""
        (queue,) = queues  # with more than one, a worker that dies in between would lose the bell
        while True:
            try:
                taken = cls.lmove(connection, queue.key, timeout)
            except ResponseError as error:
                if "WRONGTYPE" not in str(error):
                    raise
                _log.error("refused key=%s reason=it is no list; deleted", queue.key)
                connection.delete(queue.key, queue.intermediate_queue_key)
                continue
            if taken is None:
                return None
            connection.lrem(queue.intermediate_queue_key, 0, taken[1])
            try:
                return Bell.take(taken[1], connection), queue
            except RefusedBell as refusal:
                _log.error("refused entry_bytes=%d reason=%s", len(taken[1]), refusal)
