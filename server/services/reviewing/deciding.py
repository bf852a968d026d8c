"""Accepting and returning what came in, one or many at a time, and taking a decision back (decision 5).

Each decision is a record of type `review`, written by the same push service as a device's work, so that it reaches the device of
whoever made the record with its next sync.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from server.services import clock, push
from server.services.reviewing import arrivals
from server.services.reviewing.arrivals import Arrival
from server.services.users import User
from server.storage.database import reading
from server.storage.scopes import within
from server.storage.tables import record
from server.storage.typed import typed_table
from sync_protocol.acts import may
from sync_protocol.fields import Seat
from sync_protocol.judge import REVIEW_ACTS

AT_ONCE = 100
OUTCOMES = {"accept": {"complaint": "take_up"}, "return": {}}
COMMENT_MOST = 2000


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision did. `reviews`: the records that it wrote, to be taken back by `undo`; `changed`: those that somebody changed
    meanwhile; `gone`: that are decided by others, or no longer there; `refused`: that the server did not take."""

    reviews: list[str]
    changed: list[str]
    gone: list[str]
    refused: list[str]


def may_decide(reader: User, type_name: str, outcome: str) -> bool:
    """Whether the roles of a person let him decide records of a type so."""
    return may(reader.roles, REVIEW_ACTS.get(type_name, outcome))


def decide(reader: User, scope: Collection[str], seen: Mapping[str, int], outcome: str, comment: str = "") -> Decided:
    """Accept or return records that came in.

    Args: seen: record -> the position that the reviewer saw it at: what was changed since is left for another look.
        outcome: accept or return. comment: what is to be corrected; needed to return.
    Raises: ValueError for another outcome, or a return without a word.
    """
    if outcome not in OUTCOMES or (outcome == "return" and not comment.strip()):
        raise ValueError(outcome)
    with reading() as connection:
        waiting = {each.id: each for each in arrivals.load(connection, scope, 0, only=list(seen), most=len(seen))}
    mine = [each for each in waiting.values() if may_decide(reader, each.type, outcome)]
    same = [each for each in mine if each.pos == seen[each.id]]
    done: list[str] = []
    refused: list[str] = []
    for book in dict.fromkeys(each.book for each in same):
        for some in _slices([each for each in same if each.book == book]):
            changes = {clock.new_id(): each for each in some}
            wire = [_review(new, each, reader, outcome, comment) for new, each in changes.items()]
            verdict = push.office_push(reader.id, book, outcome, wire)
            if verdict["state"] in ("applied", "merged"):
                done += changes
            else:
                refused += [each.id for each in some]
    return Decided(
        done,
        [each.id for each in mine if each.pos != seen[each.id]],
        [record_id for record_id in seen if record_id not in {each.id for each in mine}],
        refused,
    )


def _slices(items: Sequence[Arrival]) -> Iterable[Sequence[Arrival]]:
    return (items[start : start + AT_ONCE] for start in range(0, len(items), AT_ONCE))


def _review(new: str, each: Arrival, reader: User, outcome: str, comment: str) -> dict[str, Any]:
    values: dict[str, Any] = {
        "of": each.id,
        "outcome": OUTCOMES[outcome].get(each.type, outcome),
        "reviewed_at": clock.now_ms(),
        "by": reader.id,
    }
    values |= {"comment": comment.strip()[:COMMENT_MOST]} if comment.strip() else {}
    change = {"op": "create", "type": "review", "record": new, "customer": each.customer, "set": values}
    return {**change, "seat": Seat.SUPERVISOR.value, "term": 0}


def undo(reader: User, scope: Collection[str], reviews: Sequence[str]) -> int:
    """Take one's own reviews back: what they were about waits again. Returns: how many were taken back."""
    table = typed_table("review")
    query = (
        sa.select(table.c.book_id, table.c.id, table.c.customer, record.c.ver)
        .join(record, sa.and_(record.c.book_id == table.c.book_id, record.c.id == table.c.id))
        .where(
            table.c.id.in_(reviews),
            table.c.by == reader.id,
            table.c.removed.is_(False),
            within(table.c.book_id, scope),
        )
    )
    with reading() as connection:
        rows = connection.execute(query).all()
    done = 0
    for book in dict.fromkeys(row.book_id for row in rows):
        here = [row for row in rows if row.book_id == book]
        for start in range(0, len(here), AT_ONCE):
            wire = [
                {
                    "op": "remove",
                    "type": "review",
                    "record": row.id,
                    "customer": row.customer,
                    "base": row.ver,
                    "seat": Seat.SUPERVISOR.value,
                    "term": 0,
                }
                for row in here[start : start + AT_ONCE]
            ]
            verdict = push.office_push(reader.id, book, "undo", wire)
            done += len(wire) if verdict["state"] in ("applied", "merged") else 0
    return done
