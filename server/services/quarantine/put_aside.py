"""What was put aside and not settled yet, and one set of it, whole, with the reasons by field.

A set that waits for another is nobody's business at first: what it needs comes with the next sync. It is shown here once it has
waited for days, or where nobody is to bring that any more: its device is lost or retired, or its user has left (R9).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import clock, names
from server.services.inbox_cases import Refused, refused_of
from server.services.names import Names
from server.services.quarantine.lacking import Lacking, lacking
from server.services.sensitive import shown_all
from server.storage.console_tables import quarantine_decision
from server.storage.database import reading
from server.storage.scopes import within
from server.storage.tables import change_set, device, seat, user_account
from sync_protocol.fields import FieldSpec
from sync_protocol.records import Nature, knows, record_type

WAITS = "waiting"
STATES = ("refused", "quarantined", WAITS)
WAITS_LONG_MS = 3 * 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Part:
    """One change of a set. `values`: as the reader may see them; `why`: field -> codes; `wrong`: field -> its declaration, of those that
    can be corrected here; `asked`: the values as they were sent."""

    n: int
    op: str
    type: str
    customer: str | None
    record: str
    specs: Mapping[str, FieldSpec]
    values: Mapping[str, Any]
    asked: Mapping[str, Any]
    why: Mapping[str, list[str]]
    wrong: Mapping[str, FieldSpec]


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a set. `outcome`: adopted or discarded."""

    outcome: str
    reason: str
    by: str
    at: int


@dataclass(frozen=True, slots=True)
class PutAside:
    """One set that was put aside. `body`: as the device sent it; empty, if it was not kept. `lacking`: what it waits for.

    `failed`: how often the server failed on it.
    """

    told: Refused
    state: str
    body: Mapping[str, Any]
    parts: list[Part]
    settled: Settled | None
    names: Names
    book_name: str
    lacking: list[Lacking]
    failed: int

    @property
    def is_note(self) -> bool:
        """Whether all that it tells is what its author read."""
        return bool(self.parts) and all(knows(p.type) and record_type(p.type).nature is Nature.OWN for p in self.parts)


def waiting(scope: Collection[str], *, everything: bool) -> sa.Select[Any]:
    """The sets that wait for a person, oldest first. Args: everything: also those that name no book of the scope."""
    where = [
        _is_put_aside(),
        ~sa.exists(sa.select(quarantine_decision.c.set_id).where(quarantine_decision.c.set_id == change_set.c.id)),
    ]
    if not everything:
        where.append(within(change_set.c.book_id, scope) | _author_in(scope))
    return (
        sa.select(change_set, device.c.name.label("device_name"))
        .join(device, device.c.id == change_set.c.device_id)
        .join(user_account, user_account.c.id == change_set.c.author)
        .where(*where)
        .order_by(change_set.c.received_at, change_set.c.id)
    )


def _is_put_aside() -> sa.ColumnElement[bool]:
    """What a device sent and was not taken, and what has waited for too long, of devices and of the office."""
    return sa.and_(
        change_set.c.state.in_(STATES),
        sa.case(
            (change_set.c.state != WAITS, device.c.kind == "device"),
            (change_set.c.body.is_(None), sa.false()),
            (change_set.c.received_at < clock.now_ms() - WAITS_LONG_MS, sa.true()),
            else_=sa.or_(device.c.state != "active", user_account.c.state != "active"),
        ),
    )


def _author_in(scope: Collection[str]) -> sa.ColumnElement[bool]:
    """Work of somebody with a seat in the scope, that names no book we know: what a lost device sends names it only inside."""
    mine = sa.select(seat.c.user_id).where(within(seat.c.book_id, scope))
    return change_set.c.book_id.is_(None) & change_set.c.author.in_(mine)


def load(scope: Collection[str], set_id: str, reader: str, *, everything: bool) -> PutAside | None:
    """One set; None: not there, or not for this reader."""
    query = (
        sa.select(
            change_set,
            device.c.name.label("device_name"),
            quarantine_decision.c.outcome,
            quarantine_decision.c.reason,
            quarantine_decision.c.by.label("settled_by"),
            quarantine_decision.c.at.label("settled_at"),
        )
        .join(device, device.c.id == change_set.c.device_id)
        .join(user_account, user_account.c.id == change_set.c.author)
        .outerjoin(quarantine_decision, quarantine_decision.c.set_id == change_set.c.id)
        .where(change_set.c.id == set_id, sa.or_(_is_put_aside(), quarantine_decision.c.outcome.is_not(None)))
    )
    if not everything:
        query = query.where(within(change_set.c.book_id, scope) | _author_in(scope))
    with reading() as connection:
        row = connection.execute(query).mappings().one_or_none()
        return None if row is None else _opened(connection, scope, reader, row)


def _opened(connection: Connection, scope: Collection[str], reader: str, row: sa.RowMapping) -> PutAside:
    body = _object(row["body"])
    book = book_of(row["book_id"], body)
    holds = sa.select(seat.c.seat).where(seat.c.book_id == book, seat.c.user_id == reader).limit(1)
    close = connection.scalar(holds) is not None
    verdict = _object(row["verdict"])
    told = {each.get("n"): each.get("why", []) for each in verdict.get("changes", []) if isinstance(each, dict)}
    parts = [_part(n, change, told.get(n, []), close=close) for n, change in _changes(body).items()]
    lacks = lacking(connection, scope, row, _changes(body)) if row["state"] == WAITS else []
    users = {row["author"], *([row["settled_by"]] if row["settled_by"] else [])}
    records = {str(each) for part in parts for each in (part.customer, part.record) if each}
    for part in parts:
        more_records, more_users = names.ids_in(part.specs, [part.values])
        records, users = records | more_records, users | more_users
    settled = None
    if row["outcome"]:
        settled = Settled(row["outcome"], row["reason"], row["settled_by"], row["settled_at"])
    return PutAside(
        refused_of(row),
        row["state"],
        body,
        parts,
        settled,
        names.load(connection, scope, records=records, users=users),
        names.book_names(connection, [book] if book in scope else []).get(book or "", ""),
        lacks,
        row["faults"],
    )


def _changes(body: Mapping[str, Any]) -> dict[int, Mapping[str, Any]]:
    changes = body.get("changes")
    numbered = enumerate(changes if isinstance(changes, list) else [], 1)
    return {n: change for n, change in numbered if isinstance(change, dict)}


def book_of(stored: str | None, body: Mapping[str, Any]) -> str:
    """The book that a set is for: as it was stored, else as the set says."""
    named = body.get("book")
    return stored or (named if isinstance(named, str) else "")


def _object(text: str | None) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _part(n: int, change: Mapping[str, Any], why: list[Mapping[str, Any]], *, close: bool) -> Part:
    type_name = str(change.get("type", ""))
    specs = record_type(type_name).specs() if knows(type_name) else {}
    asked = change.get("set")
    asked = asked if isinstance(asked, dict) else {}
    reasons: dict[str, list[str]] = {}
    for each in why:
        reasons.setdefault(str(each.get("field", "")), []).append(str(each.get("code", "")))
    wrong = {
        name: specs[name] for name in reasons if name in specs and specs[name].kind.value not in ("lines", "reference")
    }
    kept = {name: value for name, value in asked.items() if name in specs and name not in wrong}
    values = {name: value for name, value in shown_all(specs, kept, close=close).items() if name in kept}
    customer = change.get("customer")
    return Part(
        n,
        str(change.get("op", "")),
        type_name,
        customer if isinstance(customer, str) else None,
        str(change.get("record", "")),
        specs,
        values,
        asked,
        reasons,
        wrong,
    )
