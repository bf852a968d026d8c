"""The wire of the server in memory: signed requests in, verdicts and pages out."""

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
from roundbook.simulation.memory_seats import MemorySeats
from roundbook.simulation.memory_state import Kept, Machine, Received, Volume
from sync_protocol import chain, changes, json_text, messages, sealing, signing
from sync_protocol.canonical import canonical
from sync_protocol.fields import Seat
from sync_protocol.identity import is_id
from sync_protocol.problems import Problem
from sync_protocol.shortening import shortened
from sync_protocol.version import SCHEMA_MIN

LEASE_MS = 30 * 24 * 3600 * 1000


class MemoryWire(MemorySeats):
    """What devices reach. Args: page_items: how many items a page has."""

    def __init__(
        self, clock_ms: Callable[[], int], randomness: Callable[[int], bytes], *, page_items: int = 1000
    ) -> None:
        self.page_items = page_items
        self.key = signing.new_private_key(randomness(32))
        self.cursor_key = randomness(32)
        self.seal_seed = randomness(32)
        self.poison: set[str] = set()
        super().__init__(clock_ms, randomness)

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
        keys = {name: request[name] for name in ("sign_key", "seal_key")}
        certificate = {"device": request["device"], "user": account.id, **keys}
        return {
            "v": 1,
            "user": {"id": account.id, "name": account.login, "login": account.login, "language": "en"},
            "company": {"name": "Corner Goods", "currency": "USD", "time_zone": "UTC"},
            "certificate": certificate,
            "certificate_signature": signing.sign(self.key, canonical(certificate)),
            "server": {"sign_key": signing.public_text(self.key), "seal_key": signing.to_text(sealing_key)},
            "epoch": self.tables.epoch,
            "time": self.clock_ms(),
        }

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
        content = json_text.dumps(found)
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
        held = [*request["cursors"].items(), *request["witnessed"].items()]
        if any(self._contradicts(book, text) for book, text in held):
            lost = self.tables.epoch
            self.tables.lives.append((self._id(), {}))  # R36: nothing is taken for shared
            forks = self.tables.forks_since(lost)
            raise Problem("epoch-changed", "This server lost history.", epoch=self.tables.epoch, forks=forks)
        sender = Sender(machine.id, machine.user, skew_ms=request["sent"] - self.clock_ms())
        fresh = [self._push(sender, item) for item in sorted(request["sets"], key=lambda item: int(item["seq"]))]
        self._retry_waiting(sender, set(request["pending"]))
        if request["schema"] < SCHEMA_MIN:
            raise Problem("schema-retired", "This release of the app is too old.", min=SCHEMA_MIN, now=SCHEMA_MIN)
        machine.last_seq = max([machine.last_seq, request["last_seq"], *(item["seq"] for item in request["sets"])])
        return self._page(machine, request, fresh, active=active and machine.state == "active")

    def _contradicts(self, book_id: str, text: str) -> bool:
        """Whether a cursor of ours names what the log does not have."""
        book, (pos, head, tag) = self.tables.books.get(book_id), [*text.split("."), "", ""][:3]
        if book is None or not hmac.compare_digest(self._tag(book_id, f"{pos}.{head}"), tag):
            return False
        return int(pos) > book.pos or self._hash(book, int(pos))[:16] != head

    def _quarantine(self, machine: Machine, sets: Sequence[Mapping[str, Any]]) -> None:
        tables = self.tables
        for item in sets:
            wire = item["set"] if "set" in item else self.opened(item.get("sealed", ""))
            if isinstance(wire, dict) and is_id(wire.get("id")) and wire["id"] not in tables.sets:
                if (machine.id, item["seq"]) in tables.numbers:
                    continue
                digest = memory_push.digest_of(wire)
                row = Received(wire["id"], machine.id, item["seq"], machine.user, "", digest, "quarantined", body=wire)
                tables.sets[row.id] = row
                tables.numbers[machine.id, item["seq"]] = row.id

    def _push(self, sender: Sender, item: Mapping[str, Any]) -> dict[str, Any]:
        wire = item["set"] if "set" in item else self.opened(item.get("sealed", ""))
        if wire is None:
            why = [{"field": "sealed", "code": "sealed.unreadable"}]
            return {"seq": item["seq"], "id": "", "state": "refused", "at": {}, "changes": memory_push.told_of(why)}
        if self._fails(wire):
            return memory_push.count_fault(self.tables, sender, item["seq"], wire, self.clock_ms())
        self._settle_due(self._books_of(wire))
        return memory_push.push(self.tables, sender, item["seq"], wire, self.clock_ms())

    def opened(self, text: str) -> Any:
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
                    self._settle_due(self._books_of(row.body))
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
            row = self.tables.sets.get(memory_push.row_of(self.tables, set_id, machine.user))
            if row is not None and row.verdict and row.state != "open":
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

    def _books_of(self, wire: Any) -> list[str]:
        if not any(until <= self.clock_ms() for until, _ in self.tables.until.values()):
            return []
        if not isinstance(wire, dict) or changes.check_set(wire) or memory_push.change_reasons(wire):
            return []
        known = self.tables.records
        return [wire["book"], *(known[name].stored.book for name in changes.names_of(wire) if name in known)]
