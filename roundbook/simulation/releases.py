"""Two releases of the software side by side: the office goes to the second in mid-fleet, the phones follow one by one.

One process can hold one set of declarations at a time, so whoever runs wears his own: a phone while it works, the server
while it is asked. The second release knows a record type and a field that the first has never heard of (protocol R49–R51).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import field_app.sync.enrolment
import field_app.sync.renewal
import field_app.sync.requests
import roundbook.simulation.memory_push
import roundbook.simulation.memory_wire
import sync_protocol.changes
from roundbook.simulation.tally import SURVEY, TALLY, TALLY_OF_THE_SECOND, Survey
from sync_protocol.records.base import register, unregister

FIRST, SECOND = 1, 2


class Releases:
    """What is worn now, and what the server has. Begins with the first release on both sides."""

    def __init__(self) -> None:
        self.server = self.worn = FIRST
        self._bound: list[Any] = [
            field_app.sync.enrolment, field_app.sync.renewal, field_app.sync.requests, sync_protocol.changes,
            roundbook.simulation.memory_push,
        ]  # fmt: skip
        self._judges: list[Any] = [roundbook.simulation.memory_wire]

    def bind(self, *modules: Any, judge: Any) -> None:
        """Modules of the server that know the schema by its name SCHEMA_NOW. Args: judge: the one that knows SCHEMA_MIN."""
        self._bound += modules
        self._judges.append(judge)

    @property
    def least(self) -> int:
        """The oldest release that the server still answers."""
        return int(self._judges[0].SCHEMA_MIN)

    def answer_from(self, schema: int) -> None:
        """Requests of releases before this one are taken, and not answered with a page (R51)."""
        for module in self._judges:
            module.SCHEMA_MIN = schema

    def wear(self, schema: int) -> None:
        """From here on the running code is of this release."""
        if schema == self.worn:
            return
        self.worn = schema
        for module in self._bound:
            module.SCHEMA_NOW = schema
        if schema == SECOND:
            register(TALLY_OF_THE_SECOND)
            register(Survey)
        else:
            register(TALLY)
            unregister(SURVEY)

    @contextmanager
    def of(self, schema: int) -> Iterator[None]:
        """While the block runs, the code is of this release; then what it was before."""
        before = self.worn
        self.wear(schema)
        try:
            yield
        finally:
            self.wear(before)

    def at_server(self) -> Any:
        """While the block runs, the server is asked."""
        return self.of(self.server)
