"""One round trip with a device: who may go on, its sets one by one, then one page. Order of steps: docs/protocol.md, section 7."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import (
    books,
    clock,
    cursors,
    devices_sync,
    epochs,
    hand_overs,
    lost_history,
    pull,
    push,
    push_together,
    push_verdict,
    sealed_sets,
    snapshots,
    waiting,
)
from server.services.push_claim import rows_of
from server.services.recovery import alarms, safe, witness
from server.storage import retrying
from server.storage.database import among, reading
from server.storage.tables import change_set
from sync_protocol.acts import acts_of
from sync_protocol.identity import is_id
from sync_protocol.problems import Problem
from sync_protocol.version import PROTOCOL_VERSION, SCHEMA_MIN, SCHEMA_NOW

logger = logging.getLogger("roundbook.sync")
PUSH_SECONDS = 10.0
MISSES_LIMIT = 2
_HIGHEST = sa.select(sa.func.max(change_set.c.seq)).where(change_set.c.device_id == sa.bindparam("device"))


def refuse(device: devices_sync.Device, request: dict[str, Any], *, carried: bool = False) -> None:
    """Steps 1 to 4: who may go on. Args: carried: by hand; then it may be older than what has come since. Raises: Problem."""
    witness.refuse_if_behind()
    if request["device"] != device.id or request["user"] != device.user:
        raise Problem("signature-wrong", "The body names another device or user than its signature.")
    if request["v"] != PROTOCOL_VERSION:
        raise Problem(
            "not-the-schema", f"This server speaks protocol version {PROTOCOL_VERSION}.", reasons={"v": ["version"]}
        )
    if device.state == "lost" or not device.user_active:
        waiting.quarantine(push.Sender(device.id, device.user), request["sets"])
        if device.state == "lost":
            raise Problem(
                "device-lost",
                "This device was reported lost. What it sent was put aside, if there was room; it wipes itself.",
            )
    with reading() as connection:
        lost_history.refuse_other_life(connection, request["epoch"])
    if request["last_seq"] < device.last_seq and not carried:
        if not devices_sync.is_of_before(device, request):
            _tell_of_copy(device, f"it had counted to {device.last_seq} and says {request['last_seq']}")
        raise Problem(
            "device-forked", "This device has counted further before: it was copied or rolled back. Nothing was stored."
        )
    _refuse_numbers_used_again(device, request["sets"])
    for held in (request["cursors"], request["witnessed"]):
        lost_history.refuse_contradiction(device.id, held)


def _refuse_numbers_used_again(device: devices_sync.Device, sets: Sequence[dict[str, Any]]) -> None:
    """A number names one set for ever: one that names another, here or before, shows a copy, and nothing is judged (R40).

    What another request stores meanwhile, or is sealed, is found when it is judged. Raises: Problem(device-forked).
    """
    named: dict[int, str] = {}
    for item in sets:
        wire = item.get("set")
        set_id = wire.get("id") if isinstance(wire, dict) else None
        if isinstance(set_id, str) and is_id(set_id) and named.setdefault(item["seq"], set_id) != set_id:
            raise _used_again(device)
    if not named:
        return
    with reading() as connection:
        if min(named) > (connection.scalar(_HIGHEST, {"device": device.id}) or 0):
            return
        its = (change_set.c.device_id == device.id, among(connection, change_set.c.seq, list(named)))
        known = connection.execute(sa.select(change_set.c.seq, change_set.c.id).where(*its)).all()
    if any(row.id not in rows_of([named[row.seq]], device.user) for row in known):
        raise _used_again(device)


def _used_again(device: devices_sync.Device) -> Problem:
    _tell_of_copy(device, "it used a number again for another change set")
    return Problem("device-forked", "This device's number already names another change set. Nothing was stored.")


def judge(
    device: devices_sync.Device, request: dict[str, Any], *, skew_ms: int, seconds: float = PUSH_SECONDS
) -> list[dict[str, Any]]:
    """Steps 5 and 6: the sets of the request, those that wait, due hand-overs. Args: skew_ms: the device's clock minus ours, at sending.

    Returns: the verdicts on the sets of the request.
    """
    sender = push.Sender(device.id, device.user, skew_ms=skew_ms, acts=acts_of(device.roles))
    if not device.user_active:  # all of it was put aside; nothing that he sends changes anything
        return waiting.told_of_quarantine(sender, request["sets"])
    try:
        fresh = push_all(sender, request["sets"], seconds)
    except Problem as problem:
        if problem.name == "device-forked":
            _tell_of_copy(device, "it used a number again for another change set")
        raise
    waiting.retry_waiting(sender, request["pending"])
    hand_overs.settle_due_of(device.user)  # R17: before the pull
    return fresh


def _tell_of_copy(device: devices_sync.Device, what: str) -> None:
    """Two copies of a device exist, or it was rolled back: somebody should look at it (R40)."""
    alarms.raise_alarm(alarms.COPIED, what, device.id)


def answer(
    device: devices_sync.Device, request: dict[str, Any], fresh: list[dict[str, Any]], reply_to: str
) -> dict[str, Any]:
    """Step 7: verdicts and a page. Args: reply_to: hash of the request. Raises: Problem(epoch-changed), Problem(schema-retired)."""
    if request["schema"] < SCHEMA_MIN:  # R51: its sets were received all the same
        text = "This app is too old to be served. What it sent was received; it keeps all it has until it is updated."
        raise Problem("schema-retired", text, min=SCHEMA_MIN, now=SCHEMA_NOW)
    try:
        return _read(device, request, fresh, reply_to)
    except cursors.Contradicted as found:  # lost between two statements; what was judged meanwhile is repeated
        raise lost_history.begin(device.id, found) from found


def push_all(sender: push.Sender, sets: list[dict[str, Any]], seconds: float = PUSH_SECONDS) -> list[dict[str, Any]]:
    """The sets in the order of their numbers; those that simply apply share a transaction. A fault of one costs only itself (R9)."""
    until = time.monotonic() + seconds
    answered: list[dict[str, Any]] = []
    numbered = [(int(item["seq"]), _opened(item)) for item in sorted(sets, key=lambda item: int(item["seq"]))]
    for group in push_together.groups(sender, numbered):
        misses = 0
        while group and time.monotonic() <= until:
            verdicts = push_together.push_together(sender, group)
            answered += verdicts
            group = group[len(verdicts) :]
            misses = 0 if verdicts else misses + 1
            alone = group[:1] if misses < MISSES_LIMIT else group  # then most of them are not of the ordinary kind
            answered += _alone(sender, alone, until)
            group = group[len(alone) :]
    return answered


def _alone(sender: push.Sender, group: Sequence[push_together.Numbered], until: float) -> Iterator[dict[str, Any]]:
    for item in group:
        if time.monotonic() > until:
            return
        yield _judge(sender, item.seq, item.wire)


def _opened(item: dict[str, Any]) -> Any | None:
    """The set itself; None, if it was sealed and cannot be read."""
    return item["set"] if "set" in item else sealed_sets.opened(item.get("sealed", ""))


def _judge(sender: push.Sender, seq: int, wire: Any | None) -> dict[str, Any]:
    if wire is None:
        return push_verdict.refusal(seq, None, [{"field": "sealed", "code": "sealed.unreadable"}])
    try:
        return push.push(sender, seq, wire)
    except Problem:
        raise
    except Exception as error:
        if retrying.is_gone(error):  # no fault of this set
            raise Problem("busy", "The database cannot be had just now. What was not answered, send again.") from error
        logger.exception("set %s of device %s failed", seq, sender.device)
        return push.count_fault(sender, seq, wire)


def _scope(connection: Connection, device: devices_sync.Device) -> books.Scope:
    return books.scope_of(connection, device.user) if device.state == "active" and device.user_active else {}


def _read(
    device: devices_sync.Device,
    request: dict[str, Any],
    fresh: list[dict[str, Any]],
    reply_to: str,
    *,
    again: bool = False,
) -> dict[str, Any]:
    """Verdicts and page from one snapshot (R23), members without news left out (decision 16).

    Args: again: the files that large books travel in were made meanwhile.
    """
    unsettled = [verdict["id"] for verdict in fresh if verdict["state"] == "waiting"]
    own = pull.made_by(request["sets"], fresh) if request["own"] else {}
    with reading() as connection:
        lost_history.refuse_other_life(connection, request["epoch"])
        epoch = epochs.current(connection)
        scope = _scope(connection, device)
        people = books.names_in(connection, scope)
        page = pull.pull(
            connection, scope, request["cursors"], device=device.id, loads_snapshots=request["snapshots"], own=own
        )
        tag = books.scope_tag(scope, people)
        news_of_books = bool(page.cursors) or tag != request["scope_tag"]
        marks = safe.positions(connection, scope) if news_of_books and not page.more else {}
        known = pull.verdicts(connection, [*unsettled, *request["pending"]], device.user)
    if page.lacking and not again:
        snapshots.prepare(page.lacking)
        return _read(device, request, fresh, reply_to, again=True)
    answer: dict[str, Any] = {
        "v": PROTOCOL_VERSION,
        "epoch": epoch,
        "time": clock.now_ms(),
        "reply_to": reply_to,
    }
    told = [v for v in fresh if v["state"] != "waiting" or v["id"] not in known]
    named = {v["id"] for v in told}
    told += [verdict for set_id, verdict in known.items() if set_id not in named]
    news = {
        "verdicts": told,
        "records": page.records,
        "own": page.own,
        "left": page.left,
        "from": page.since,
        "cursors": page.cursors,
        "snapshots": page.snapshots,
        "check": page.check,
        "want": page.want,
        "safe": marks,
    }
    answer.update({name: value for name, value in news.items() if value})
    answer["more"] = page.more
    if tag != request["scope_tag"]:
        answer.update(scope=scope, people=people, scope_tag=tag)
    if request["schema"] != SCHEMA_NOW:
        answer["schema"] = {"min": SCHEMA_MIN, "now": SCHEMA_NOW}
    if device.state != "active":
        answer["device"] = device.state
    return answer
