"""Sets that were received and not carried out: those that wait for another set, and the quarantine."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import clock, push, push_verdict, quotas, sealed_sets, users
from server.services.push_claim import digest_of, envelope_reasons, own_id, plain_action
from server.services.push_verdict import Verdict
from server.storage import retrying
from server.storage.database import among, reading, writing
from server.storage.tables import change_set, device, user_account
from sync_protocol.identity import is_id
from sync_protocol.problems import Problem

RETRIES_LIMIT, RETRIES_SECONDS = 200, 5.0
TURNED_MS = 60_000
OFFICE_SECONDS = 60.0
_WAITING = (
    sa.select(change_set.c.id)
    .where(change_set.c.state == "waiting", change_set.c.body.is_not(None))
    .order_by(change_set.c.seq + 0)  # as it stands, SQLite would go by it through all that the device ever sent
)
logger = logging.getLogger("roundbook.sync")


def retry_waiting(
    sender: push.Sender, named: Collection[str] = (), *, seconds: float = RETRIES_SECONDS, most: int = RETRIES_LIMIT
) -> None:
    """Judge the waiting sets of a device again, in the order of their numbers, as long as one of them gets further.

    Where more wait than are tried in one request, each minute begins with others, so that none is out of reach behind those that
    wait on.
    Args: named: ids of sets that it still holds: also those count that it sent under another id, before it enrolled anew (R40).
        seconds: for so long at most. most: so many at a time.
    """
    until, moved, failed = time.monotonic() + seconds, True, set[str]()
    while moved:
        with reading() as connection:
            waiting = list(connection.scalars(_WAITING.where(_may_be_of(connection, sender, named))))
        moved = False
        for set_id in _turned(waiting, most):
            if set_id in failed:  # a fault counts once a request
                continue
            if time.monotonic() > until:
                return
            verdict = _retry(sender, set_id)
            if verdict["state"] == "failed":
                failed.add(set_id)
            elif verdict["state"] != "waiting":
                moved = True


def _turned(waiting: Sequence[str], most: int) -> list[str]:
    """Those that are tried now: all of them, or another part of them each minute."""
    if len(waiting) <= most // 4:  # few enough to be tried in time, all of them
        return list(waiting)
    start = clock.now_ms() // TURNED_MS * (most // 4) % len(waiting)
    return [*waiting[start:], *waiting[:start]][:most]


def _may_be_of(connection: Connection, sender: push.Sender, named: Collection[str]) -> sa.ColumnElement[bool]:
    his = change_set.c.device_id == sender.device
    if not named:
        return his
    return sa.or_(his, sa.and_(change_set.c.author == sender.user, among(connection, change_set.c.id, named)))


def retry_office() -> int:
    """Judge the waiting sets again that no device comes and asks for: those of the office, and what came from devices that were
    reported lost or retired, or from people before they were dismissed. Returns: how many got further."""
    query = (
        sa.select(change_set.c.author, device.c.id, device.c.kind, sa.func.count().label("sets"))
        .join(device, device.c.id == change_set.c.device_id)
        .join(user_account, user_account.c.id == device.c.user_id)
        .where(
            sa.or_(device.c.kind == push.OFFICE_KIND, device.c.state != "active", user_account.c.state != "active"),
            change_set.c.state == "waiting",
            change_set.c.body.is_not(None),
        )
        .group_by(change_set.c.author, device.c.id, device.c.kind)
    )
    done = 0
    with reading() as connection:
        before = connection.execute(query.order_by(device.c.id)).all()
    for row in before:
        is_office = row.kind == push.OFFICE_KIND
        sender = push.office_sender(row.author, system=row.author == users.SYSTEM) if is_office else (
            push.Sender(row.id, row.author)
        )  # fmt: skip
        retry_waiting(sender, seconds=OFFICE_SECONDS)
        with reading() as connection:
            left = {again.id: again.sets for again in connection.execute(query)}
        done += row.sets - left.get(row.id, 0)
    return done


def _retry(sender: push.Sender, set_id: str) -> Verdict:
    """Judge one set again; a fault in it is counted, and costs the others nothing (R9)."""
    with reading() as connection:
        row = connection.execute(sa.select(change_set.c.seq, change_set.c.body).where(change_set.c.id == set_id)).one()
    if row.body is None:  # it was judged meanwhile
        return {"state": "waiting"}
    seq, wire = row.seq, json.loads(row.body)
    try:
        return push.push(sender, seq, wire)
    except Problem:
        raise
    except Exception as error:
        if retrying.is_gone(error):  # no fault of this set
            raise Problem("busy", "The database cannot be had just now. What was not answered, send again.") from error
        logger.exception("waiting set %s of device %s failed", seq, sender.device)
        return push.count_fault(sender, seq, wire)


def quarantine(sender: push.Sender, sets: Sequence[Mapping[str, Any]]) -> None:
    """Put aside, whole and unjudged, what a lost device or a dismissed user still sends; for a person to look at (decision 10)."""
    with writing() as connection:
        for item in sets:
            wire = item["set"] if "set" in item else sealed_sets.opened(item.get("sealed", ""))
            if not isinstance(wire, dict) or not is_id(wire.get("id")):
                continue
            row = {
                "id": own_id(connection, wire["id"], sender.user),
                "device_id": sender.device,
                "seq": item["seq"],
                "author": sender.user,
                "action": plain_action(wire),
                "digest": digest_of(wire),
                "state": "quarantined",
                "body": json.dumps(wire),
                "received_at": clock.now_ms(),
            }
            known = sa.select(change_set.c.id).where(
                sa.or_(
                    change_set.c.id == row["id"],
                    sa.and_(change_set.c.device_id == row["device_id"], change_set.c.seq == row["seq"]),
                )
            )
            if connection.scalar(known) is not None:
                continue
            if not quotas.has_room(connection, sender.device, row["id"], row["body"]):
                logger.warning("quarantine of device %s is full; set %s was not kept", sender.device, row["id"])
                return
            connection.execute(sa.insert(change_set), row)


def told_of_quarantine(sender: push.Sender, sets: Sequence[Mapping[str, Any]]) -> list[Verdict]:
    """What the device of a dismissed user reads of what it still sends; nothing of it is judged.

    Returns: the verdict that a set had before; else that it was put aside, or that there was no room for it.
    """
    told = []
    with reading() as connection:
        for item in sets:
            seq, wire = item["seq"], item["set"] if "set" in item else sealed_sets.opened(item.get("sealed", ""))
            if wire is None and "set" not in item:
                told.append(push_verdict.refusal(seq, None, [{"field": "sealed", "code": "sealed.unreadable"}]))
                continue
            name = wire.get("id") if isinstance(wire, dict) else None
            if not isinstance(name, str) or not is_id(name):
                told.append(push_verdict.refusal(seq, name, envelope_reasons(wire, sender.user)))
                continue
            query = sa.select(change_set).where(change_set.c.id == own_id(connection, name, sender.user))
            known = connection.execute(query).mappings().first()
            if known is not None and (known["state"] != "waiting" or known["digest"] != digest_of(wire)):
                told.append(push_verdict.repeated(known, digest_of(wire), seq, name))
            elif known is not None:  # it came before he was dismissed; the office judges it when what it needs is there
                told.append({"seq": seq, "id": name, "state": "waiting", "at": {}, "changes": []})
            else:
                told.append(push_verdict.refusal(seq, name, [{"field": "set", "code": "quota.quarantine"}]))
    return told
