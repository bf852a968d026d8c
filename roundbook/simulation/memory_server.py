"""A server in memory: the pure code of the protocol, and around it only what a dictionary can hold."""

from __future__ import annotations

import gzip
import hmac
import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from field_app.sync.transport import Response
from roundbook.simulation import memory_push
from roundbook.simulation.memory_push import Sender
from roundbook.simulation.memory_state import Account, Kept, Machine, Received, Tables, Volume
from roundbook.simulation.office import (
    SYSTEM,
    BookRow,
    LogRow,
    RecordRow,
    SetRow,
    Snapshot,
    TenureRow,
)
from sync_protocol import chain, changes, messages, sealing, signing
from sync_protocol.acts import ACTS, may
from sync_protocol.fields import Seat
from sync_protocol.identity import RANDOM_BYTES, derived_id, is_id, new_id
from sync_protocol.problems import Problem
from sync_protocol.shortening import shortened
from sync_protocol.state import Residence, SeatState, Stored, Tenure

LEASE_MS = 30 * 24 * 3600 * 1000


class MemoryServer:
    """Head office without a disk. Args: clock_ms: its clock. randomness: for ids. page_items: how many items a page has."""

    def __init__(
        self, clock_ms: Callable[[], int], randomness: Callable[[int], bytes], *, page_items: int = 1000
    ) -> None:
        self.clock_ms, self.randomness, self.page_items = clock_ms, randomness, page_items
        self.key = signing.new_private_key(randomness(32))
        self.cursor_key = randomness(32)
        self.seal_seed = randomness(32)
        self.tables = Tables(lives=[(self._id(), {})])
        self.control: list[tuple[str, str, int, str | None, tuple[int, str | None] | None]] = []
        self.poison: set[str] = set()
        self.tables.accounts[SYSTEM] = Account(SYSTEM, "system", ())
        self._book("Reference", "reference", None)
        self._book("Desk", "desk", SYSTEM)

    def _id(self) -> str:
        return new_id(self.clock_ms(), self.randomness(RANDOM_BYTES))

    # -- what head office does

    def add_user(self, login: str, *roles: str) -> str:
        """A person, and his desk."""
        user = self._id()
        self.tables.accounts[user] = Account(user, login, roles)
        self._book("Desk", "desk", user)
        return user

    def add_book(self, name: str) -> str:
        """A round's book with vacant seats."""
        book = self._book(name, "round", None)
        for seat in Seat:
            self.tables.seats[book, seat.value] = SeatState(None, 0)
        return book

    def _book(self, name: str, kind: str, owner: str | None) -> str:
        book = self._id()
        self.tables.books[book] = Volume(book, kind, name, owner)
        return book

    def reference_book(self) -> str:
        """The company's catalogue."""
        return next(book.id for book in self.tables.books.values() if book.kind == "reference")

    def desk_of(self, user: str) -> str:
        """A person's desk."""
        return next(book.id for book in self.tables.books.values() if book.kind == "desk" and book.owner == user)

    def assign(self, book: str, seat: str, user: str | None) -> None:
        """A hand-over."""
        self._hand_over(book, seat, user, until=None)

    def stand_in(self, book: str, seat: str, user: str, until_ms: int) -> bool:
        """A hand-over that falls back."""
        held = self.tables.seats[book, seat]
        if held.user is None or held.user == user:
            return False
        self._hand_over(book, seat, user, until=until_ms)
        return True

    def _hand_over(self, book_id: str, seat: str, user: str | None, until: int | None) -> None:
        tables, book = self.tables, self.tables.books[book_id]
        self._settle_due([book_id])
        held = tables.seats[book_id, seat]
        if held.user == user and until is None and (book_id, seat) not in tables.until:
            return
        lasting = tables.until[book_id, seat][1] if (book_id, seat) in tables.until else held.user
        memory_push.commit()
        term = held.term + (held.user != user)
        last = book.pos
        about = {"set": self._id(), "n": 1, "record": "", "rev": 0, "ver": "", "author": SYSTEM, "type": None}
        pos = book.append("hand-over", {**about, "values": {"seat": seat, "term": term, "to": user}})
        if held.user != user:
            before = tables.tenures.get((book_id, seat, held.term))
            if before is not None:
                tables.tenures[book_id, seat, held.term] = Tenure(before.user, before.from_pos, last)
            tables.tenures[book_id, seat, term] = Tenure(user or "", pos, None)
        tables.seats[book_id, seat] = SeatState(user, term)
        tables.until.pop((book_id, seat), None)
        if until is not None:
            tables.until[book_id, seat] = (until, lasting)
        self.control.append((book_id, seat, term, user, tables.until.get((book_id, seat))))
        memory_push.committed()

    def _settle_due(self, books: Sequence[str]) -> None:
        for (book, seat), (until, lasting) in sorted(self.tables.until.items()):
            if book in books and until <= self.clock_ms():
                del self.tables.until[book, seat]
                account = self.tables.accounts.get(lasting or "")
                held = self.tables.seats[book, seat]
                if held.user != lasting:
                    self._fall_back(book, seat, lasting if account is not None and account.active else None)

    def _fall_back(self, book: str, seat: str, user: str | None) -> None:
        self._hand_over(book, seat, user, until=None)

    def term(self, book: str, seat: str) -> int:
        """The current term of a seat."""
        return self.tables.seats[book, seat].term

    def invite(self, user: str) -> str:
        """An invitation whose code is the user's id."""
        return (
            f"roundbook:1?u=http%3A%2F%2F127.0.0.1%3A1&c={user}&f={signing.fingerprint(signing.public_text(self.key))}"
        )

    def _enrol(self, plain: bytes) -> dict[str, Any]:
        request = json.loads(plain)
        account = self.tables.accounts[request["code"]]
        self.tables.machines[request["device"]] = Machine(request["device"], account.id, request["sign_key"])
        sealing_key = X25519PrivateKey.from_private_bytes(self.seal_seed).public_key().public_bytes_raw()
        return {
            "v": 1,
            "user": {"id": account.id, "name": account.login, "login": account.login, "language": "en"},
            "company": {"name": "Corner Goods", "currency": "USD", "time_zone": "UTC"},
            "certificate": {"device": request["device"], "user": account.id},
            "certificate_signature": "",
            "server": {"sign_key": signing.public_text(self.key), "seal_key": signing.to_text(sealing_key)},
            "epoch": self.tables.epoch,
            "time": self.clock_ms(),
        }

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

    def _books_of(self, wire: Any) -> list[str]:
        if not any(until <= self.clock_ms() for until, _ in self.tables.until.values()):
            return []
        if not isinstance(wire, dict) or changes.check_set(wire) or memory_push.change_reasons(wire):
            return []
        known = self.tables.records
        return [wire["book"], *(known[name].stored.book for name in changes.names_of(wire) if name in known)]

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
            if term > tables.seats[book, seat].term or (term == tables.seats[book, seat].term and until):
                self._again(book, seat, term, holder, until)

    def _again(self, book: str, seat: str, term: int, user: str | None, until: tuple[int, str | None] | None) -> None:
        """A hand-over that the backup does not know (R35)."""
        tables, held = self.tables, self.tables.seats[book, seat]
        if term > held.term:
            last = tables.books[book].pos
            about = {"set": self._id(), "n": 1, "record": "", "rev": 0, "ver": "", "author": SYSTEM, "type": None}
            pos = tables.books[book].append("hand-over", {**about, "values": {"seat": seat, "term": term, "to": user}})
            before = tables.tenures.get((book, seat, held.term))
            if before is not None:
                tables.tenures[book, seat, held.term] = Tenure(before.user, before.from_pos, last)
            tables.tenures[book, seat, term] = Tenure(user or "", pos, None)
            tables.seats[book, seat] = SeatState(user, term)
        tables.until.pop((book, seat), None)
        if until is not None:
            tables.until[book, seat] = until

    # -- the wire

    def exchange(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Response:
        """One signed request."""
        device = headers.get("Roundbook-Device", "")
        plain = b""
        try:
            plain = self._inflated(headers, body)
            found = (
                self._enrol(plain)
                if path == "/enrol/1"
                else self._answer(self._authenticate(method, path, headers, plain), plain)
            )
            status, media = 200, "application/json"
        except Problem as problem:
            found, status, media = problem.to_wire(), problem.status, "application/problem+json"
        content = json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()
        sent = self.clock_ms()
        text = signing.answer_text(method, path, device, sent, content, plain)
        signed = {"roundbook-sent": str(sent), "roundbook-signature": signing.sign(self.key, text)}
        return Response(status, {"content-type": media, **signed}, content)

    def _inflated(self, headers: Mapping[str, str], body: bytes) -> bytes:
        if headers.get("Content-Encoding") != "gzip":
            return body
        try:
            return gzip.decompress(body)
        except (OSError, EOFError, zlib.error) as error:
            raise Problem("not-json", "The body is not gzip.") from error

    def _authenticate(self, method: str, path: str, headers: Mapping[str, str], plain: bytes) -> Machine:
        machine = self.tables.machines.get(headers.get("Roundbook-Device", ""))
        if machine is None:
            raise Problem("device-unknown", "This server does not know the device.")
        sent = headers.get("Roundbook-Sent", "")
        text = signing.request_text(method, path, machine.id, int(sent) if sent.isdecimal() else 0, plain)
        if not signing.verify(machine.sign_key, headers.get("Roundbook-Signature", ""), text):
            raise Problem("signature-wrong", "The signature is not the one that this device makes over these bytes.")
        if method != "POST" or path != "/sync/1":
            raise Problem("not-found", "Only /sync/1 is here.")
        return machine

    def _answer(self, machine: Machine, plain: bytes) -> dict[str, Any]:
        request = messages.read(messages.SyncRequest, plain)
        active = self.tables.accounts[machine.user].active
        if machine.state == "lost" or not active:
            self._quarantine(machine, request["sets"])
            if machine.state == "lost":
                raise Problem("device-lost", "This device was reported lost.")
        if request["epoch"] not in (None, self.tables.epoch):
            forks = self.tables.forks_since(request["epoch"])
            raise Problem("epoch-changed", "The server was restored.", epoch=self.tables.epoch, forks=forks)
        if request["last_seq"] < machine.last_seq:
            raise Problem("device-forked", "This device has counted further before.")
        sender = Sender(machine.id, machine.user, skew_ms=request["sent"] - self.clock_ms())
        fresh = [self._push(sender, item) for item in sorted(request["sets"], key=lambda item: int(item["seq"]))]
        self._retry_waiting(sender, set(request["pending"]))
        machine.last_seq = max([machine.last_seq, request["last_seq"], *(item["seq"] for item in request["sets"])])
        return self._page(machine, request, fresh, active=active and machine.state == "active")

    def _quarantine(self, machine: Machine, sets: Sequence[Mapping[str, Any]]) -> None:
        tables = self.tables
        for item in sets:
            wire = item.get("set")
            if isinstance(wire, dict) and is_id(wire.get("id")) and wire["id"] not in tables.sets:
                if (machine.id, item["seq"]) in tables.numbers:
                    continue
                digest = memory_push.digest_of(wire)
                row = Received(wire["id"], machine.id, item["seq"], machine.user, "", digest, "quarantined", body=wire)
                tables.sets[row.id] = row
                tables.numbers[machine.id, item["seq"]] = row.id

    def _push(self, sender: Sender, item: Mapping[str, Any]) -> dict[str, Any]:
        wire = item["set"] if "set" in item else self._opened(item.get("sealed", ""))
        if wire is None:
            why = [{"field": "sealed", "code": "sealed.unreadable"}]
            return {"seq": item["seq"], "id": "", "state": "refused", "at": {}, "changes": memory_push.told_of(why)}
        if self._fails(wire):
            return memory_push.count_fault(self.tables, sender, item["seq"], wire)
        self._settle_due(self._books_of(wire))
        return memory_push.push(self.tables, sender, item["seq"], wire, self.clock_ms())

    def _opened(self, text: str) -> Any:
        try:
            return json.loads(sealing.unseal(self.seal_seed, signing.from_text(text), about=sealing.ABOUT_SETS))
        except (sealing.NotForUs, ValueError):
            return None

    def _fails(self, wire: Any) -> bool:
        """Whether judging it raises an exception now; what has a final verdict is not judged again."""
        if not isinstance(wire, dict) or wire.get("id") not in self.poison:
            return False
        known = self.tables.sets.get(wire["id"])
        return known is None or known.state == "waiting"

    def _retry_waiting(self, sender: Sender, named: set[str]) -> None:
        moved = True
        while moved:
            moved = False
            rows = self.tables.waiting.values()
            waiting = [r for r in rows if r.device == sender.device or (r.id in named and r.author == sender.user)]
            for row in sorted(waiting, key=lambda row: row.seq):
                if row.body is not None and not self._fails(row.body):
                    verdict = memory_push.push(self.tables, sender, row.seq, row.body, self.clock_ms())
                    moved = moved or verdict["state"] != "waiting"

    def _scope(self, user: str) -> dict[str, dict[str, Any]]:
        mine = {book for (book, _), seat in self.tables.seats.items() if seat.user == user}
        self._settle_due(
            sorted(mine | {book for (book, _), (_, lasting) in self.tables.until.items() if lasting == user})
        )
        found: dict[str, dict[str, Any]] = {}
        for (book, seat), state in sorted(self.tables.seats.items()):
            if any(self.tables.seats[book, s.value].user == user for s in Seat):
                entry = found.setdefault(book, {"access": "hold", "kind": "round", "seats": {}, "lease": LEASE_MS})
                entry["seats"][seat] = {"user": state.user, "term": state.term}
        for volume in self.tables.books.values():
            if volume.kind == "reference" or (volume.kind == "desk" and volume.owner == user):
                found[volume.id] = {"access": "read", "kind": volume.kind, "seats": {}, "lease": LEASE_MS}
        return found

    def _page(
        self, machine: Machine, request: Mapping[str, Any], fresh: list[dict[str, Any]], *, active: bool
    ) -> dict[str, Any]:
        scope = self._scope(machine.user) if active else {}
        records: list[dict[str, Any]] = []
        left: list[dict[str, Any]] = []
        cursors: dict[str, str] = {}
        more = False
        for book in sorted(scope):
            more = (
                self._pull(self.tables.books[book], request["cursors"].get(book, "0"), records, left, cursors) or more
            )
        known = {}
        for set_id in [*(verdict["id"] for verdict in fresh), *request["pending"]]:
            row = self.tables.sets.get(set_id)
            if row is not None and row.author == machine.user and row.verdict and row.state != "open":
                known[set_id] = row.verdict
        told = [v for v in fresh if v["state"] != "waiting" or v["id"] not in known]
        told += [verdict for set_id, verdict in known.items() if set_id not in {v["id"] for v in told}]
        tag = changes.digest(scope)[:12]
        answer: dict[str, Any] = {
            "v": 1, "epoch": self.tables.epoch, "time": self.clock_ms(), "reply_to": "",
            "verdicts": told,
            "records": records, "left": left, "cursors": cursors, "more": more,
        }  # fmt: skip
        if not more and cursors:
            answer["check"] = {
                book: {"n": self.tables.books[book].check_n, "sum": chain.check_text(self.tables.books[book].check_sum)}
                for book in scope
            }
        if tag != request["scope_tag"]:
            answer.update(scope=scope, people={}, scope_tag=tag)
        if machine.state != "active":
            answer["device"] = machine.state
        return answer

    def _pull(
        self,
        book: Volume,
        text: str,
        records: list[dict[str, Any]],
        left: list[dict[str, Any]],
        cursors: dict[str, str],
    ) -> bool:
        """One book of a page. Returns: whether there is more of it."""
        pos, head, tag = [*text.split("."), "", ""][:3]
        valid = hmac.compare_digest(self._tag(book.id, f"{pos}.{head}"), tag)
        since = int(pos) if valid else 0
        if valid and (since > book.pos or self._hash(book, since)[:16] != head):
            raise Problem("epoch-changed", "This server lost history that the device has seen.")
        if valid and since == book.pos:
            return False
        room = self.page_items - len(records) - len(left)
        if room <= 0:
            return True
        news: list[tuple[int, str, bool]] = []
        for record, at in reversed(book.items.items()):
            if at <= since:
                break
            news.append((at, record, True))
        news += [(at, record, False) for record, (at, _) in book.left.items() if at > since]
        news.sort()
        last = since
        for at, record, is_here in news[:room]:
            if is_here:
                records.append(self._wire(self.tables.records[record]))
            else:
                left.append({"book": book.id, "record": record, "why": book.left[record][1]})
            last = at
        whole = len(news) <= room
        reached = book.pos if whole else last
        cursor = f"{reached}.{self._hash(book, reached)[:16]}"
        cursors[book.id] = f"{cursor}.{self._tag(book.id, cursor)}"
        return not whole

    def _tag(self, book: str, text: str) -> str:
        return hmac.digest(self.cursor_key, f"{book}.{text}".encode(), "sha256").hex()[:12]

    @staticmethod
    def _hash(book: Volume, pos: int) -> str:
        return book.log[pos - 1].hash if pos else chain.FIRST_HASH

    @staticmethod
    def _wire(kept: Kept) -> dict[str, Any]:
        stored = kept.stored
        return {
            "id": stored.id, "type": stored.type, "customer": stored.customer, "book": stored.book, "rev": stored.rev,
            "ver": stored.ver, "pos": kept.pos, "removed": stored.removed,
            "fields": shortened(stored.type, stored.fields), "by": kept.author, "at": kept.at,
        }  # fmt: skip

    # -- what checkers look at

    def checks(self) -> dict[str, tuple[int, str]]:
        """Book -> (n, sum)."""
        return {i: (book.check_n, chain.check_text(book.check_sum)) for i, book in self.tables.books.items()}

    def open_proposals(self, limit: int) -> list[RecordRow]:
        """The oldest proposals that wait."""
        found = [k for ids in self.tables.proposals.values() for k in map(self.tables.records.__getitem__, ids)]
        waiting = [k for k in found if k.stored.fields["state"] == "open"]
        return [_row(k) for k in sorted(waiting, key=lambda k: k.stored.id)[:limit]]

    def some_records(self, type_name: str, limit: int) -> list[RecordRow]:
        """Records of a type, in order of id."""
        found = [k for k in self.tables.records.values() if k.stored.type == type_name and not k.stored.removed]
        return [_row(k) for k in sorted(found, key=lambda k: k.stored.id)[:limit]]

    def record(self, record_id: str) -> RecordRow | None:
        """One record."""
        kept = self.tables.records.get(record_id)
        return None if kept is None else _row(kept)

    def snapshot(self) -> Snapshot:
        """Everything at one instant."""
        tables = self.tables
        return Snapshot(
            books={
                i: BookRow(i, b.kind, b.owner, b.pos, b.head, b.check_n, chain.check_text(b.check_sum))
                for i, b in tables.books.items()
            },
            records={(k.stored.book, i): _row(k) for i, k in tables.records.items()},
            log={
                i: [
                    LogRow(pos, e.set_id, e.n, e.record, e.rev, e.ver, e.kind, e.author, e.digest, e.hash, e.body)
                    for pos, e in enumerate(b.log, 1)
                ]
                for i, b in tables.books.items()
            },
            sets={
                i: SetRow(i, s.device, s.seq, s.author, s.digest, s.state, s.verdict) for i, s in tables.sets.items()
            },
            tenures=[
                TenureRow(book, seat, term, t.user or None, t.from_pos, t.to_pos)
                for (book, seat, term), t in tables.tenures.items()
            ],
            seats={key: (seat.user, seat.term) for key, seat in tables.seats.items()},
            left={(i, record): why for i, b in tables.books.items() for record, (_, why) in b.left.items()},
        )

    def close(self) -> None:
        """Nothing to close."""


def _row(kept: Kept) -> RecordRow:
    s = kept.stored
    return RecordRow(s.id, s.book, s.type, s.customer, s.rev, s.ver, kept.pos, s.removed, s.fields)
