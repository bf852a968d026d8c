"""One change set, one transaction: lock the books, judge, write, answer (protocol §5)."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError

from server.services import clock, hand_overs, push_verdict, quotas, users
from server.services.operations import redirecting
from server.services.push_claim import change_reasons, claim, digest_of, envelope_reasons, own_id
from server.services.push_notice import notices
from server.services.push_verdict import WITHOUT_EFFECT, Verdict
from server.services.push_world import BookAppeared, load_world, lock_books, on_the_desk_of_now
from server.services.push_write import write_entries
from server.storage.database import writing
from server.storage.tables import change_set, device
from sync_protocol import changes as change_sets
from sync_protocol import clock as hybrid
from sync_protocol import identity
from sync_protocol.acts import ACTS, may
from sync_protocol.changes import Reason
from sync_protocol.decide import decide_set as decide_set  # push_together judges by the same name
from sync_protocol.problems import Problem
from sync_protocol.verdicts import Author, Decision

Then = Callable[[Connection, Verdict], None]
TRIES = 5
JITTER_MS = 50
FAULTS_LIMIT = 5
OFFICE_KIND = "office"
PASSING = ("40001", "40P01", "55P03")  # serialization failure, deadlock, lock not available


@dataclass(frozen=True, slots=True)
class Sender:
    """Where a set comes from. `skew_ms`: the device's clock minus ours, when it was sent.

    `office`: written at head office, its number given here. `acts`: what the author's roles allow there; on a device, reviews.
    """

    device: str
    user: str
    skew_ms: int = 0
    system: bool = False
    office: bool = False
    acts: frozenset[str] = frozenset()


def push(sender: Sender, seq: int, wire: Any, *, then: Then | None = None) -> Verdict:
    """Judge one set of a device and carry it out. The same set gets the same verdict, however often it comes.

    Args: seq: the number that the device gave it; one from the office gets its own. wire: as received. then: what belongs to the
        same transaction, behind the set; what it raises undoes both.
    Returns: the verdict, signed. Raises: Problem(device-forked), if (device, seq) names another set.
    """
    reasons = envelope_reasons(wire, sender.user)
    set_id = wire.get("id") if isinstance(wire, dict) else None
    if not identity.is_id(set_id) or {"field": "author", "code": "author.other"} in reasons:
        return push_verdict.refusal(seq, set_id, reasons)
    for tried in range(1, TRIES + 1):
        try:
            with writing() as connection:
                verdict = _push_once(connection, sender, seq, wire, reasons)
                if then is not None:
                    then(connection, verdict)
                return verdict
        except (IntegrityError, DBAPIError, BookAppeared) as error:
            if not _passing(error) or (tried == TRIES and isinstance(error, IntegrityError)):
                raise
        time.sleep(secrets.randbelow(JITTER_MS * tried) / 1000)
    raise Problem("busy", "The set was not taken; it is safe to send it again.")


def _passing(error: Exception) -> bool:
    """Whether trying again may help: another writer was in the way."""
    if isinstance(error, BookAppeared | IntegrityError):
        return True
    cause = getattr(error, "orig", None)
    return getattr(cause, "sqlstate", None) in PASSING or "locked" in str(cause) or "busy" in str(cause)


def _push_once(
    connection: Connection, sender: Sender, seq: int, wire: Mapping[str, Any], reasons: Sequence[Reason]
) -> Verdict:
    digest, device_id, name = digest_of(wire), sender.device, wire["id"]
    if sender.office:
        seq = _next_office_seq(connection, sender)
    wire = {**wire, "id": own_id(connection, name, sender.user)}
    now, skew_ms = clock.now_ms(), sender.skew_ms
    known = claim(connection, device=device_id, author=sender.user, seq=seq, wire=wire, digest=digest, skew_ms=skew_ms)
    if known is not None:
        if known["author"] != sender.user:  # somebody used this id for a set of his own, this very moment
            raise BookAppeared
        if known["state"] != "waiting" or known["digest"] != digest:
            return push_verdict.repeated(known, digest, seq, name)
        # device and number name one set for ever, also if another device brings it; so does what the clock was when it came (R22)
        seq, device_id, now, skew_ms = (known[name] for name in ("seq", "device_id", "received_at", "skew_ms"))
    bad = {} if reasons else dict(change_reasons(wire))
    if reasons or bad:
        told = push_verdict.of_set(reasons) if reasons else push_verdict.of_changes(wire, bad)
        return push_verdict.finish(connection, wire, seq=seq, digest=digest, state="refused", told=told, name=name)
    made_at, corrected = hybrid.corrected(wire["made"], skew_ms=skew_ms, received_ms=now, seen_ms=0)
    author = Author(
        sender.user, device_id, seq, made_at, system=sender.system, acts=sender.acts, seated=not sender.office
    )
    return _decide(connection, sender, wire, author, digest=digest, name=name, corrected=corrected)


def _decide(
    connection: Connection,
    sender: Sender,
    wire: Mapping[str, Any],
    author: Author,
    *,
    digest: str,
    name: str,
    corrected: bool,
) -> Verdict:
    seq = author.seq
    wire = on_the_desk_of_now(connection, wire, author=sender.user)
    locked = lock_books(connection, wire, author=sender.user)
    if wire["book"] not in locked.books:
        told = push_verdict.of_set([{"field": "book", "code": "book.unknown"}])
        return push_verdict.finish(connection, wire, seq=seq, digest=digest, state="refused", told=told, name=name)
    hand_overs.settle_due(connection, locked.books)
    changes, world = redirecting.follow(connection, wire, locked, load_world(connection, wire, locked))
    state, decisions = decide_set(changes, world, author=author, set_id=wire["id"], set_book=wire["book"])
    used_up = None if sender.office else _used_up(connection, wire, author.device, state, decisions)
    if used_up is not None:
        state = "refused"
    written = [] if state in WITHOUT_EFFECT else list(decisions)
    at: dict[str, int] = {}
    if state != "waiting" and not sender.system:
        desks = notices(connection, locked, world, wire, written, state, author=author, to_author=not sender.office)
        written += [desks] if desks.entries else []
    if written:
        at = write_entries(connection, locked, wire, written, author=author, at=clock.now_ms())
    marks = ["late"] if any(decision.late for decision in decisions) else []
    return push_verdict.finish(
        connection,
        wire,
        seq=seq,
        digest=digest,
        state=state,
        told=push_verdict.of_set([used_up]) if used_up else push_verdict.of_decisions(decisions, state),
        at={book: pos for book, pos in at.items() if locked.books[book]["kind"] != "desk"},
        marks=[*marks, "corrected"] if corrected else marks,
        name=name,
    )


def _used_up(
    connection: Connection, wire: Mapping[str, Any], device_id: str, state: str, decisions: Sequence[Decision]
) -> Reason | None:
    """The quota that this set would exceed, if any: so that one device cannot bury the inbox, or fill the disk."""
    proposals = sum(1 for decision in decisions if decision.proposal)
    if state not in WITHOUT_EFFECT and proposals and quotas.proposals_are_used_up(connection, device_id, proposals):
        return {"field": "set", "code": "quota.proposals"}
    if state == "waiting" and not quotas.has_room(connection, device_id, wire["id"], json.dumps(wire)):
        return {"field": "set", "code": "quota.quarantine"}
    return None


def office_push(
    author: str,
    book: str,
    action: str,
    records: Sequence[Mapping[str, Any]],
    *,
    system: bool = False,
    set_id: str | None = None,
    then: Then | None = None,
) -> Verdict:
    """Write as a person in the office, by the same rules as a device (decision 7).

    Args: author: user id. records: changes in wire form without `n`, of one book. system: on the product's own authority
        (imports, computed fields): every field may be set, static ones too. set_id: to make a repetition harmless. then: as `push`.
    Returns: the verdict.
    """
    wire = change_sets.new_set(
        id=set_id or clock.new_id(),
        author=author,
        book=book,
        made=f"{clock.now_ms()}-0",
        action=action,
        changes=records,
    )
    return push(office_sender(author, system=system), 0, wire, then=then)


def office_sender(author: str, *, system: bool = False) -> Sender:
    """A person at head office, with what his roles allow now."""
    user = users.by_id(author)
    return Sender(
        device=identity.derived_id("office", author),
        user=author,
        system=system,
        office=True,
        acts=frozenset(act for act in ACTS if user is not None and may(user.roles, act)),
    )


def _next_office_seq(connection: Connection, sender: Sender) -> int:
    """The next number of the author's office device, made if there is none. Its row is locked until the set is written."""
    if sender.user == users.SYSTEM:
        users.ensure_system(connection)
    query = sa.select(device.c.last_seq).where(device.c.id == sender.device)
    last: int | None = connection.scalar(query.with_for_update())
    if last is None:
        row = {
            "id": sender.device,
            "user_id": sender.user,
            "kind": OFFICE_KIND,
            "name": "office",
            "enrolled_at": clock.now_ms(),
            "last_seq": 1,
        }
        connection.execute(sa.insert(device), row)
        return 1
    connection.execute(sa.update(device).where(device.c.id == sender.device).values(last_seq=last + 1))
    return last + 1


def count_fault(sender: Sender, seq: int, wire: Any) -> Verdict:
    """R9: an exception was rolled back. Counted; the 5th time the set goes to quarantine, and holds nobody up any more."""
    if not isinstance(wire, dict) or not identity.is_id(wire.get("id")):
        return push_verdict.refusal(seq, None, [{"field": "set", "code": "internal"}])
    digest, name = digest_of(wire), wire["id"]
    with writing() as connection:
        wire = {**wire, "id": own_id(connection, name, sender.user)}
        known = claim(
            connection,
            device=sender.device,
            author=sender.user,
            seq=seq,
            wire=wire,
            digest=digest,
            skew_ms=sender.skew_ms,
        )
        if known is not None and (known["state"] != "waiting" or known["digest"] != digest):
            return push_verdict.repeated(known, digest, seq, name)
        faults = (known["faults"] if known is not None else 0) + 1
        if faults >= FAULTS_LIMIT:
            told = push_verdict.of_set([{"field": "set", "code": "internal"}])
            verdict = push_verdict.finish(
                connection, wire, seq=seq, digest=digest, state="refused", told=told, name=name
            )
        else:
            verdict = {"seq": seq, "id": name, "state": "failed", "at": {}, "changes": []}
        values = (
            {"faults": faults} if faults >= FAULTS_LIMIT else {"faults": faults, "state": "waiting", "verdict": "{}"}
        )
        connection.execute(sa.update(change_set).where(change_set.c.id == wire["id"]).values(**values))
    return verdict
