"""First steps with a received set: is it one, was it here before, and its row, which makes a twin in flight wait."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from server.services import clock
from server.storage.database import is_sqlite
from server.storage.tables import change_set
from sync_protocol import changes, identity, json_text, signing
from sync_protocol.canonical import NotCanonical, canonical
from sync_protocol.problems import Problem
from sync_protocol.version import SCHEMA_NOW, SCHEMAS_KEPT

ACTION_LENGTH = 60


def envelope_reasons_but_size(wire: Any, author: str) -> list[changes.Reason]:
    """The same, without the look at all of it."""
    reasons = changes.check_set(wire)
    if not reasons and wire["author"] != author:
        reasons.append({"field": "author", "code": "author.other"})
    if not reasons and not SCHEMA_NOW - SCHEMAS_KEPT < wire["schema"] <= SCHEMA_NOW:
        reasons.append({"field": "schema", "code": "schema.unknown"})
    return reasons


def envelope_reasons(wire: Any, author: str) -> list[changes.Reason]:
    """What is wrong with a set before its changes are looked at. Args: author: who must have made it."""
    reasons = envelope_reasons_but_size(wire, author)
    try:
        if len(canonical(wire)) > changes.SET_BYTES_LIMIT:
            reasons.append({"field": "set", "code": "set.too-large"})
    except NotCanonical as error:
        reasons.append({"field": "set", "code": str(error)})
    return reasons


def digest_in_order(wire: Any, author: str) -> str | None:
    """The digest of a set with which nothing is wrong; None, if anything is."""
    if envelope_reasons_but_size(wire, author):
        return None
    certain = all(changes.certainly_creates(change, n) for n, change in enumerate(wire["changes"], 1))
    try:
        raw = json_text.dumps_by_name(wire) if certain else canonical(wire)
    except (NotCanonical, UnicodeEncodeError):
        return None
    if len(raw) > changes.SET_BYTES_LIMIT or (not certain and change_reasons(wire)):
        return None
    return signing.body_hash(raw)


def change_reasons(wire: Mapping[str, Any]) -> list[tuple[int, list[changes.Reason]]]:
    """What is wrong with the changes themselves: number and reasons of those that are."""
    found = [(n, changes.check_change(change, n, wire["schema"])) for n, change in enumerate(wire["changes"], 1)]
    return [(n, reasons) for n, reasons in found if reasons]


def digest_of(wire: Any) -> str:
    """The digest of a set; of one that has no canonical form, a hash of what it is instead."""
    try:
        return changes.digest(wire)
    except NotCanonical:
        return signing.body_hash(json.dumps(wire, sort_keys=True).encode())


def row_of(set_id: str, author: str) -> str:
    """The row of a set whose id somebody else had used before for a set of his own."""
    return identity.derived_id("set", author, set_id)


def rows_of(set_ids: Iterable[str], author: str) -> list[str]:
    """All rows in which sets of this author by these ids may be."""
    return [row for set_id in set_ids for row in (set_id, row_of(set_id, author))]


def own_id(connection: Connection, set_id: str, author: str) -> str:
    """Under which id this author's set is kept: its own, unless that is the id of a set of another author.

    So nobody can take an id away from its owner, as after a restore, by using it first.
    """
    known = connection.scalar(sa.select(change_set.c.author).where(change_set.c.id == set_id))
    return set_id if known in (None, author) else row_of(set_id, author)


def claim(
    connection: Connection,
    *,
    device: str,
    author: str,
    seq: int,
    wire: Mapping[str, Any],
    digest: str,
    skew_ms: int = 0,
) -> sa.RowMapping | None:
    """Take the set's row, or return the one that is there. A twin in flight waits here for the other to end.

    Args: skew_ms: the device's clock minus ours now; it counts for this set whenever it is judged (R22).

    Raises: Problem(device-forked), if the device gave this number to another set.
    """
    row = {
        "id": wire["id"],
        "device_id": device,
        "seq": seq,
        "author": author,
        "book_id": wire["book"] if identity.is_id(wire.get("book")) else None,
        "action": plain_action(wire),
        "digest": digest,
        "state": "open",
        "received_at": clock.now_ms(),
        "skew_ms": skew_ms,
    }
    statement = sa.text(
        "INSERT INTO change_set (id, device_id, seq, author, book_id, action, digest, state, received_at, faults, "
        "skew_ms) VALUES (:id, :device_id, :seq, :author, :book_id, :action, :digest, :state, :received_at, 0, :skew_ms) "
        "ON CONFLICT (id) DO NOTHING"
    )
    if not is_sqlite(connection):  # the row has two unique indexes: twins that insert at once could wait for each other
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(wire["id"], 0))))
    forked: IntegrityError | None = None
    try:
        with connection.begin_nested():
            if connection.execute(statement, row).rowcount:
                return None
    except (
        IntegrityError
    ) as error:  # the number is taken; by this very set, if a twin came first through the other index
        forked = error
    query = sa.select(change_set).where(change_set.c.id == wire["id"])
    known = connection.execute(query if is_sqlite(connection) else query.with_for_update()).mappings().first()
    if known is None:
        text = "This device's number already names another change set. Nothing was stored."
        raise Problem("device-forked", text) from forked
    return known


def plain_action(wire: Mapping[str, Any]) -> str:
    """The name of the action, without what a database or a page would stumble over."""
    action = wire.get("action", "")
    return "".join(c for c in action if c.isprintable())[:ACTION_LENGTH] if isinstance(action, str) else ""
