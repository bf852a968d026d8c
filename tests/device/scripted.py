"""A server that answers what a test says: for what the real one does only after accidents."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from field_app.device import Device
from field_app.sync.transport import NoNetwork, Response
from sync_protocol import signing
from sync_protocol.canonical import canonical
from sync_protocol.chain import check_item, check_text
from sync_protocol.problems import Problem
from tests.device.builders import PASSPHRASE, Clock

USER = "018f0000-0000-7000-8000-00000000000a"
EPOCH = "018f0000-0000-7000-8000-0000000000e0"
NORTH = "018f0000-0000-7000-8000-0000000000b1"
SOUTH = "018f0000-0000-7000-8000-0000000000b2"

Answer = dict[str, Any] | Problem | Response
SEATS = {
    "maintainer": {"user": USER, "term": 1},
    "supervisor": {"user": None, "term": 0},
    "licensing": {"user": None, "term": 0},
}
HOLD = {"access": "hold", "kind": "round", "seats": SEATS, "lease": 30 * 24 * 3600 * 1000}


class Uploads:
    """tus as a test wants it. Args: statuses: (method) -> status to answer, 0 for the right one."""

    def __init__(self, **statuses: list[int]) -> None:
        self.statuses = statuses
        self.calls: list[str] = []

    def __call__(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        self.calls.append(method)
        planned = self.statuses.get(method)
        status = planned.pop(0) if planned else 0
        if status:
            names = {
                460: "photo-differs",
                409: "offset-differs",
                404: "not-found",
                410: "upload-gone",
                423: "upload-locked",
                403: "photo-unknown",
            }
            return Problem(names[status], "As planned.")
        if method == "POST":
            return {"_status": 201, "_headers": {"location": f"/photos/1/{len(self.calls)}", "upload-offset": "0"}}
        if method == "HEAD":
            return {"_status": 200, "_headers": {"upload-offset": "0"}}
        return {"_status": 204, "_headers": {"upload-offset": str(int(headers["Upload-Offset"]) + len(body))}}


class Scripted:
    """A transport with a server behind it. Args: answer: the request's JSON -> what to answer, `v`, `time` … added."""

    def __init__(self, answer: Callable[[dict[str, Any]], Answer] | None = None) -> None:
        self.key = signing.new_private_key(bytes(range(32)))
        self.answer = answer or (lambda request: {})
        self.requests: list[dict[str, Any]] = []
        self.raw: Callable[[str, str, Mapping[str, str], bytes], Answer] = Uploads()
        self.is_signing = True
        self.certified: dict[str, Any] = {}  # what its certificates say otherwise than they should

    @property
    def invitation(self) -> str:
        """An invitation of this server."""
        return f"roundbook:1?u={quote('http://127.0.0.1:1', safe='')}&c=AAAA&f={signing.fingerprint(self.public)}"

    @property
    def public(self) -> str:
        """Its key."""
        return signing.public_text(self.key)

    def exchange(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Response:
        """As `Transport.exchange`."""
        plain = gzip.decompress(body) if headers.get("Content-Encoding") == "gzip" else body
        if path == "/enrol/1":
            found: Answer = self._enrolled(json.loads(plain))
        elif path == "/sync/1":
            self.requests.append(json.loads(plain))
            always = {"v": 1, "epoch": EPOCH, "time": now_ms(), "reply_to": signing.body_hash(plain), "more": False}
            found = {**always, **self._asked(self.requests[-1])}
        else:
            found = self.raw(method, path, headers, plain)
        if isinstance(found, Response):
            return found
        return self._signed(found, method, path, headers, plain)

    def _asked(self, request: dict[str, Any]) -> dict[str, Any]:
        found = self.answer(request)
        if isinstance(found, Problem | Response):
            raise _Instead(found)
        return found

    def _signed(
        self, found: dict[str, Any] | Problem, method: str, path: str, headers: Mapping[str, str], request: bytes
    ) -> Response:
        status, media = (
            (found.status, "application/problem+json") if isinstance(found, Problem) else (200, "application/json")
        )
        more = {}
        if isinstance(found, dict) and "_status" in found:
            status, more, content = found["_status"], found.get("_headers", {}), b""
        else:
            content = json.dumps(found.to_wire() if isinstance(found, Problem) else found).encode()
        sent = now_ms()
        text = signing.answer_text(method, path, headers["Roundbook-Device"], sent, content, request)
        signature = signing.sign(self.key, text)
        signed = {"roundbook-sent": str(sent), "roundbook-signature": signature} if self.is_signing else {}
        return Response(status, {"content-type": media, **signed, **more}, content)

    def _enrolled(self, request: dict[str, Any]) -> dict[str, Any]:
        keys = {name: request[name] for name in ("sign_key", "seal_key")}
        certificate = {"device": request["device"], "user": USER, **keys, **self.certified}
        return {
            "v": 1,
            "user": {"id": USER, "name": "Li", "login": "li", "language": "en"},
            "company": {"name": "Corner Goods", "currency": "USD", "time_zone": "UTC"},
            "certificate": certificate,
            "certificate_signature": signing.sign(self.key, canonical(certificate)),
            "server": {"sign_key": self.public, "seal_key": signing.to_text(bytes(range(1, 33)))},
            "epoch": EPOCH,
            "time": now_ms(),
        }


class _Instead(Exception):
    def __init__(self, found: Problem | Response) -> None:
        self.found = found


class ScriptedServer(Scripted):
    """`Scripted`, where a script may also answer a problem, a bare response, or raise NoNetwork."""

    def exchange(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Response:
        """As `Transport.exchange`."""
        try:
            return super().exchange(method, path, headers, body)
        except _Instead as instead:
            if isinstance(instead.found, Response):
                return instead.found
            plain = gzip.decompress(body) if headers.get("Content-Encoding") == "gzip" else body
            return self._signed(instead.found, method, path, headers, plain)


def now_ms() -> int:
    """The server's clock."""
    return int(time.time() * 1000)


def enrolled(home: Path, server: Scripted) -> Device:
    """A device of that server."""
    return Device.enrol(home, server.invitation, PASSPHRASE, server, clock_ms=Clock(now_ms()), name="phone")


def record_id(number: int) -> str:
    """An id that a test can name."""
    return f"018f0000-0000-7000-8000-{number:012x}"


def a_record(
    number: int,
    book: str = NORTH,
    pos: int = 1,
    type: str = "customer",
    rev: int = 1,
    removed: bool = False,
    **fields: Any,
) -> dict[str, Any]:
    """A record as it is on the wire."""
    customer = fields.pop("customer", record_id(number))
    values = fields or {"store_name": f"Shop {number}"}
    ver = f"{rev}-{number:06x}{pos:06x}"
    return {"id": record_id(number), "type": type, "customer": customer, "book": book, "rev": rev, "ver": ver, "pos": pos, "removed": removed, "fields": values, "by": USER, "at": now_ms()}  # fmt: skip


def check_of(*records: dict[str, Any]) -> dict[str, Any]:
    """`n` and `sum` of R30."""
    return {"n": len(records), "sum": check_text(sum(check_item(r["id"], r["ver"]) for r in records))}


def applied(request: dict[str, Any], state: str = "applied", pos: int = 1) -> list[dict[str, Any]]:
    """A verdict for every set of a request."""
    return [
        {"seq": one["seq"], "id": one["set"]["id"], "state": state, "at": {one["set"]["book"]: pos}, "changes": [{"n": c["n"], "state": state} for c in one["set"]["changes"]]}
        for one in request["sets"]
    ]  # fmt: skip


def nobody(request: dict[str, Any]) -> Answer:
    """No network."""
    raise NoNetwork("no signal")
