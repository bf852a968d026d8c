"""A request on its way. With a full outbox the next one leaves before the answer to the last is taken over: the server judges
while the device writes. What it brings counts only if the device then stands where the request said that it would.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

from field_app.sync.requests import Request
from field_app.sync.signed import Answer


class Flight:
    """One request that has left. Args: carried: the exchange. beside: in a thread of its own; else it is over when this returns."""

    def __init__(self, request: Request, carried: Callable[[], Answer], *, beside: bool) -> None:
        self.request = request
        self._crew = ThreadPoolExecutor(1, "sync") if beside else None
        self._landing: Future[Answer] = Future()
        if self._crew is not None:
            self._landing = self._crew.submit(carried)
            return
        try:
            self._landing.set_result(carried())
        except Exception as error:
            self._landing.set_exception(error)

    def is_away(self) -> bool:
        """Whether it is on its way, so that there is time for something else."""
        return self._crew is not None and not self._landing.done()

    def fits(self, cursors: Mapping[str, str]) -> bool:
        """Whether the request named just these cursors."""
        return dict(cursors) == self.request.cursors

    def land(self) -> Answer:
        """Its answer, as soon as it is there. Raises: what the exchange raised."""
        try:
            return self._landing.result()
        finally:
            self.forget()

    def forget(self) -> None:
        """Nobody asks for the answer any more: whatever it says, the server says it again when it is asked again."""
        if self._crew is not None:
            self._crew.shutdown(wait=True)
            self._crew = None
