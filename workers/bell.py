"""The bell on the worker's side: a text that names a known job and a row, or something that is refused.

Redis is not trusted. Whoever can write into it can put a job of RQ's own there, which RQ would run: any function of any
module, callbacks, web hooks. So a bell is read from the text in the list alone, and nothing that RQ keeps beside it is
ever opened.
"""

from __future__ import annotations

import re
from typing import Any

from redis import Redis
from rq.job import Job
from rq.serializers import JSONSerializer

from server.services.bells import bell_text
from workers.registry import JOBS

LONGEST_TEXT = 80
_TEXT = re.compile(rb"([a-z][a-z_]{0,49})-([1-9][0-9]{0,17})", re.ASCII)


class RefusedBell(Exception):
    """What was in the list is no bell; the message says why, without repeating what it was."""


class Bell(Job):
    """RQ's job, reduced to the name of a job and the id of its row."""

    def __init__(self, name: str, job_id: int, connection: Redis) -> None:
        super().__init__(id=bell_text(name, job_id), connection=connection, serializer=JSONSerializer)
        self.name = name
        self.job_id = job_id

    @classmethod
    def take(cls, text: bytes, connection: Redis) -> Bell:
        """Read an entry of the list, and clear away what lies under its name. Raises: RefusedBell."""
        if len(text) > LONGEST_TEXT:
            raise RefusedBell("it is too long")
        match = _TEXT.fullmatch(text)
        if match is None:
            raise RefusedBell("it is not the name of a job and the number of a row")
        name, job_id = match[1].decode(), int(match[2])
        if name not in JOBS:
            raise RefusedBell("this version has no job of that name")
        bell = cls(name, job_id, connection)
        if connection.delete(bell.key):
            raise RefusedBell("a job of RQ's own lay under its name; deleted")
        return bell

    def restore(self, raw_data: Any) -> None:
        """What RQ keeps of a job is never read. Raises: RefusedBell, always."""
        raise RefusedBell("a job of RQ's own")

    def perform(self) -> Any:
        """A bell runs nothing. Raises: RefusedBell, always."""
        raise RefusedBell("a job of RQ's own")
