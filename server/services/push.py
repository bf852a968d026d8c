"""One change set, one transaction: lock the books, judge, write, answer (protocol §5)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError

from server.services import clock, epochs, parts, users
from server.services.push_world import Locked, load_world, lock_books
from server.services.push_write import write_entries
from server.storage.database import is_sqlite, writing
from server.storage.tables import change_set, device
from sync_protocol import changes, identity, signing
from sync_protocol import clock as hybrid
from sync_protocol.acts import may
from sync_protocol.canonical import NotCanonical, canonical
from sync_protocol.decide import Author, Decision, decide_set
from sync_protocol.problems import Problem
from sync_protocol.version import SCHEMA_MIN, SCHEMA_NOW

TRIES = 5
FAULTS_LIMIT = 5
OFFICE_KIND = "office"
Verdict = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sender:
    """Where a set comes from. `skew_ms`: the device's clock minus ours, when it was sent."""

    device: str
    user: str
    skew_ms: int = 0
    system: bool = False
    office: bool = False


def push(sender: Sender, seq: int, wire: Any) -> Verdict:
    """Judge one set of a device and carry it out. The same set gets the same verdict, however often it comes.

    Args: seq: the number that the device gave it. wire: as received.
    Returns: the verdict, signed. Raises: Problem(device-forked), if (device, seq) names another set.
    """
    reasons = _envelope_reasons(wire, sender)
    set_id = wire.get("id") if isinstance(wire, dict) else None
    if not identity.is_id(set_id):
        return {
            "seq": seq,
            "id": str(set_id)[:60],
            "state": "refused",
            "at": {},
            "changes": [{"n": 0, "state": "refused", "why": reasons}],
        }
    for attempt in range(TRIES):
        try:
            with writing() as connection:
                return _push_once(connection, sender, seq, wire, reasons)
        except IntegrityError as error:
            if attempt == TRIES - 1:
                raise error
        except DBAPIError as error:
            if attempt == TRIES - 1 or not _passing(error):
                raise error
        except BookAppeared:
            continue
    raise Problem("busy", "The set was not taken; it is safe to send it again.")


class BookAppeared(Exception):
    """A customer moved between the look and the lock: look again."""


def _passing(error: DBAPIError) -> bool:
    state = getattr(error.orig, "sqlstate", None)
    return state in ("40001", "40P01", "55P03") or "locked" in str(error.orig) or "busy" in str(error.orig)


def office_push(
    author: str,
    book: str,
    action: str,
    records: Sequence[Mapping[str, Any]],
    *,
    system: bool = False,
    set_id: str | None = None,
) -> Verdict:
    """Write as a person in the office, by the same rules as a device (decision 7).

    Args: author: user id. records: changes in wire form without `n`, of one book. system: on the product's own authority
        (imports, computed fields): every field may be set, static ones too. set_id: to make a repetition harmless.
    Returns: the verdict.
    """
    now = clock.now_ms()
    made_by = users.SYSTEM if author == users.SYSTEM else author
    user = users.by_id(author)
    wire = changes.new_set(
        id=set_id or clock.new_id(), author=author, book=book, made=f"{now}-0", action=action, changes=records
    )
    roles = user.roles if user else ()
    sender = Sender(
        device=identity.derived_id("office", made_by),
        user=author,
        system=system,
        office=may(roles, "accept") or may(roles, "edit_catalogue"),
    )
    with writing() as connection:
        if author == users.SYSTEM:
            users.ensure_system(connection)
        seq = _next_office_seq(connection, sender, now)
    return push(sender, seq, wire)


def _next_office_seq(connection: Connection, sender: Sender, now: int) -> int:
    row = connection.execute(sa.select(device.c.last_seq).where(device.c.id == sender.device).with_for_update()).first()
    if row is None:
        connection.execute(
            sa.insert(device),
            {
                "id": sender.device,
                "user_id": sender.user,
                "kind": OFFICE_KIND,
                "name": "office",
                "enrolled_at": now,
                "last_seq": 1,
            },
        )
        return 1
    connection.execute(sa.update(device).where(device.c.id == sender.device).values(last_seq=row.last_seq + 1))
    return int(row.last_seq) + 1


def _envelope_reasons(wire: Any, sender: Sender) -> list[changes.Reason]:
    reasons = changes.check_set(wire)
    if not reasons and wire["author"] != sender.user:
        reasons.append({"field": "author", "code": "author.other"})
    if not reasons and not SCHEMA_MIN <= wire["schema"] <= SCHEMA_NOW:
        reasons.append({"field": "schema", "code": "schema.unknown"})
    try:
        if len(canonical(wire)) > changes.SET_BYTES_LIMIT:
            reasons.append({"field": "set", "code": "set.too-large"})
    except (NotCanonical, UnicodeEncodeError) as error:
        reasons.append({"field": "set", "code": str(error) or "text.surrogate"})
    return reasons


def _digest(wire: Any) -> str:
    try:
        return changes.digest(wire)
    except (NotCanonical, UnicodeEncodeError):
        return signing.body_hash(json.dumps(wire, sort_keys=True).encode())


def _push_once(
    connection: Connection, sender: Sender, seq: int, wire: Mapping[str, Any], reasons: list[changes.Reason]
) -> Verdict:
    digest = _digest(wire)
    known = _claim(connection, sender, seq, wire, digest)
    if known is not None and known["state"] != "waiting":
        return _repeat(known, digest, seq)
    if known is not None and known["digest"] != digest:
        return _repeat(known, digest, seq)
    if known is not None:
        seq = known["seq"]
    problems = reasons or _change_reasons(wire)
    if problems:
        return _finish(
            connection, sender, seq, wire, digest, "refused", problems_as_changes(wire, problems), {}, late=False
        )
    locked = lock_books(connection, wire)
    if locked is None:
        raise BookAppeared
    return _decide(connection, sender, seq, wire, digest, locked)


def _claim(
    connection: Connection, sender: Sender, seq: int, wire: Mapping[str, Any], digest: str
) -> sa.RowMapping | None:
    """Take the set's row, or return the one that is there. A twin in flight waits here for the other to end."""
    row = {
        "id": wire["id"],
        "device_id": sender.device,
        "seq": seq,
        "author": sender.user,
        "book_id": wire["book"] if identity.is_id(wire.get("book")) else None,
        "action": str(wire.get("action", ""))[:60],
        "digest": digest,
        "state": "open",
        "received_at": clock.now_ms(),
    }
    statement = sa.text(
        "INSERT INTO change_set (id, device_id, seq, author, book_id, action, digest, state, received_at, faults) "
        "VALUES (:id, :device_id, :seq, :author, :book_id, :action, :digest, :state, :received_at, 0) ON CONFLICT (id) DO NOTHING"
    )
    try:
        with connection.begin_nested():
            done = connection.execute(statement, row).rowcount
    except IntegrityError as error:
        raise Problem(
            "device-forked", "This device's number already names another change set. Nothing was stored."
        ) from error
    if done:
        return None
    query = sa.select(change_set).where(change_set.c.id == wire["id"])
    return connection.execute(query if is_sqlite(connection) else query.with_for_update()).mappings().one()


def _repeat(known: sa.RowMapping, digest: str, seq: int) -> Verdict:
    if known["digest"] != digest:
        why = [{"field": "id", "code": "id-reused"}]
        return {
            "seq": seq,
            "id": known["id"],
            "state": "refused",
            "at": {},
            "changes": [{"n": 0, "state": "refused", "why": why}],
        }
    verdict: Verdict = json.loads(known["verdict"])
    return {**verdict, "repeat": True}


def _change_reasons(wire: Mapping[str, Any]) -> list[tuple[int, list[changes.Reason]]]:
    found = [(n, changes.check_change(change, n)) for n, change in enumerate(wire["changes"], 1)]
    return [(n, reasons) for n, reasons in found if reasons]


def problems_as_changes(wire: Mapping[str, Any], problems: Sequence[Any]) -> list[dict[str, Any]]:
    """Reasons as the `changes` of a verdict: under number 0, if they concern the whole set."""
    if isinstance(problems[0], dict):
        return [{"n": 0, "state": "refused", "why": list(problems)}]
    bad = dict(problems)
    return [
        {"n": n, "state": "refused", "why": bad[n]} if n in bad else {"n": n, "state": "refused"}
        for n in range(1, len(wire["changes"]) + 1)
    ]


def _decide(
    connection: Connection, sender: Sender, seq: int, wire: Mapping[str, Any], digest: str, locked: Locked
) -> Verdict:
    world = load_world(connection, wire, locked)
    received = clock.now_ms()
    time, _ = hybrid.corrected(wire["made"], skew_ms=sender.skew_ms, received_ms=received, seen_ms=0)
    author = Author(
        user=sender.user, device=sender.device, seq=seq, time=time, system=sender.system, office=sender.office
    )
    if wire["book"] not in locked.books:
        reason = [{"field": "book", "code": "book.unknown"}]
        return _finish(
            connection, sender, seq, wire, digest, "refused", problems_as_changes(wire, reason), {}, late=False
        )
    state, decisions = decide_set(wire["changes"], world, author=author, set_id=wire["id"], set_book=wire["book"])
    at: dict[str, int] = {}
    if state not in ("refused", "waiting"):
        at = write_entries(connection, locked, wire, decisions, author=author, at=received)
    told = [_told(n, decision, state) for n, decision in enumerate(decisions, 1)]
    late = any(decision.late for decision in decisions)
    return _finish(connection, sender, seq, wire, digest, state, told, at, late=late)


def _told(n: int, decision: Decision, set_state: str) -> dict[str, Any]:
    told: dict[str, Any] = {"n": n, "state": decision.state}
    if decision.why:
        told["why"] = decision.why
    if set_state not in ("refused", "waiting"):
        if decision.proposal:
            told["proposal"] = decision.proposal
        if decision.conflict:
            told["conflict"] = decision.conflict
    return told


def _finish(
    connection: Connection,
    sender: Sender,
    seq: int,
    wire: Mapping[str, Any],
    digest: str,
    state: str,
    told: list[dict[str, Any]],
    at: dict[str, int],
    *,
    late: bool,
) -> Verdict:
    verdict: Verdict = {"seq": seq, "id": wire["id"], "state": state, "at": at, "changes": told}
    if late:
        verdict["late"] = True
    verdict["receipt"] = receipt(connection, wire["id"], digest, state, at)
    kept = json.dumps(wire, ensure_ascii=True) if state in ("refused", "waiting") else None
    connection.execute(
        sa.update(change_set)
        .where(change_set.c.id == wire["id"])
        .values(state=state, verdict=json.dumps(verdict, ensure_ascii=False), body=kept)
    )
    return verdict


def receipt(connection: Connection, set_id: str, digest: str, state: str, at: Mapping[str, int]) -> str:
    """The server's signature over (epoch, set id, digest, state, at), in canonical form (decision 18)."""
    return signing.sign(
        parts.keyring().sign_key, canonical([epochs.current(connection), set_id, digest, state, dict(at)])
    )


def count_fault(sender: Sender, seq: int, wire: Mapping[str, Any]) -> Verdict:
    """R9: an exception was rolled back. Counted; the 5th time the set goes to quarantine, and holds nobody up any more."""
    digest = _digest(wire)
    with writing() as connection:
        known = _claim(connection, sender, seq, wire, digest)
        if known is not None and known["state"] not in ("open", "waiting"):
            return _repeat(known, digest, seq)
        faults = (known["faults"] if known is not None else 0) + 1
        connection.execute(
            sa.update(change_set)
            .where(change_set.c.id == wire["id"])
            .values(faults=faults, state="waiting", verdict="{}")
        )
        if faults >= FAULTS_LIMIT:
            told = problems_as_changes(wire, [{"field": "set", "code": "internal"}])
            return _finish(connection, sender, seq, wire, digest, "refused", told, {}, late=False)
    return {"seq": seq, "id": wire["id"], "state": "failed", "at": {}, "changes": []}
