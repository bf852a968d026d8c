"""The virtual network: it loses, repeats, delays, swaps and damages what passes, and every answer is looked at on its way."""

from __future__ import annotations

import gzip
import random
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from field_app.sync.transport import NoNetwork, Response
from roundbook.simulation.crashes import SERVER, Crashed
from roundbook.simulation.faults import NETWORK, Faults
from roundbook.simulation.office import Office
from roundbook.simulation.releases import Releases
from sync_protocol import json_text

SYNC = "/sync/1"
TOO_OLD = 426
DAY_MS = 24 * 3600 * 1000
PORTAL = Response(
    200, {"content-type": "text/html"}, b"<html><body>Welcome to Hotel Wifi. Please log in.</body></html>"
)
BAD_GATEWAY = Response(502, {"content-type": "text/html"}, b"<html><body>Bad gateway</body></html>")
CRASHES_OF_SERVER = ("server_crash_before", "server_crash_after")

Watch = Callable[[str, Mapping[str, Any], Response], None]
Deliver = Callable[["Parcel"], None]


@dataclass(frozen=True, slots=True)
class Parcel:
    """A request on its way."""

    device: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    def document(self) -> dict[str, Any]:
        """What a sync request says; empty for anything else."""
        if self.path != SYNC:
            return {}
        found: dict[str, Any] = json_text.loads(_inflated(self.headers, self.body))
        return found

    def says(self, plain: bytes) -> bool:
        """Whether its content is this: not every bit of a compressed body counts."""
        try:
            return _inflated(self.headers, self.body) == plain
        except (OSError, EOFError, zlib.error):
            return False


@dataclass
class Network:
    """Between all devices and the server.

    Args: chance: of a fault at an exchange, 0 to 1. later: (delay ms, parcel) -> delivered then. watch: sees every answer.
        announce: sees every sync request before the server does.
    """

    office: Office
    rng: random.Random
    faults: Faults
    later: Callable[[int, Parcel], None]
    watch: Watch
    announce: Callable[[Mapping[str, Any]], None]
    releases: Releases
    chance: float = 0.0
    held_back: dict[str, Parcel] = field(default_factory=dict)
    late: int = 0
    planned: str | None = None  # what befalls the next exchange, whatever chance says
    quiet_first: int = 0  # so many exchanges pass before that one

    def way_of(self, device: Callable[[], str]) -> Way:
        """The transport of one device."""
        return Way(self, device)

    def deliver(self, parcel: Parcel) -> Response:
        """Bring a parcel to the server, and look at what it answers. Raises: NoNetwork, if the server dies of it."""
        document = parcel.document() if parcel.path == SYNC else None
        if document is not None:
            self.announce(document)
        response = self._ask(parcel)
        if document is not None:
            self.watch(parcel.device, document, response)
            if document["sets"] and document["schema"] < self.releases.server:
                if response.status == 200:
                    self.faults.hit("old_client")
                elif response.status == TOO_OLD:
                    self.faults.hit("retired_client")
        return response

    def exchange(self, parcel: Parcel) -> Response:
        """One exchange, with whatever befalls it. Raises: NoNetwork."""
        late = self.held_back.pop(parcel.device, None)
        if self.quiet_first:
            self.quiet_first -= 1
            return self.deliver(parcel)
        planned, self.planned = self.planned, None
        if planned is not None:
            response = self._with_fault(parcel, planned)
        elif self.chance <= 0 or self.rng.random() >= self.chance:
            response = self.deliver(parcel)
        else:
            response = self._with_fault(parcel, self.rng.choice((*NETWORK, *CRASHES_OF_SERVER)))
        if late is not None:
            self.deliver_late(late, "reordered")
        return response

    def _ask(self, parcel: Parcel) -> Response:
        try:
            with self.releases.at_server():
                return self.office.exchange(parcel.method, parcel.path, parcel.headers, parcel.body)
        except Crashed as crash:
            raise NoNetwork("the server died") from crash

    def deliver_late(self, parcel: Parcel, name: str) -> None:
        """What arrives after its sender gave up; the answer goes nowhere."""
        self.late += 1
        try:
            response = self.deliver(parcel)
        except NoNetwork:
            return
        if response.status == 200 and parcel.document().get("sets"):
            self.faults.hit(name)

    def _with_fault(self, parcel: Parcel, name: str) -> Response:
        if name in CRASHES_OF_SERVER:
            return self._crash(parcel, name)
        found: Response = getattr(self, f"_{name}")(parcel)
        return found

    def _crash(self, parcel: Parcel, name: str) -> Response:
        before = SERVER.crashed
        SERVER.arm(self.rng.randrange(6), after=name == "server_crash_after")
        try:
            return self.deliver(parcel)
        finally:
            SERVER.disarm()
            if SERVER.crashed > before:
                self.faults.hit(name)

    def _request_lost(self, parcel: Parcel) -> Response:
        self.faults.hit("request_lost")
        raise NoNetwork("lost on the way there")

    def _answer_lost(self, parcel: Parcel) -> Response:
        response = self.deliver(parcel)
        if response.status == 200 and (parcel.document().get("sets") or parcel.path != SYNC):
            self.faults.hit("answer_lost")
        raise NoNetwork("lost on the way back")

    def _duplicated(self, parcel: Parcel) -> Response:
        first = self.deliver(parcel)
        second = self.deliver(parcel)
        if parcel.document().get("sets"):
            self.faults.hit("duplicated")
        return second if self.rng.random() < 0.5 else first

    def _delayed(self, parcel: Parcel) -> Response:
        if parcel.path == SYNC:
            self.later(self.rng.randrange(DAY_MS // 2, 5 * DAY_MS), parcel)
        raise NoNetwork("somewhere on the way")

    def _reordered(self, parcel: Parcel) -> Response:
        if parcel.path == SYNC:
            self.held_back[parcel.device] = parcel
        raise NoNetwork("overtaken")

    def _truncated(self, parcel: Parcel) -> Response:
        response = self.deliver(parcel)
        if response.body:
            self.faults.hit("truncated")
        return Response(
            response.status, response.headers, response.body[: self.rng.randrange(len(response.body) + 1) - 1]
        )

    def _bit_flipped(self, parcel: Parcel) -> Response:
        response = self.deliver(parcel)
        if response.body:
            self.faults.hit("bit_flipped")
        return Response(response.status, response.headers, self._flipped(response.body))

    def _request_truncated(self, parcel: Parcel) -> Response:
        if not parcel.body:
            return self.deliver(parcel)
        return self._damaged(parcel, parcel.body[: self.rng.randrange(len(parcel.body))], "request_truncated")

    def _request_bit_flipped(self, parcel: Parcel) -> Response:
        return (
            self._damaged(parcel, self._flipped(parcel.body), "request_bit_flipped")
            if parcel.body
            else self.deliver(parcel)
        )

    def _damaged(self, parcel: Parcel, body: bytes, name: str) -> Response:
        damaged = replace(parcel, body=body)
        if damaged.says(_inflated(parcel.headers, parcel.body)):
            return self.deliver(damaged)
        response = self._ask(damaged)
        if response.status >= 400:
            self.faults.hit(name)
        return response

    def _captive_portal(self, parcel: Parcel) -> Response:
        self.faults.hit("captive_portal")
        return PORTAL if self.rng.random() < 0.7 else Response(302, {"location": "http://login.example/"}, b"")

    def _server_error(self, parcel: Parcel) -> Response:
        if self.rng.random() < 0.5:
            self.deliver(parcel)
        self.faults.hit("server_error")
        return BAD_GATEWAY

    def _flipped(self, body: bytes) -> bytes:
        if not body:
            return body
        at = self.rng.randrange(len(body))
        return body[:at] + bytes([body[at] ^ 1 << self.rng.randrange(8)]) + body[at + 1 :]


@dataclass(frozen=True, slots=True)
class Way:
    """One device's transport. `device`: its id, once it has one."""

    network: Network
    device: Callable[[], str]

    def exchange(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Response:
        """As `Transport.exchange`."""
        return self.network.exchange(Parcel(self.device(), method, path, dict(headers), body))


def _inflated(headers: Mapping[str, str], body: bytes) -> bytes:
    return gzip.decompress(body) if headers.get("Content-Encoding") == "gzip" else body


def plain_answer(response: Response) -> dict[str, Any]:
    """What an answer says; empty, if it is none."""
    try:
        is_zipped = response.headers.get("content-encoding") == "gzip"
        found: dict[str, Any] = json_text.loads(gzip.decompress(response.body) if is_zipped else response.body)
    except (ValueError, OSError, EOFError, zlib.error):
        return {}
    return found
