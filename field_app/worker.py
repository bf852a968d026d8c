"""Slow work beside the window: one thread per lane, each task after the other; results come back by a queue."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from typing import Any

log = logging.getLogger(__name__)


class Worker:
    """Lanes are threads that begin when they are first used: `work` for the app, `sync` so that nobody waits for a sync.

    Args: deliver: called in a lane with a function that must run in the window's thread.
    """

    def __init__(self, deliver: Callable[[Callable[[], None]], None]) -> None:
        self._deliver = deliver
        self._lanes: dict[str, queue.Queue[Callable[[], None] | None]] = {}
        self._busy = 0
        self._is_stopped = False
        self._lock = threading.Lock()

    def do(
        self,
        task: Callable[[], Any],
        then: Callable[[Any], None],
        failed: Callable[[Exception], None],
        lane: str = "work",
    ) -> None:
        """Run a task in its lane; then `then` with its result, or `failed` with its error, in the window's thread."""

        def run() -> None:
            try:
                result = task()
            except Exception as error:  # whatever it is, a person has to hear of it
                log.info("work failed: %s", type(error).__name__)
                caught = error
                self._deliver(lambda: self._finish(lambda: failed(caught)))
            else:
                self._deliver(lambda: self._finish(lambda: then(result)))

        with self._lock:
            self._busy += 1
            if lane not in self._lanes:
                self._lanes[lane] = queue.Queue()
                threading.Thread(target=self._run, args=(self._lanes[lane],), name=lane, daemon=True).start()
            self._lanes[lane].put(run)

    def _finish(self, call: Callable[[], None]) -> None:
        with self._lock:
            self._busy -= 1
        if not self._is_stopped:  # the pages that asked are gone, and so is the key
            call()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way."""
        return self._busy == 0

    @staticmethod
    def _run(tasks: queue.Queue[Callable[[], None] | None]) -> None:
        while (task := tasks.get()) is not None:
            task()
            del task  # it holds the page that asked for it, and the next one may be long in coming

    def stop(self) -> None:
        """Let every lane end after what it has begun; nobody hears of its results any more."""
        self._is_stopped = True
        with self._lock:
            for tasks in self._lanes.values():
                tasks.put(None)
            self._lanes.clear()
