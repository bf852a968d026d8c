"""One change set against the tables in memory: the steps of protocol §5 around the same pure `decide_set` as the server's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from roundbook.simulation.crashes import SERVER
from roundbook.simulation.memory_state import Kept, Received, Tables
from sync_protocol import chain, changes, clock
from sync_protocol.canonical import NotCanonical, canonical
from sync_protocol.changes import names_of
from sync_protocol.decide import decide_set
from sync_protocol.fields import Seat
from sync_protocol.identity import derived_id, is_id
from sync_protocol.problems import Problem
from sync_protocol.proposals import DECISIONS
from sync_protocol.records import record_type
from sync_protocol.state import Residence, SeatState, Stamp, Stored, World
from sync_protocol.verdicts import Author, Decision, Entry
from sync_protocol.version import SCHEMA_MIN, SCHEMA_NOW

Verdict = dict[str, Any]
FINAL = ("applied", "merged", "proposed", "refused")
WITHOUT_EFFECT = ("refused", "waiting")
FAULTS_LIMIT = 5


@dataclass(frozen=True, slots=True)
class Sender:
    """Where a set comes from."""

    device: str
    user: str
    skew_ms: int = 0
    system: bool = False
    office: bool = False
    acts: frozenset[str] = frozenset()


def commit() -> None:
    """The instant before a transaction counts."""
    SERVER.reach(after=False)


def committed() -> None:
    """The instant after."""
    SERVER.reach(after=True)


def push(tables: Tables, sender: Sender, seq: int, wire: Any, now: int) -> Verdict:
    """Judge one set and carry it out. Raises: Problem(device-forked)."""
    reasons = envelope_reasons(wire, sender.user)
    set_id = wire.get("id") if isinstance(wire, dict) else None
    if not is_id(set_id) or {"field": "author", "code": "author.other"} in reasons:
        return {"seq": seq, "id": str(set_id or "")[:60], "state": "refused", "at": {}, "changes": told_of(reasons)}
    assert set_id is not None
    digest, device = digest_of(wire), sender.device
    key = row_of(tables, set_id, sender.user)
    known = tables.sets.get(key)
    if known is not None and (known.state != "waiting" or known.digest != digest):
        return {**repeated(known, digest, seq), "id": set_id}
    if known is None and tables.numbers.get((device, seq), key) != key:
        raise Problem("device-forked", "This device's number already names another change set. Nothing was stored.")
    if known is not None:
        seq, device = known.seq, known.device
    else:
        book = str(wire.get("book", ""))
        known = Received(key, device, seq, sender.user, book, digest, at=now, skew_ms=sender.skew_ms)
    bad = {} if reasons else change_reasons(wire)
    if reasons or bad:
        told = told_of(reasons) if reasons else [{"n": n, "state": "refused", "why": why} for n, why in bad.items()]
        return finish(tables, known, wire, "refused", told)
    if key == set_id:
        return decide(tables, sender, known, wire, device=device, seq=seq, now=now)
    kept = decide(tables, sender, known, {**wire, "id": key}, device=device, seq=seq, now=now)
    known.verdict = {**kept, "id": set_id}
    known.body = wire if known.body is not None else None
    return known.verdict


def row_of(tables: Tables, set_id: str, user: str) -> str:
    """Under which id this user's set is kept: an id that somebody else used first is not taken from its owner."""
    known = tables.sets.get(set_id)
    return set_id if known is None or known.author == user else derived_id("set", user, set_id)


def envelope_reasons(wire: Any, author: str) -> list[changes.Reason]:
    """What is wrong with a set before its changes are looked at."""
    reasons = changes.check_set(wire)
    if not reasons and wire["author"] != author:
        reasons.append({"field": "author", "code": "author.other"})
    if not reasons and not SCHEMA_MIN <= wire["schema"] <= SCHEMA_NOW:
        reasons.append({"field": "schema", "code": "schema.unknown"})
    try:
        if len(canonical(wire)) > changes.SET_BYTES_LIMIT:
            reasons.append({"field": "set", "code": "set.too-large"})
    except NotCanonical as error:
        reasons.append({"field": "set", "code": str(error)})
    return reasons


def change_reasons(wire: Mapping[str, Any]) -> dict[int, list[changes.Reason]]:
    """Number and reasons of the changes that are wrong in themselves."""
    found = {n: changes.check_change(change, n) for n, change in enumerate(wire["changes"], 1)}
    return {n: reasons for n, reasons in found.items() if reasons}


def digest_of(wire: Any) -> str:
    """The digest of a set; of one without a canonical form, something that is always the same for it."""
    try:
        return changes.digest(wire)
    except NotCanonical:
        return repr(wire)


def told_of(reasons: Sequence[changes.Reason]) -> list[dict[str, Any]]:
    """Reasons that concern the set as a whole."""
    return [{"n": 0, "state": "refused", "why": list(reasons)}]


def repeated(known: Received, digest: str, seq: int) -> Verdict:
    """The answer to a set whose id is taken."""
    code = "id-reused" if known.digest != digest else known.state
    if known.digest != digest or known.verdict is None:
        why = [{"field": "id" if code == "id-reused" else "set", "code": code}]
        return {"seq": seq, "id": known.id, "state": "refused", "at": {}, "changes": told_of(why)}
    return {**known.verdict, "repeat": True}


def finish(
    tables: Tables,
    known: Received,
    wire: Mapping[str, Any],
    state: str,
    told: list[dict[str, Any]],
    at: Mapping[str, int] | None = None,
) -> Verdict:
    """Store the verdict; from here on it is said and done."""
    verdict: Verdict = {"seq": known.seq, "id": wire["id"], "state": state, "at": dict(at or {}), "changes": told}
    commit()
    known.state, known.verdict, known.body = state, verdict, wire if state in WITHOUT_EFFECT else None
    tables.note(known)
    committed()
    return verdict


def decide(
    tables: Tables, sender: Sender, known: Received, wire: Mapping[str, Any], *, device: str, seq: int, now: int
) -> Verdict:
    """From the world as it is to the entries that the set writes."""
    if wire["book"] not in tables.books:
        return finish(tables, known, wire, "refused", told_of([{"field": "book", "code": "book.unknown"}]))
    world = world_of(tables, wire, sender.user)
    made_at, corrected = clock.corrected(wire["made"], skew_ms=known.skew_ms, received_ms=known.at, seen_ms=0)
    author = Author(sender.user, device, seq, made_at, system=sender.system, acts=sender.acts)
    state, decisions = decide_set(wire["changes"], world, author=author, set_id=wire["id"], set_book=wire["book"])
    written = [] if state in WITHOUT_EFFECT else list(decisions)
    if state != "waiting" and not sender.system:
        desk = notices(tables, world, wire, written, state, author, to_author=not sender.office)
        written += [desk] if desk.entries else []
    told = []
    for n, decision in enumerate(decisions, 1):
        one: dict[str, Any] = {"n": n, "state": decision.state}
        one |= {"why": decision.why} if decision.why else {}
        if state not in WITHOUT_EFFECT:
            made = {"proposal": decision.proposal, "conflict": decision.conflict}
            one |= {name: record for name, record in made.items() if record}
        told.append(one)
    commit()
    at = write(tables, wire, written, author=author, at=now)
    at = {book: pos for book, pos in at.items() if tables.books[book].kind != "desk"}
    verdict: Verdict = {"seq": seq, "id": wire["id"], "state": state, "at": at, "changes": told}
    verdict |= {"late": True} if any(decision.late for decision in decisions) else {}
    verdict |= {"corrected": True} if corrected else {}
    known.state, known.verdict, known.body = state, verdict, wire if state in WITHOUT_EFFECT else None
    tables.note(known)
    committed()
    return verdict


def world_of(tables: Tables, wire: Mapping[str, Any], author: str) -> World:
    """The part of the state that a set names."""
    names = names_of(wire)
    records = {name: tables.records[name].stored for name in names if name in tables.records}
    books = {wire["book"], *(stored.book for stored in records.values()), *desks_of(tables, wire, author).values()}
    terms = {change.get("term", 0) for change in wire["changes"]}
    asked = {
        (c["record"], chain.rev_of(c["base"])) for c in wire["changes"] if c.get("base") and c["record"] in records
    }
    customers = {change["customer"] for change in wire["changes"] if change.get("customer")}
    open_ones = not_created(tables, names, "open")
    return World(
        records=records,
        places={name: stored.book for name, stored in records.items()},
        seats={key: seat for key, seat in tables.seats.items() if key[0] in books} | own_seats(tables, books),
        tenures={k: t for k, t in tables.tenures.items() if k[0] == wire["book"] and k[2] in terms and t.user},
        residences={c: tables.residences[c] for c in customers if c in tables.residences},
        history={key: tables.versions[key] for key in asked if key in tables.versions},
        kinds={book: tables.books[book].kind for book in books if book in tables.books},
        proposed=open_ones,
        declined=not_created(tables, names, "declined") - open_ones,
    )


def own_seats(tables: Tables, books: set[str]) -> dict[tuple[str, str], SeatState]:
    """Everybody is maintainer of his own desk."""
    desks = [tables.books[book] for book in books if book in tables.books and tables.books[book].kind == "desk"]
    return {(desk.id, Seat.MAINTAINER.value): SeatState(desk.owner, 0) for desk in desks}


def desks_of(tables: Tables, wire: Mapping[str, Any], author: str) -> dict[str, str]:
    """User -> desk, of those who may have to be told."""
    owners = {author}
    for change in wire["changes"]:
        decided = tables.records.get(change["record"]) if change["op"] in DECISIONS else None
        if decided is not None:
            owners.add(decided.stored.fields.get("proposer", ""))
    return {book.owner: book.id for book in tables.books.values() if book.kind == "desk" and book.owner in owners}


def not_created(tables: Tables, names: set[str], state: str) -> frozenset[str]:
    """Ids that exist only in proposals of this state."""
    return frozenset(
        name
        for name in names
        if name not in tables.records
        and any(tables.records[p].stored.fields["state"] == state for p in tables.proposals.get(name, ()))
    )


def notices(
    tables: Tables,
    world: World,
    wire: Mapping[str, Any],
    decisions: Sequence[Decision],
    state: str,
    author: Author,
    *,
    to_author: bool,
) -> Decision:
    """What is told on the desks."""
    found, desks = Decision(), desks_of(tables, wire, author.user)
    books = {wire["book"], *(entry.book for decision in decisions for entry in decision.entries)}

    def holds(book: str, user: str) -> bool:
        return any(seat.user == user for (where, _), seat in world.seats.items() if where == book)

    def add(user: str, of: str, of_type: str, set_id: str, outcome: str, comment: str = "", about: str = "") -> None:
        if user not in desks:
            return
        words = record_type("notice").specs()["outcome"].choices[outcome]["en"]
        text = ": ".join(filter(None, [record_type(of_type).labels["en"], words, comment]))
        values = {"of": of, "set": set_id, "outcome": outcome, "text": text}
        ver = chain.next_ver(chain.NO_VER, 1, desks[user], False, values)
        stamps = dict.fromkeys(values, Stamp(1, author.device, author.seq, author.user, author.time))
        name = derived_id(set_id, "notice", user, about)
        made = Stored(name, "notice", None, desks[user], 1, ver, False, values, stamps, author.user)
        found.entries.append(Entry("create", name, desks[user], made, values))

    if to_author and any(not holds(book, author.user) for book in books):
        first = wire["changes"][0]
        add(author.user, first["record"], first["type"], wire["id"], state)
    for decision in decisions:
        if decision.entries[0].kind in DECISIONS:
            proposal = world.records[decision.entries[0].record_id]
            fields = proposal.fields
            if not holds(proposal.book, fields["proposer"]):
                add(
                    fields["proposer"], fields["of"], fields["of_type"], fields["change_set"], fields["state"],
                    fields.get("comment", ""), proposal.id,
                )  # fmt: skip
    return found


def write(
    tables: Tables, wire: Mapping[str, Any], decisions: Sequence[Decision], *, author: Author, at: int
) -> dict[str, int]:
    """Positions, log and records of what was decided. Returns: book -> its highest position."""
    reached: dict[str, int] = {}
    for n, decision in enumerate(decisions, 1):
        for entry in decision.entries:
            book, record = tables.books[entry.book], entry.record
            about = {
                "set": wire["id"],
                "n": n,
                "record": entry.record_id,
                "type": record.type if record else None,
                "customer": record.customer if record else None,
                "rev": record.rev if record else 0,
                "ver": record.ver if record else "",
                "author": author.user,
                "device": author.device,
                "seq": author.seq,
                "time": author.time,
                "values": dict(entry.values),
            }
            reached[book.id] = pos = book.append(entry.kind, about, at)
            if record is not None:
                keep(tables, record, pos, author.user, at)
    return reached


def keep(tables: Tables, record: Stored, pos: int, author: str, at: int) -> None:
    """Put a record's new version in its place."""
    book, before = tables.books[record.book], tables.records.get(record.id)
    book.replace(record.id, before.stored.ver if before else None, record.ver)
    book.items.pop(record.id, None)
    book.items[record.id] = pos
    book.left.pop(record.id, None)
    tables.records[record.id] = Kept(record, pos, author, at)
    tables.versions[record.id, record.rev] = record.ver
    if before is None and record.type == "customer":
        tables.residences[record.id] = (Residence(record.book, pos, None),)
    if before is None and record.type == "proposal":
        of = record.fields["of"]
        tables.proposals[of] = (*tables.proposals.get(of, ()), record.id)


def count_fault(tables: Tables, sender: Sender, seq: int, wire: Mapping[str, Any], now: int) -> Verdict:
    """R9: an exception was rolled back; the fifth one puts the set into quarantine."""
    known = tables.sets.get(wire["id"]) or Received(
        wire["id"], sender.device, seq, sender.user, wire["book"], digest_of(wire), body=wire, at=now,
        skew_ms=sender.skew_ms,
    )  # fmt: skip
    known.faults += 1
    if known.faults >= FAULTS_LIMIT:
        return finish(tables, known, wire, "refused", told_of([{"field": "set", "code": "internal"}]))
    known.state = "waiting"
    tables.note(known)
    return {"seq": seq, "id": wire["id"], "state": "failed", "at": {}, "changes": []}
