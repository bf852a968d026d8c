"""Calls on a gateway: as many at once as it bears, so that a slow answer does not slow the rate down; and when to leave it in peace."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from flask import current_app

from server.services.messaging.gateways.base import Gateway, NotTaken, Outcome, Outgoing, Unknown

AWAY_MOST = 3  # refusals in a row after which the gateway is left in peace
UNKNOWN_MOST = 5  # the same for outcomes that nobody knows: a gateway out of order must not use up a whole list

_log = logging.getLogger("roundbook.messages")


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that is `sending` now, in the hands of this process."""

    message: Outgoing
    attempt: int


class Calls:
    """The calls of one run. Where the gateway takes one at a time, they are made in the caller's thread.

    Args: settle: writes down what came of a call, before the next one that waits for its place is made.
    """

    def __init__(self, gateway: Gateway, settle: Callable[[Taken, Outcome], None]) -> None:
        self.gateway, self._settle = gateway, settle
        self._places = threading.Semaphore(gateway.at_once)
        self._threads = ThreadPoolExecutor(gateway.at_once) if gateway.at_once > 1 else None
        self.writing = threading.Lock()  # held while one of us writes: the database would let the others wait longer
        self._lock = threading.Lock()
        self._away = self._unknown = 0
        self._raised: list[BaseException] = []

    @property
    def is_away(self) -> bool:
        """Whether it did not answer, or not to us, several times in a row."""
        return self._away >= AWAY_MOST

    @property
    def is_unclear(self) -> bool:
        """Whether nobody knows what it did with several messages in a row."""
        return self._unknown >= UNKNOWN_MOST

    @property
    def is_over(self) -> bool:
        """Whether no further call should be made in this run."""
        return self.is_away or self.is_unclear or bool(self._raised)

    def wait_for_a_place(self) -> None:
        """Wait until there is room for one more call. Whoever then makes none gives the place back."""
        self._places.acquire()

    def give_back(self) -> None:
        """Take no place after all."""
        self._places.release()

    def make(self, taken: Taken) -> None:
        """Hand a message over, in the place that was waited for."""
        if self._threads is None:
            try:
                self._call(taken)
            finally:
                self.give_back()
            return
        app: Any = current_app._get_current_object()  # type: ignore[attr-defined]

        def apart() -> None:
            with app.app_context():
                self._call(taken)

        self._threads.submit(apart).add_done_callback(self._ended)

    def _ended(self, call: Future[None]) -> None:
        if error := call.exception():
            self._raised.append(error)
        self.give_back()

    def _call(self, taken: Taken) -> None:
        outcome = self.gateway.send(taken.message)
        with self.writing:
            self._settle(taken, outcome)
        is_away = isinstance(outcome, NotTaken) and outcome.away
        with self._lock:
            self._away = self._away + 1 if is_away else 0
            self._unknown = self._unknown + 1 if isinstance(outcome, Unknown) else 0
            if is_away and self._away == AWAY_MOST and isinstance(outcome, NotTaken):
                _log.warning("gateway=%s away reason=%s", self.gateway.name, outcome.reason.partition(" ")[0])

    def end(self) -> None:
        """Wait for the calls that are being made. Raises: what one of them raised."""
        if self._threads is not None:
            self._threads.shutdown()
        if self._raised:
            raise self._raised[0]
