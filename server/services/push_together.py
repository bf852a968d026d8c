"""Several sets of one request in one transaction, for the ordinary case: sets that nobody sent before and that simply apply.

What they say and write is what each of them alone would. The first one that is not of this kind ends the group, and is
judged alone; a fault of any of them undoes the group, and each is judged alone (R9). Verdicts are told after the commit.
Receipts of a large group are signed while its transaction goes to the disk, which needs no interpreter (docs/decisions/0019).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from server.services import clock, epochs, hand_overs, parts, push, push_verdict
from server.services.push_claim import digest_in_order, plain_action
from server.services.push_verdict import Verdict
from server.services.push_world import BookAppeared, Locked, load_world_of, lock_books_of
from server.services.push_write import Pen
from server.storage import many
from server.storage.database import among, is_sqlite, writing
from server.storage.tables import change_set
from sync_protocol import clock as hybrid
from sync_protocol import json_text, redirect
from sync_protocol.changes import DECISIONS, names_of
from sync_protocol.state import Residence, World
from sync_protocol.verdicts import Author, Decision

_TELL = (
    sa.update(change_set)
    .where(change_set.c.id == sa.bindparam("of"))
    .values(state=sa.bindparam("now"), verdict=sa.bindparam("told"))
)
CHANGES_LIMIT = 1000  # so that nobody waits long for the lock of a book
LARGE = 50  # sets; for fewer a thread is not worth it
logger = logging.getLogger("roundbook.sync")


@dataclass(frozen=True, slots=True)
class Numbered:
    """A set and its number on its device. `digest`: of a set that may go with others; None: it is judged alone."""

    seq: int
    wire: Any
    digest: str | None = None


def groups(sender: push.Sender, sets: Sequence[tuple[int, Any]]) -> Iterator[list[Numbered]]:
    """The sets in their order, those that may go together in one list."""
    group: list[Numbered] = []
    size = 0
    for seq, wire in sets:
        digest = digest_in_order(wire, sender.user)
        alone = digest is None or any(change["op"] in DECISIONS for change in wire["changes"])
        if group and (alone or size + len(wire["changes"]) > CHANGES_LIMIT):
            yield group
            group, size = [], 0
        if alone:
            yield [Numbered(seq, wire)]
        else:
            group.append(Numbered(seq, wire, digest))
            size += len(wire["changes"])
    if group:
        yield group


def push_together(sender: push.Sender, group: Sequence[Numbered]) -> list[Verdict]:
    """Judge as many of these sets, from the first, as simply apply. Returns: their verdicts; none of them, after a fault."""
    if len(group) < 2:
        return []
    try:
        return _judged(sender, group) if len(group) < LARGE else _judged_and_signed_beside(sender, group)
    except (BookAppeared, DBAPIError):
        return []  # another writer was in the way; alone, each waits for its turn
    except Exception:
        logger.exception("a group of %s sets of device %s failed; each is judged alone", len(group), sender.device)
        return []


def _judged(sender: push.Sender, group: Sequence[Numbered]) -> list[Verdict]:
    with writing() as connection:
        return _Together(connection, sender).judge(group)


def _judged_and_signed_beside(sender: push.Sender, group: Sequence[Numbered]) -> list[Verdict]:
    with ThreadPoolExecutor(1, "receipts") as beside:
        beside.submit(int)  # now, as a thread that starts keeps the one that started it waiting
        with writing() as connection:
            together = _Together(connection, sender, unsigned=True)
            verdicts = together.judge(group)
            receipts: Future[list[str]] = beside.submit(together.receipts, group, verdicts)
        for verdict, receipt in zip(verdicts, receipts.result(), strict=True):
            verdict["receipt"] = receipt
    return verdicts


class _Together:
    """One group on its way. Args: unsigned: verdicts are stored and returned without their receipts, which follow."""

    def __init__(self, connection: Connection, sender: push.Sender, *, unsigned: bool = False) -> None:
        self.connection, self.sender, self.now, self.unsigned = connection, sender, clock.now_ms(), unsigned
        self.epoch = epochs.current(connection)
        self.key = parts.keyring().sign_key
        self.mine: set[str] = set()  # books in which the sender has a seat

    def judge(self, group: Sequence[Numbered]) -> list[Verdict]:
        if self._is_known(group):
            return []
        alone_here = is_sqlite(self.connection)  # then nobody else is writing, and the rows can wait for their verdicts
        if not alone_here:
            many.insert(self.connection, change_set, [self._row(item) for item in group])  # a twin waits here
        wires = [item.wire for item in group]
        locked = lock_books_of(self.connection, wires)
        hand_overs.settle_due(self.connection, locked.books)
        world, pen = load_world_of(self.connection, wires, locked), Pen(locked)
        self.mine = {book for (book, _), seat in world.seats.items() if seat.user == self.sender.user}
        verdicts: list[Verdict] = []
        for item in group:
            verdict = self._apply(item, locked, world, pen)
            if verdict is None:
                break
            verdicts.append(verdict)
        if verdicts:
            pen.write(self.connection, author=self._author(group[0], self.now), at=self.now)
            self._finish(group, verdicts, inserted=not alone_here)
        if alone_here:
            return verdicts
        if rest := [item.wire["id"] for item in group[len(verdicts) :]]:
            self.connection.execute(sa.delete(change_set).where(change_set.c.id.in_(rest)))
        return verdicts

    def _is_known(self, group: Sequence[Numbered]) -> bool:
        """Whether any of these ids or numbers was here before."""
        numbers = among(self.connection, change_set.c.seq, [item.seq for item in group])
        same_number = sa.and_(change_set.c.device_id == self.sender.device, numbers)
        ids = [item.wire["id"] for item in group]
        here = among(self.connection, change_set.c.id, ids)
        query = sa.select(change_set.c.id).where(sa.or_(here, same_number)).limit(1)
        return len(set(ids)) < len(ids) or self.connection.scalar(query) is not None

    def _row(self, item: Numbered) -> dict[str, Any]:
        return {
            "id": item.wire["id"],
            "device_id": self.sender.device,
            "seq": item.seq,
            "author": self.sender.user,
            "book_id": item.wire["book"],
            "action": plain_action(item.wire),
            "digest": item.digest,
            "state": "open",
            "received_at": self.now,
            "faults": 0,
        }

    def _author(self, item: Numbered, time: int) -> Author:
        return Author(self.sender.user, self.sender.device, item.seq, time)

    def _apply(self, item: Numbered, locked: Locked, world: World, pen: Pen) -> Verdict | None:
        """The verdict on a set that simply applies, its entries given to the pen; None for any other."""
        wire = item.wire
        if wire["book"] not in locked.books:
            return None
        made_at, corrected = hybrid.corrected(
            wire["made"], skew_ms=self.sender.skew_ms, received_ms=self.now, seen_ms=0
        )
        author, part = self._author(item, made_at), _part(world, names_of(wire))
        if redirect.winners(wire["changes"], part):
            return None
        state, decisions = push.decide_set(
            wire["changes"], part, author=author, set_id=wire["id"], set_book=wire["book"]
        )
        if not self._simply_applies(wire, state, decisions):
            return None
        at = pen.enter(wire, decisions, author=author, at=self.now)
        _carry_on(world, decisions, at)
        at = {book: pos for book, pos in at.items() if locked.books[book]["kind"] != "desk"}
        verdict: Verdict = {
            "seq": item.seq, "id": wire["id"], "state": state, "at": at,
            "changes": push_verdict.of_decisions(decisions, state),
        }  # fmt: skip
        if any(decision.late for decision in decisions):
            verdict["late"] = True
        if corrected:
            verdict["corrected"] = True
        if not self.unsigned:
            verdict["receipt"] = self._receipt(item, verdict)
        return verdict

    def _receipt(self, item: Numbered, verdict: Verdict) -> str:
        assert item.digest is not None
        return push_verdict.signed(
            self.epoch, verdict["id"], item.digest, verdict["state"], verdict["at"], key=self.key
        )

    def receipts(self, group: Sequence[Numbered], verdicts: Sequence[Verdict]) -> list[str]:
        """The receipts of these verdicts, in their order."""
        return [self._receipt(item, verdict) for item, verdict in zip(group, verdicts, strict=False)]

    def _simply_applies(self, wire: Mapping[str, Any], state: str, decisions: Sequence[Decision]) -> bool:
        """Whether nobody has to be asked or told, and no quota counts it."""
        if state not in ("applied", "merged") or wire["book"] not in self.mine:
            return False
        for decision in decisions:
            if decision.proposal or any(entry.book not in self.mine for entry in decision.entries):
                return False
        return True

    def _finish(self, group: Sequence[Numbered], verdicts: Sequence[Verdict], *, inserted: bool) -> None:
        """Store the verdicts. Args: inserted: whether the sets have their rows already."""
        kept = [
            json_text.dumps(push_verdict.unsigned(v, self.epoch) if self.unsigned else v).decode() for v in verdicts
        ]
        if not inserted:
            rows = [
                {**self._row(item), "state": told["state"], "verdict": text}
                for item, told, text in zip(group, verdicts, kept, strict=False)
            ]
            many.insert(self.connection, change_set, rows)
            return
        rows = [{"of": v["id"], "now": v["state"], "told": text} for v, text in zip(verdicts, kept, strict=True)]
        many.run(self.connection, _TELL, rows)


def _part(world: World, names: set[str]) -> World:
    """The working copy of one set: what it leaves half done, if it does not apply, is in no other's world."""
    return World(
        records={name: world.records[name] for name in names if name in world.records},
        places={name: world.places[name] for name in names if name in world.places},
        seats=world.seats,
        tenures=world.tenures,
        residences=world.residences,
        history=world.history,
        kinds=world.kinds,
        erased=world.erased,
        proposed=world.proposed,
        declined=world.declined,
    )


def _carry_on(world: World, decisions: Sequence[Decision], at: Mapping[str, int]) -> None:
    """What later sets of the group meet: records as they are now, the versions that were, new customers in their books."""
    for entry in (entry for decision in decisions for entry in decision.entries):
        after = entry.record
        if after is None:
            continue
        before = world.records.get(after.id)
        if before is not None:
            world.history = {**world.history, (before.id, before.rev): before.ver}
        elif after.type == "customer":
            world.residences = {**world.residences, after.id: (Residence(after.book, at[after.book], None),)}
        world.records[after.id] = after
        world.places[after.id] = after.book
