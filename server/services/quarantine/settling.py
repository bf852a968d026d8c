"""Settling what was put aside: take it over, corrected or as it is, in one's own name; or discard it and say why.

What was taken over is judged like any work at head office. What *happened* is taken on the office's authority, since its author
can no longer be asked; what edits a file goes to whoever maintains it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa

from server.services import clock, push
from server.services.deciding.carrying_out import Outcome, outcome_of
from server.services.quarantine.put_aside import PutAside, book_of
from server.services.users import User
from server.storage.console_tables import quarantine_decision
from server.storage.database import is_sqlite, writing
from sync_protocol.acts import may
from sync_protocol.records import Nature, knows, record_type

REASON_MOST = 500
ADOPTED, DISCARDED = "adopted", "discarded"
_KEPT = ("op", "type", "record", "customer", "base", "seat", "term", "set", "was", "add", "put", "take")


def adopt(reader: User, scope: Collection[str], found: PutAside, corrected: Mapping[int, Mapping[str, Any]]) -> Outcome:
    """Write a set in the reader's name. Args: corrected: number of the change -> field -> value; None: left out.

    Returns: what became of it; where it was refused again, the set waits on.
    """
    where = book_of(found.told.book, found.body)
    if found.settled or not found.parts:
        return Outcome("decided")
    if where not in scope or not may(reader.roles, "accept"):
        return Outcome("not-holder")
    changes = [_change(found, part.n, corrected.get(part.n, {})) for part in found.parts]
    verdict = push.office_push(
        reader.id, where, f"adopt {found.told.id}", changes, system=_is_fact_only(changes), set_id=clock.new_id()
    )
    outcome = outcome_of(verdict)
    if verdict["state"] != "refused":
        _settle(found.told.id, ADOPTED, "", reader.id, str(verdict["id"]))
    return outcome


def _change(found: PutAside, n: int, corrected: Mapping[str, Any]) -> dict[str, Any]:
    sent = found.body["changes"][n - 1]
    change = {name: sent[name] for name in _KEPT if name in sent}
    if corrected:
        values = {**change.get("set", {}), **corrected}
        change["set"] = {name: value for name, value in values.items() if value is not None}
    return change


def _is_fact_only(changes: list[dict[str, Any]]) -> bool:
    """Whether all of it tells of what happened, and nothing edits a file or commits the company."""
    return all(
        knows(str(change.get("type"))) and record_type(str(change["type"])).nature is Nature.FACT for change in changes
    )


def discard(reader: User, found: PutAside, reason: str) -> bool:
    """Give it up; it stays to be read, with the reason. Returns: whether it was still waiting."""
    if found.settled or not reason.strip() or not may_discard(reader, found):
        return False
    return _settle(found.told.id, DISCARDED, reason.strip()[:REASON_MOST], reader.id, None)


def may_discard(reader: User, found: PutAside) -> bool:
    """Whether this is one who may: by role; and what notes that somebody read a file, another than he."""
    notes = any(knows(part.type) and record_type(part.type).nature is Nature.OWN for part in found.parts)
    return may(reader.roles, "return") and not (notes and found.told.author == reader.id)


def _settle(set_id: str, outcome: str, reason: str, by: str, new_set: str | None) -> bool:
    row = {"set_id": set_id, "outcome": outcome, "reason": reason, "new_set": new_set, "by": by, "at": clock.now_ms()}
    with writing() as connection:
        if not is_sqlite(connection):
            connection.execute(sa.text("LOCK TABLE quarantine_decision IN SHARE ROW EXCLUSIVE MODE"))
        known = sa.select(quarantine_decision.c.set_id).where(quarantine_decision.c.set_id == set_id)
        if connection.scalar(known) is not None:
            return False
        connection.execute(sa.insert(quarantine_decision), row)
    return True
