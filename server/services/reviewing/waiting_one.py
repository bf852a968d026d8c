"""Whether one record waits for a review, and whether the reader may decide it: for the record's own page."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from server.services.reviewing import arrivals
from server.services.reviewing.deciding import may_decide
from server.services.users import User
from server.storage.database import reading


@dataclass(frozen=True, slots=True)
class WaitingOne:
    """A record that waits. `item`: the record and the position at which it was seen, as a form sends it back."""

    item: str
    may_accept: bool
    may_return: bool


def of(reader: User, scope: Collection[str], record_id: str) -> WaitingOne | None:
    """The record, if it waits and the reader may decide it either way."""
    with reading() as connection:
        found = arrivals.load(connection, scope, 0, only=[record_id], most=1)
    if not found:
        return None
    may_accept, may_return = (may_decide(reader, found[0].type, outcome) for outcome in ("accept", "return"))
    return WaitingOne(f"{record_id}@{found[0].pos}", may_accept, may_return) if may_accept or may_return else None
