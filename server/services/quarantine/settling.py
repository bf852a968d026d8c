"""Settling what was put aside: take it over, corrected or as it is, in one's own name; or discard it and say why.

What was taken over is judged like any work at head office. What *happened* is taken on the office's authority, since its author
can no longer be asked; what edits a file goes to whoever maintains it. What notes that somebody read a file goes into the read
log under his name. A set that still waited is final from then on: it is not carried out a second time when what it waited for
comes after all, and its device reads why.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import clock, push, push_verdict
from server.services.deciding.carrying_out import Outcome, outcome_of
from server.services.quarantine import readings
from server.services.quarantine.lacking import CUSTOMER
from server.services.quarantine.put_aside import WAITS, PutAside, book_of
from server.services.users import User
from server.storage import retrying
from server.storage.console_tables import quarantine_decision
from server.storage.database import is_sqlite
from server.storage.tables import change_set
from sync_protocol.acts import may
from sync_protocol.records import Nature, knows, record_type

REASON_MOST = 500
ADOPTED, DISCARDED = "adopted", "discarded"
_LAST = {ADOPTED: {"field": "set", "code": "taken-over"}, DISCARDED: {"field": "set", "code": "discarded"}}
_KEPT = ("op", "type", "record", "customer", "base", "seat", "term", "set", "was", "add", "put", "take")


class _Settled(Exception):
    """Somebody decided it meanwhile, or what it waited for came."""


class _StillWaits(Exception):
    """What it waits for is not there yet: it would only wait under another name."""


def adopt(
    reader: User,
    scope: Collection[str],
    found: PutAside,
    corrected: Mapping[int, Mapping[str, Any]],
    customers: Mapping[int, str] | None = None,
) -> Outcome:
    """Write a set in the reader's name. Args: corrected: number of the change -> field -> value; None: left out. customers: number
    of the change -> customer, in place of one who is not there.

    Returns: what became of it; where it was refused again, or waits on, nothing was settled.
    """
    where = book_of(found.told.book, found.body)
    if found.settled or not found.parts:
        return Outcome("decided")
    changes = [_change(found, part.n, corrected.get(part.n, {}), (customers or {}).get(part.n)) for part in found.parts]
    if readings.are_notes(changes):
        return _adopt_notes(reader, found, changes)
    if where not in scope or not may(reader.roles, "accept"):
        return Outcome("not-holder")

    def settled(connection: Connection, verdict: Mapping[str, Any]) -> None:
        if verdict["state"] == WAITS and found.state == WAITS:
            raise _StillWaits
        if verdict["state"] != "refused":
            _settle(connection, found, ADOPTED, "", reader.id, str(verdict["id"]))

    try:
        verdict = push.office_push(
            reader.id,
            where,
            f"adopt {found.told.id}",
            changes,
            system=_is_fact_only(changes),
            set_id=clock.new_id(),
            then=settled,
        )
    except _StillWaits:
        return Outcome("still-waits")
    except _Settled:
        return Outcome("decided")
    return outcome_of(verdict)


def _change(found: PutAside, n: int, corrected: Mapping[str, Any], customer: str | None) -> dict[str, Any]:
    sent = found.body["changes"][n - 1]
    change = {name: sent[name] for name in _KEPT if name in sent}
    if customer is not None:
        change[CUSTOMER] = customer
    if corrected:
        values = {**change.get("set", {}), **corrected}
        change["set"] = {name: value for name, value in values.items() if value is not None}
    return change


def _is_fact_only(changes: list[dict[str, Any]]) -> bool:
    """Whether all of it tells of what happened, and nothing edits a file or commits the company."""
    return all(
        knows(str(change.get("type"))) and record_type(str(change["type"])).nature is Nature.FACT for change in changes
    )


def _adopt_notes(reader: User, found: PutAside, changes: list[dict[str, Any]]) -> Outcome:
    if not may(reader.roles, "accept") or found.told.author == reader.id:
        return Outcome("not-holder")
    if wrong := readings.wrong(changes):
        return Outcome("wrong", wrong)

    def work(connection: Connection) -> None:
        _settle(connection, found, ADOPTED, "", reader.id, None)
        readings.take(connection, found.told.id, str(found.body.get("made", "")), changes)

    return Outcome("noted") if _done(work) else Outcome("decided")


def discard(reader: User, found: PutAside, reason: str) -> bool:
    """Give it up; it stays to be read, with the reason. Returns: whether it was still waiting."""
    if found.settled or not reason.strip() or not may_discard(reader, found):
        return False
    return _done(
        lambda connection: _settle(connection, found, DISCARDED, reason.strip()[:REASON_MOST], reader.id, None)
    )


def may_discard(reader: User, found: PutAside) -> bool:
    """Whether this is one who may: by role; and what notes that somebody read a file, another than he."""
    notes = any(readings.is_note(part.type) for part in found.parts)
    return may(reader.roles, "return") and not (notes and found.told.author == reader.id)


def may_adopt(reader: User, found: PutAside) -> bool:
    """Whether this is one who may take it over, as far as his role goes: as `may_discard`."""
    notes = any(readings.is_note(part.type) for part in found.parts)
    return may(reader.roles, "accept") and not found.settled and not (notes and found.told.author == reader.id)


def _done(work: Any) -> bool:
    try:
        retrying.write(work)
    except _Settled:
        return False
    return True


def _settle(connection: Connection, found: PutAside, outcome: str, reason: str, by: str, new_set: str | None) -> None:
    """Note what became of it. One that waited gets its last verdict. Raises: _Settled, if it is settled, or was judged meanwhile."""
    set_id = found.told.id
    if not is_sqlite(connection):
        connection.execute(sa.text("LOCK TABLE quarantine_decision IN SHARE ROW EXCLUSIVE MODE"))
    known = sa.select(quarantine_decision.c.set_id).where(quarantine_decision.c.set_id == set_id)
    if connection.scalar(known) is not None:
        raise _Settled
    query = sa.select(change_set).where(change_set.c.id == set_id)
    row = connection.execute(query if is_sqlite(connection) else query.with_for_update()).mappings().one()
    if row["state"] != found.state:
        raise _Settled
    if row["state"] == WAITS:
        wire = json.loads(row["body"])
        push_verdict.finish(
            connection,
            {**wire, "id": set_id},
            seq=row["seq"],
            digest=row["digest"],
            state="refused",
            told=push_verdict.of_set([_LAST[outcome]]),
            name=wire["id"],
        )
    decided = {"set_id": set_id, "outcome": outcome, "reason": reason, "new_set": new_set, "by": by}
    connection.execute(sa.insert(quarantine_decision), {**decided, "at": clock.now_ms()})
