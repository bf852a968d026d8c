"""A client that somebody wrote from docs/protocol.md alone: it shares no code with the project."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def uuid7() -> str:
    value = (int(time.time() * 1000) << 80) | (uuid.uuid4().int & (2**80 - 1))
    value = (value & ~(0xF << 76)) | (7 << 76)
    return str(uuid.UUID(int=(value & ~(3 << 62)) | (2 << 62)))


def canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


class Answer:
    """What came back. `signed`: whether the server's signature over it is right."""

    def __init__(self, status: int, headers: Any, body: bytes, signed: bool) -> None:
        self.status, self.headers, self.body, self.signed = status, headers, body, signed

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def problem(self) -> str:
        return str(self.json["type"]).rsplit("/", 1)[1]


class Stranger:
    """One device. `sync` pushes what `save` queued, and pulls until nothing more is there."""

    def __init__(self, invitation: str) -> None:
        version, _, query = invitation.partition("?")
        assert version == "roundbook:1"
        members = dict(urllib.parse.parse_qsl(query))
        self.url, self.code, self.fingerprint = members["u"], members["c"], members["f"]
        self.key, self.seal = Ed25519PrivateKey.generate(), X25519PrivateKey.generate()
        self.device = str(uuid.uuid4())
        self.server_key = ""
        self.certificate: dict[str, Any] = {}
        self.certificate_signature = ""
        self.user = ""
        self.epoch: str | None = None
        self.last_seq = 0
        self.cursors: dict[str, str] = {}
        self.scope: dict[str, Any] = {}
        self.scope_tag: str | None = None
        self.records: dict[str, dict[str, Any]] = {}
        self.outbox: list[dict[str, Any]] = []
        self.verdicts: dict[str, dict[str, Any]] = {}
        self.want: list[dict[str, str]] = []
        self.clock_ms = lambda: int(time.time() * 1000)

    def call(
        self, method: str, path: str, body: bytes = b"", *, zipped: bool = True, key: Any = None, **headers: str
    ) -> Answer:
        sent = str(self.clock_ms())
        text = "\n".join(
            ["roundbook/1", "request", method, path, self.device, sent, hashlib.sha256(body).hexdigest()]
        ).encode()
        all_headers = {
            "Roundbook-Device": self.device,
            "Roundbook-Sent": sent,
            "Roundbook-Signature": b64((key or self.key).sign(text)),
            "Accept-Encoding": "gzip",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        content = body
        if zipped and body:
            content, all_headers["Content-Encoding"] = gzip.compress(body), "gzip"
        request = urllib.request.Request(self.url + path, content or None, all_headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                status, found, raw = response.status, response.headers, response.read()
        except urllib.error.HTTPError as error:
            status, found, raw = error.code, error.headers, error.read()
        plain = gzip.decompress(raw) if found.get("Content-Encoding") == "gzip" else raw
        return Answer(status, found, plain, self._signed(method, path, found, plain, body))

    def _signed(self, method: str, path: str, headers: Any, plain: bytes, request: bytes) -> bool:
        if not self.server_key or "Roundbook-Signature" not in headers:
            return False
        lines = ["roundbook/1", "answer", method, path, self.device, headers["Roundbook-Sent"]]
        lines += [hashlib.sha256(plain).hexdigest(), hashlib.sha256(request).hexdigest()]
        try:
            Ed25519PublicKey.from_public_bytes(unb64(self.server_key)).verify(
                unb64(headers["Roundbook-Signature"]), "\n".join(lines).encode()
            )
        except InvalidSignature:
            return False
        return True

    def enrol(self, **changed: Any) -> Answer:
        request = {
            "v": 1,
            "code": self.code,
            "device": self.device,
            "sign_key": b64(self.key.public_key().public_bytes_raw()),
            "seal_key": b64(self.seal.public_key().public_bytes_raw()),
            "app": "stranger 1",
            "schema": 1,
            "name": "a phone",
            **changed,
        }
        body = json.dumps(request).encode()
        answer = self.call("POST", "/enrol/1", body, Content_Type="application/json")
        if answer.status == 200:
            self.server_key = answer.json["server"]["sign_key"]
            assert b64(hashlib.sha256(unb64(self.server_key)).digest()) == self.fingerprint
            assert self._signed("POST", "/enrol/1", answer.headers, answer.body, body)
            self.user, self.epoch = answer.json["user"]["id"], answer.json["epoch"]
        return answer

    def seat(self, book: str, name: str = "maintainer") -> dict[str, Any]:
        found: dict[str, Any] = self.scope[book]["seats"][name]
        return found

    def held(self) -> str:
        """The book of the round that this device holds."""
        return next(book for book, entry in self.scope.items() if entry["access"] == "hold")

    def change(
        self,
        op: str,
        type_name: str,
        record: str,
        customer: str | None,
        book: str,
        seat: str = "maintainer",
        **members: Any,
    ) -> dict[str, Any]:
        known = self.records.get(record)
        change = {
            "op": op,
            "type": type_name,
            "record": record,
            "customer": customer,
            "seat": seat,
            "term": self.seat(book, seat)["term"],
        }
        if known is not None:
            change["base"] = known["ver"]
        return {**change, **members}

    def save(self, book: str, *changes: dict[str, Any], action: str = "work", **members: Any) -> str:
        self.last_seq += 1
        numbered = [{"n": n, **change} for n, change in enumerate(changes, 1)]
        wire = {
            "id": uuid7(),
            "author": self.user,
            "book": book,
            "schema": 1,
            "made": f"{self.clock_ms()}-0",
            "action": action,
            "changes": numbered,
            **members,
        }
        self.outbox.append({"seq": self.last_seq, "set": wire})
        return str(wire["id"])

    def request(self, **members: Any) -> dict[str, Any]:
        return {
            "v": 1,
            "app": "stranger 1",
            "schema": 1,
            "device": self.device,
            "user": self.user,
            "epoch": self.epoch,
            "sent": self.clock_ms(),
            "last_seq": self.last_seq,
            "cursors": self.cursors,
            "pending": [],
            "sets": self.outbox[:100],
            "scope_tag": self.scope_tag,
            **members,
        }

    def round_trip(self, **members: Any) -> Answer:
        answer = self.call(
            "POST", "/sync/1", json.dumps(self.request(**members)).encode(), Content_Type="application/json"
        )
        if answer.status == 200:
            assert answer.signed
            self._take(answer.json)
        return answer

    def _take(self, answer: dict[str, Any]) -> None:
        self.epoch = answer["epoch"]
        for verdict in answer.get("verdicts", []):
            self.verdicts[verdict["id"]] = verdict
        final = {i for i, verdict in self.verdicts.items() if verdict["state"] not in ("waiting", "failed")}
        self.outbox = [item for item in self.outbox if item["set"]["id"] not in final]
        for gone in answer.get("left", []):
            if self.records.get(gone["record"], {}).get("book") == gone["book"]:
                del self.records[gone["record"]]
        for record in answer.get("records", []):
            self.records[record["id"]] = record
        self.cursors.update(answer.get("cursors", {}))
        self.want = answer.get("want", [])
        if "scope" in answer:
            self.scope, self.scope_tag = answer["scope"], answer["scope_tag"]
        for book, check in answer.get("check", {}).items():
            mine = [r for r in self.records.values() if r["book"] == book]
            total = sum(
                int.from_bytes(hashlib.sha256(canonical([r["id"], r["ver"]])).digest()[:12], "big") for r in mine
            )
            assert check == {"n": len(mine), "sum": f"{total % 2**96:024x}"}, (book, check, len(mine))

    def sync(self) -> Answer:
        while True:
            answer = self.round_trip()
            assert answer.status == 200, answer.body
            if not answer.json["more"]:
                return answer

    def verdict(self, set_id: str) -> dict[str, Any]:
        return self.verdicts[set_id]

    def upload(
        self,
        book: str,
        set_id: str,
        content: bytes,
        *,
        sha256: str | None = None,
        piece: int = 64 * 1024,
        stop_at: int | None = None,
    ) -> Answer:
        names = {
            "book": book,
            "set": set_id,
            "sha256": sha256 or hashlib.sha256(content).hexdigest(),
            "type": "image/jpeg",
        }
        metadata = ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in names.items())
        tus = {"Tus_Resumable": "1.0.0", "zipped": False}
        answer = self.call("POST", "/photos/1/", Upload_Length=str(len(content)), Upload_Metadata=metadata, **tus)  # type: ignore[arg-type]
        if answer.status != 201:
            return answer
        where, offset = answer.headers["Location"], int(answer.headers["Upload-Offset"])
        while offset < len(content) and (stop_at is None or offset < stop_at):
            part = content[offset : offset + piece]
            answer = self.call(
                "PATCH", where, part, Upload_Offset=str(offset), Content_Type="application/offset+octet-stream", **tus
            )  # type: ignore[arg-type]
            if answer.status != 204:
                return answer
            offset = int(answer.headers["Upload-Offset"])
        return answer
