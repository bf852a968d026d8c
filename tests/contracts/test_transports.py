"""What every transport of the field app does: HTTP to a real head office, and the scripted server that the device's tests use.

A fake that answers otherwise than the real one would prove nothing.
"""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from field_app.device import Device
from field_app.sync.client import sync_once
from field_app.sync.transport import HttpTransport, NoNetwork, Response, Transport
from sync_protocol import signing
from tests.device.builders import PASSPHRASE, Clock
from tests.device.scripted import ScriptedServer, enrolled
from tests.head_office import serving


@dataclass
class Way:
    """A transport, a device enrolled by it, and the server's key."""

    transport: Transport
    device: Device
    server_key: str

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Response:
        """A signed request."""
        sent = str(int(time.time() * 1000))
        identity = self.device.identity
        text = signing.request_text(method, path, identity.device_id, int(sent), body)
        own = {"Roundbook-Device": identity.device_id, "Roundbook-Sent": sent}
        own["Roundbook-Signature"] = signing.sign(identity.sign_key, text)
        return self.transport.exchange(method, path, own | headers, body)

    def is_signed(self, method: str, path: str, answer: Response, request: bytes) -> bool:
        """Whether the server's signature over the answer is right."""
        body = gzip.decompress(answer.body) if answer.headers.get("content-encoding") == "gzip" else answer.body
        sent = int(answer.headers["roundbook-sent"])
        text = signing.answer_text(method, path, self.device.identity.device_id, sent, body, request)
        return signing.verify(self.server_key, answer.headers["roundbook-signature"], text)


@pytest.fixture(params=["http", "scripted"])
def way(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Way]:
    if request.param == "scripted":
        server = ScriptedServer()
        yield Way(server, enrolled(tmp_path, server), server.public)
        return
    with serving(tmp_path / "office") as office:
        office.user("li")
        office.book("north", maintainer="li")
        transport = HttpTransport(office.url)
        clock = Clock(int(time.time() * 1000))
        device = Device.enrol(
            tmp_path / "phone", office.invitation("li"), PASSPHRASE, transport, clock_ms=clock, name="a phone"
        )
        yield Way(transport, device, device.identity.server_sign_key)
        device.close()
        transport.close()


def test_a_sync_is_answered_signed_with_the_members_that_every_answer_has(way: Way) -> None:
    report = sync_once(way.device, way.transport)

    assert report.error is None
    assert way.device.settings.get("epoch")


def test_an_answer_says_what_came_in_names_of_lower_case_and_bytes_as_they_were(way: Way) -> None:
    request = json.dumps({
        "v": 1, "app": "a", "schema": 1, "device": way.device.identity.device_id, "user": way.device.identity.user_id,
        "epoch": None, "sent": int(time.time() * 1000), "last_seq": 0, "cursors": {},
    }).encode()  # fmt: skip

    answer = way.ask("POST", "/sync/1", request, **{"Content-Type": "application/json"})

    assert answer.status == 200 and isinstance(answer.body, bytes)
    assert all(name == name.lower() for name in answer.headers)
    assert way.is_signed("POST", "/sync/1", answer, request)
    told = json.loads(gzip.decompress(answer.body) if "content-encoding" in answer.headers else answer.body)
    assert {"v", "epoch", "time", "reply_to", "more"} <= told.keys()
    assert told["reply_to"] == signing.body_hash(request)


def test_an_answer_to_head_has_no_body(way: Way) -> None:
    answer = way.ask("HEAD", "/photos/1/0199f3a0-7c00-7000-8000-0000000000e1", **{"Tus-Resumable": "1.0.0"})

    assert answer.body == b""
    assert answer.status in (200, 404)


@pytest.mark.parametrize("broken", ["nobody", "redirect", "half"])
def test_what_is_no_server_is_no_network_or_an_answer_that_nobody_believes(broken: str, tmp_path: Path) -> None:
    server = ScriptedServer()
    device = enrolled(tmp_path, server)
    transport: Transport = server
    if broken == "nobody":
        transport = HttpTransport("http://127.0.0.1:9")
    elif broken == "redirect":
        server.answer = lambda request: Response(302, {"location": "http://portal.example/"}, b"")
    else:
        server.answer = lambda request: Response(200, {"content-type": "text/html"}, b"<html>")

    report = sync_once(device, transport)

    assert report.error is not None
    assert device.settings.get("round_ended_at") is None
    if broken == "nobody":
        with pytest.raises(NoNetwork):
            transport.exchange("GET", "/", {}, b"")
