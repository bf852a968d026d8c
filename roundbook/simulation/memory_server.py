"""A server in memory: the pure code of the protocol, and around it only what a dictionary can hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from roundbook.simulation import memory_looks, memory_push
from roundbook.simulation.memory_push import Sender
from roundbook.simulation.memory_state import Kept, Machine, Tables, Volume
from roundbook.simulation.memory_wire import MemoryWire
from roundbook.simulation.office import SYSTEM, RecordRow, Snapshot
from sync_protocol import chain, changes
from sync_protocol.acts import ACTS, may
from sync_protocol.identity import derived_id
from sync_protocol.state import Residence, Stored


class MemoryServer(MemoryWire):
    """Head office without a disk."""

    def revoke(self, device: str, state: str) -> None:
        """Retire a device, or report it lost."""
        self.tables.machines[device].state = state

    def dismiss(self, user: str) -> None:
        """Disable a person."""
        self.tables.accounts[user].active = False

    def write(
        self, author: str, book: str, action: str, changed: Sequence[Mapping[str, Any]], *, system: bool
    ) -> Mapping[str, Any]:
        """Write as a person at head office."""
        wire = changes.new_set(
            id=self._id(), author=author, book=book, made=f"{self.clock_ms()}-0", action=action, changes=changed
        )
        device = derived_id("office", author)
        machine = self.tables.machines.setdefault(device, Machine(device, author, "", state="office"))
        roles = self.tables.accounts[author].roles
        acts = frozenset(act for act in ACTS if may(roles, act))
        sender = Sender(device, author, system=system, office=True, acts=acts)
        self._settle_due(self._books_of(wire))
        verdict = memory_push.push(self.tables, sender, machine.last_seq + 1, wire, self.clock_ms())
        machine.last_seq += 1
        return verdict

    def move(self, customer: str, to_book: str) -> bool:
        """R18: a customer and all below him, out of one log and into another."""
        tables = self.tables
        here, there = tables.books[tables.records[customer].stored.book], tables.books[to_book]
        if here is there or there.kind != "round":
            return False
        self._settle_due([here.id, there.id])
        memory_push.commit()
        moving = [kept for kept in tables.records.values() if kept.stored.customer == customer]
        moving.sort(key=lambda kept: kept.pos)
        stays, set_id = tables.residences.get(customer, ()), self._id()
        came = there.pos + 1
        for n, kept in enumerate(moving, 1):
            self._carry(kept, here, there, set_id, n)
        ended = [Residence(s.book, s.from_pos, here.pos if s.to_pos is None else s.to_pos) for s in stays]
        tables.residences[customer] = (*ended, Residence(to_book, came, None))
        memory_push.committed()
        return True

    def _carry(self, kept: Kept, here: Volume, there: Volume, set_id: str, n: int) -> None:
        stored = kept.stored
        rev = stored.rev + 1
        ver = chain.next_ver(stored.ver, rev, there.id, stored.removed, {})
        moved = Stored(
            stored.id, stored.type, stored.customer, there.id, rev, ver, stored.removed, stored.fields, stored.stamps,
            stored.made_by,
        )  # fmt: skip
        about = {"set": set_id, "n": n, "record": stored.id, "author": SYSTEM, "type": stored.type, "values": {}}
        here.left[stored.id] = (here.append("out", {**about, "rev": stored.rev, "ver": stored.ver}), "moved")
        here.items.pop(stored.id, None)
        here.lose(stored.id, stored.ver)
        pos = there.append("in", {**about, "rev": rev, "ver": ver})
        there.left.pop(stored.id, None)
        there.items[stored.id] = pos
        there.check_n += 1
        there.check_sum = (there.check_sum + chain.check_item(stored.id, ver)) % chain.CHECK_MODULUS
        self.tables.records[stored.id] = Kept(moved, pos, kept.author, kept.at)
        self.tables.versions[stored.id, rev] = ver

    def back_up(self) -> object:
        """Everything, as it is now."""
        return self.tables.copy()

    def restore(self, backup: object) -> None:
        """Begin a new life of the history from an older copy (R35); what was revoked stays revoked."""
        assert isinstance(backup, Tables)
        lost, self.tables = self.tables, backup.copy()
        tables = self.tables
        tables.lives.append((self._id(), {i: book.pos for i, book in tables.books.items() if book.pos}))
        for device, machine in lost.machines.items():
            here = tables.machines.setdefault(device, Machine(device, machine.user, machine.sign_key, machine.state))
            here.state = machine.state
        for user, account in lost.accounts.items():
            tables.accounts[user].active = account.active
        for book, seat, term, holder, until in self.control:
            if term >= tables.seats[book, seat].term:  # of the same term: its end was set, moved or taken away
                self._again(book, seat, term, holder, until)

    def give_pages_of(self, items: int) -> int:
        """Returns: how many items a page had."""
        before, self.page_items = self.page_items, items
        return before

    def receive(self, raw: bytes) -> tuple[list[bytes], bytes, bool]:
        """No files are carried to it."""
        raise NotImplementedError

    def fail_over(self, backup: object) -> None:
        """An older copy takes over, and does not know that it is one (R36)."""
        assert isinstance(backup, Tables)
        self.tables = backup.copy()

    def upgrade(self) -> None:
        """Nothing lies in columns here."""

    # -- what checkers look at

    def checks(self) -> dict[str, tuple[int, str]]:
        """Book -> (n, sum)."""
        return memory_looks.checks(self.tables)

    def open_proposals(self, limit: int) -> list[RecordRow]:
        """The oldest proposals that wait."""
        return memory_looks.open_proposals(self.tables, limit)

    def some_records(self, type_name: str, limit: int) -> list[RecordRow]:
        """Records of a type, in order of id."""
        return memory_looks.some_records(self.tables, type_name, limit)

    def record(self, record_id: str) -> RecordRow | None:
        """One record."""
        kept = self.tables.records.get(record_id)
        return None if kept is None else memory_looks.row_of(kept)

    def snapshot(self) -> Snapshot:
        """Everything at one instant."""
        return memory_looks.snapshot(self.tables)

    def close(self) -> None:
        """Nothing to close."""
