"""What must be true when the faults are over: of the server, of every phone, and between them. No code of the product judges."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from typing import Any

from field_app.store.derived import derive
from roundbook.simulation import detail_audit, stamp_audit
from roundbook.simulation.fleet import Fleet
from roundbook.simulation.histories import Histories, digest_of
from roundbook.simulation.office import Snapshot
from roundbook.simulation.overwrites import check_overwrites
from roundbook.simulation.phone import Phone, Saved
from roundbook.simulation.rights_audit import check_rights
from roundbook.simulation.seat_audit import check_seats
from sync_protocol import chain, json_text
from sync_protocol.identity import is_id
from sync_protocol.shortening import shortened

FINAL = ("applied", "merged", "proposed", "refused")
TOOK_EFFECT = ("applied", "merged")
LOOKED_AT = 20
KEPT_MS = 90 * 86_400_000  # no journal keeps what was answered before that (R37)
ObjectTo = Callable[[str, str], None]


def check_everything(fleet: Fleet) -> Snapshot:
    """All checks of one run; what they find goes to the fleet's watcher."""
    snapshot, object_to = fleet.office.snapshot(), fleet.watcher.object_to
    wires = wires_of(fleet)
    histories = Histories(snapshot, wires, object_to)
    check_books(snapshot, object_to)
    check_verdicts(fleet, snapshot, object_to)
    check_sets(snapshot, wires, saved_by(fleet), fleet.was_poisoned, object_to)
    check_times(snapshot, fleet.now, object_to)
    check_put_aside(fleet, snapshot, object_to)
    check_stamps(histories, fleet.watcher.times, saved_by(fleet) - fleet.watcher.carried, object_to)
    if snapshot.photos_damaged:
        object_to("R44", f"{snapshot.photos_damaged} photos count as stored and are not there, or others")
    for phone in fleet.phones:
        if phone.state == "active":
            check_phone(fleet, phone, snapshot, object_to)
    check_outboxes(fleet, snapshot, object_to)
    check_sums(snapshot, wires, object_to)
    settled = check_overwrites(snapshot, histories, wires, object_to)
    detail_audit.check_details(snapshot, histories, wires, saved_by(fleet), fleet.model.desks, object_to)
    detail_audit.check_counting(all_phones(fleet), object_to)
    for what in snapshot.misread[:3]:
        object_to("lists", f"head office's lists show {what} otherwise than it is")
    stamp_audit.check_stamps(snapshot, histories, settled, object_to)
    check_seats(snapshot, histories, wires, fleet.model, object_to)
    check_rights(snapshot, histories, wires, saved_by(fleet), object_to)
    return snapshot


def wires_of(fleet: Fleet) -> dict[str, Mapping[str, Any]]:
    """Set id -> the set, of everything that was ever made."""
    found = {
        set_id: one.wire for phone in all_phones(fleet) for set_id, one in {**phone.rolled_back, **phone.saved}.items()
    }
    return {
        **found,
        **{i: w.wire for i, w in fleet.model.written.items() if isinstance(w.wire, dict) and i not in found},
    }


def saved_by(fleet: Fleet) -> set[str]:
    """Ids of all sets that are on a phone as it saved them."""
    return {set_id for phone in all_phones(fleet) for set_id in phone.saved}


def all_phones(fleet: Fleet) -> list[Phone]:
    """Also those that are gone."""
    return [*fleet.phones, *fleet.leaving, *fleet.retired_phones]


def check_books(snapshot: Snapshot, object_to: ObjectTo) -> None:
    """R2, R7, R30: positions without gaps, a chain that verifies, a check sum that is the sum."""
    for book_id, book in snapshot.books.items():
        head = chain.FIRST_HASH
        for expected, row in enumerate(snapshot.log[book_id], 1):
            if row.pos != expected:
                object_to("R2", f"book {book_id} has position {row.pos} where {expected} is due")
                break
            if hashlib.sha256(row.body.encode()).hexdigest() != row.digest:
                object_to("R2", f"the digest at {book_id}:{row.pos} is not that of its body")
            head = chain.next_hash(head, row.pos, row.digest)
            if row.hash != head:
                object_to("R2", f"the chain of {book_id} breaks at {row.pos}")
                break
        if book.pos != len(snapshot.log[book_id]) or book.head != head:
            object_to("R2", f"book {book_id} says position {book.pos}, its log has {len(snapshot.log[book_id])}")
        here = [(r.id, r.ver) for (where, _), r in snapshot.records.items() if where == book_id]
        total = chain.check_text(sum(chain.check_item(record, ver) for record, ver in here))
        if (book.check_n, book.check_sum) != (len(here), total):
            object_to("R30", f"the check sum of book {book_id} is not that of its records")
    for where, record in snapshot.left.keys() & snapshot.records.keys():
        object_to("R18", f"book {where} says that {record} left it, and has it")
    places = [record for _, record in snapshot.records]
    if len(places) != len(set(places)):
        object_to("R18", "a record lies in two books")


def check_verdicts(fleet: Fleet, snapshot: Snapshot, object_to: ObjectTo) -> None:
    """P1: every saved set of a phone that could still send has exactly one final verdict, and the phone knows the same."""
    for phone in [*fleet.phones, *fleet.leaving]:
        if phone.state not in ("active", "retired"):
            continue
        for one in phone.saved.values():
            row = snapshot.sets.get(one.id)
            if row is None and not phone.device.is_closed and _is_out_of_reach(phone, one.id):
                continue
            if row is None and fleet.watcher.is_failed_over and _lies_returned(phone, one.id):
                continue
            if row is None:
                object_to("P1", f"{phone.name} saved set {one.id}, the server has never had it")
            elif row.state not in FINAL and not _waits_rightly(one, snapshot):
                object_to("P1", f"set {one.id} of {phone.name} is {row.state} for ever")
            elif phone.state == "active":
                _same_on_phone(phone, one, row.state, fleet.now, object_to)


def check_sets(
    snapshot: Snapshot,
    wires: Mapping[str, Mapping[str, Any]],
    sent: set[str],
    poisoned: set[str],
    object_to: ObjectTo,
) -> None:
    """R5, R6, R7, R9: a set took effect whole or not at all, each change at a position; what failed inside was broken on purpose."""
    entered: dict[tuple[str, str], set[int]] = {}  # an id may have been used by two people, for a set of each
    for book, rows in snapshot.log.items():
        for row in rows if snapshot.books[book].kind != "desk" else ():
            entered.setdefault((row.set_id, row.author), set()).add(row.n)
    for set_id, wire in wires.items():
        came = snapshot.sets.get(set_id)
        if came is None:
            continue
        if set_id in sent and came.state != "quarantined" and came.digest != digest_of(wire):
            object_to("R5", f"set {set_id} is not at the server as it was saved")
        if not came.verdict:  # not judged, or the server failed at it and it was not sent again
            continue
        took_effect = came.state in ("applied", "merged", "proposed")
        expected = set(range(1, len(wire["changes"]) + 1)) if took_effect else set()
        found = entered.get((set_id, wire["author"]), set()) - {len(wire["changes"]) + 1}
        if found != expected:
            object_to("R6", f"set {set_id} is {came.state}, its changes {sorted(found)} are in the log")
        codes = {why.get("code") for told in came.verdict["changes"] for why in told.get("why", ())}
        if "internal" in codes and set_id not in poisoned:
            object_to("R9", f"set {set_id} failed inside the server")


def check_times(snapshot: Snapshot, now: int, object_to: ObjectTo) -> None:
    """R22: no stamp is later than the server's clock ever was."""
    for book, rows in snapshot.log.items():
        for row in rows:
            time = json_text.loads(row.body).get("time", 0)
            if time > now:
                object_to("R22", f"{book}:{row.pos} is stamped {(time - now) // 86_400_000} days ahead")
                return


def check_put_aside(fleet: Fleet, snapshot: Snapshot, object_to: ObjectTo) -> None:
    """Protocol §10: what a stolen phone sent lies in quarantine, whole; only what came before may have been judged."""
    for set_id, is_new in sorted(fleet.model.stolen.items()):
        row = snapshot.sets.get(set_id)
        if row is None:
            object_to("§10", f"set {set_id} of a stolen phone is not in quarantine")
        elif is_new and row.state != "quarantined":
            object_to("§10", f"set {set_id} of a stolen phone is {row.state}")


def check_stamps(
    histories: Histories, times: Mapping[str, Collection[int]], sets: Collection[str], object_to: ObjectTo
) -> None:
    """R22: what a phone did has the phone's time less what its clock was wrong when the set was sent, or the time of receipt.

    Args: times: set -> the times that are right. sets: those of phones, sent by phones.
    """
    for (set_id, _, record), step in histories.of_change.items():
        if set_id in sets and set_id in times and step.time not in times[set_id]:
            object_to("R22", f"set {set_id} wrote {record} at {step.time}, where {sorted(times[set_id])} are right")


def _same_on_phone(phone: Phone, one: Saved, state: str, now: int, object_to: ObjectTo) -> None:
    kept = phone.device.outbox.find(one.id)
    if kept is None and now - one.at < KEPT_MS:
        object_to("R37", f"{phone.name} has forgotten set {one.id}, which no backup holds")
    if kept is None or kept.state == "discarded":
        return
    told = kept.outcome if kept.state in ("settled", "refused") else kept.state
    if told != state:
        object_to("P1", f"set {one.id} of {phone.name} is {state} at the server and {told} on the phone")


def _is_out_of_reach(phone: Phone, set_id: str) -> bool:
    """Refused, and its book has left: id and reasons stay (R29)."""
    kept = phone.device.outbox.find(set_id)
    return kept is not None and kept.state in ("refused", "discarded") and kept.wire is None


def _lies_returned(phone: Phone, set_id: str) -> bool:
    """It was refused, is still there whole, and in no log: an older copy that lacks it contradicts nothing that a device has seen."""
    kept = None if phone.device.is_closed else phone.device.outbox.find(set_id)
    return kept is not None and kept.state == "refused" and kept.wire is not None


def _waits_rightly(one: Saved, snapshot: Snapshot) -> bool:
    """R6, R10: it names something that was refused, waits itself, or was never sent: a person has to correct that first. What hangs on
    something that was declined alone does not wait: it comes back."""
    row = snapshot.sets[one.id]
    if row.state != "waiting":
        return False
    there = {record for _, record in snapshot.records}
    asked = [r for r in snapshot.records.values() if r.type == "proposal" and r.fields["of"] not in there]
    declined = {r.fields["of"] for r in asked if r.fields["state"] == "declined"}
    declined -= {r.fields["of"] for r in asked if r.fields["state"] == "open"}
    named = {c["record"] for c in one.wire["changes"]} | {c.get("customer") for c in one.wire["changes"]}
    named |= {v for c in one.wire["changes"] for v in c.get("set", {}).values() if isinstance(v, str)}
    reasons = [why for told in (row.verdict or {}).get("changes", ()) for why in told.get("why", ())]
    missing = {name for name in named if name and is_id(name)} - there
    return bool(reasons) and bool(missing - declined)


def check_phone(fleet: Fleet, phone: Phone, snapshot: Snapshot, object_to: ObjectTo) -> None:
    """P2, P5: what the phone holds is what the server has of its scope, field by field, and nothing else."""
    scope = fleet.model.scope(phone.user, fleet.now)
    unanswered = {book for book in phone.device.settings.get("leaving", []) if phone.device.outbox.has_unanswered(book)}
    held = set(phone.device.books.held()) - unanswered  # hidden, until its work is answered (R29)
    if held != scope:
        object_to("P5", f"{phone.name} holds {len(held - scope)} books too many and {len(scope - held)} too few")
    for book in sorted(held & scope):
        store = phone.device.books.store(book)
        theirs = {r.id: r for (where, _), r in snapshot.records.items() if where == book}
        mine = store.versions()
        if store.check() != store.check_anew():
            object_to("R30", f"{phone.name} keeps a wrong check sum of book {book}")
        if mine != {record: row.ver for record, row in theirs.items()}:
            object_to("P2", f"{phone.name} has book {book} not as the server: {len(mine)} records, {len(theirs)} there")
            continue
        check_derived(phone, book, object_to)
        for confirmed in store.records(mine):
            row = theirs[confirmed.id]
            same = (
                confirmed.removed,
                confirmed.fields,
                confirmed.rev,
                confirmed.customer,
                confirmed.author,
                confirmed.at,
            )
            right = (row.removed, shortened(row.type, row.fields), row.rev, row.customer, row.author, row.at)
            if same != right:
                object_to("P2", f"{phone.name} has {row.type} {row.id} with other content than the server")


def check_derived(phone: Phone, book: str, object_to: ObjectTo) -> None:
    """R50: after an update title, moment and words are those of the new declarations, for what was stored raw as well."""
    query = "SELECT id, type, fields, at, title, moment, words FROM record ORDER BY pos DESC"
    query += "" if phone.updates else f" LIMIT {LOOKED_AT}"
    for record, kind, fields, at, *kept in phone.device.books.store(book).database.rows(query):
        expected = derive(kind, json.loads(fields), at or 0)
        if kept != [expected.title, expected.moment, expected.words]:
            object_to("R50", f"{phone.name} shows and finds {kind} {record} by what it is not, or was before")
            return


def check_outboxes(fleet: Fleet, snapshot: Snapshot, object_to: ObjectTo) -> None:
    """Liveness: three syncs after the faults stopped nothing is left to be sent, and no photo."""
    for phone in [*fleet.phones, *fleet.leaving]:
        if phone.state not in ("active", "retired") or phone.device.is_closed:
            continue
        if left := phone.device.outbox.in_state("ready", "parked"):
            object_to("liveness", f"{phone.name} still has {len(left)} sets to send, the first {left[0].id}")
        unsent = [photo.id for photo in phone.device.photos.unsent()]
        if unsent:
            object_to("liveness", f"{phone.name} still has {len(unsent)} photos to send")
    if snapshot.photos_wanted and all(phone.state == "active" for phone in fleet.phones) and not fleet.leaving:
        named = {s["sha256"] for p in fleet.phones for s in _photos_of(p)}
        # then phones may have let go of what was sent
        has_lost = fleet.faults["server_restored"] + fleet.faults["failed_over"]
        if named and not fleet.retired_phones and not has_lost:
            object_to("R42", f"{snapshot.photos_wanted} photos are wanted and nobody sends them")


def _photos_of(phone: Phone) -> list[Mapping[str, Any]]:
    return [c["set"] for one in phone.saved.values() for c in one.wire["changes"] if c["type"] == "photo"]


def check_sums(snapshot: Snapshot, wires: Mapping[str, Mapping[str, Any]], object_to: ObjectTo) -> None:
    """R14 and money: what was added together, and what was ordered, equals a plain sum over what took effect."""
    added: dict[str, Decimal] = {}
    ordered: dict[str, int] = {}
    for set_id, wire in wires.items():
        row = snapshot.sets.get(set_id)
        if row is None or row.verdict is None or row.state not in (*TOOK_EFFECT, "proposed"):
            continue
        told = {one["n"]: one["state"] for one in row.verdict["changes"]}
        for change in wire["changes"]:
            if told.get(change.get("n")) in TOOK_EFFECT:
                for amount in change.get("add", {}).values():
                    added[change["record"]] = added.get(change["record"], Decimal(0)) + Decimal(amount)
                if change["type"] == "order" and change["op"] == "create":
                    ordered[change["record"]] = change["set"]["total_minor"]
    have = {r.id: r for r in snapshot.records.values() if r.type in ("tally", "order")}
    for record in have.values():
        if record.type == "tally" and Decimal(record.fields.get("total") or "0") != added.get(record.id, Decimal(0)):
            object_to("R14", f"tally {record.id} says {record.fields.get('total')}, added were {added.get(record.id)}")
    theirs = {r.id: r.fields["total_minor"] for r in have.values() if r.type == "order"}
    if theirs != ordered:
        object_to("sums", f"orders come to {sum(theirs.values())}, the model says {sum(ordered.values())}")
