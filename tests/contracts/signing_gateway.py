"""Stands before the server and signs each request with a device's key: so a client that knows nothing of our signatures can be
used as it is. It can also be a bad network: lose what comes after so many pieces, on the way there or back."""

from __future__ import annotations

import hashlib
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.wire.stranger import Stranger, b64

PASSED_ON = ("Tus-Resumable", "Upload-Length", "Upload-Metadata", "Upload-Offset", "Upload-Checksum", "Content-Type")
NOT_PASSED_BACK = ("connection", "transfer-encoding", "content-length", "server", "date")


@dataclass
class Gateway:
    """`url`: what a client is given. `seen`: method and status of each exchange. `lost`: pieces whose fate is still to be lost:
    "request": the server never gets it; "answer": the server has it and the client never learns."""

    device: Stranger
    url: str = ""
    seen: list[tuple[str, int]] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    def signed(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, Any, bytes]:
        """One exchange with the server."""
        sent = str(int(time.time() * 1000))
        lines = ["roundbook/1", "request", method, path, self.device.device, sent, hashlib.sha256(body).hexdigest()]
        own = {"Roundbook-Device": self.device.device, "Roundbook-Sent": sent}
        own["Roundbook-Signature"] = b64(self.device.key.sign("\n".join(lines).encode()))
        request = urllib.request.Request(
            self.device.url + path, body if method == "PATCH" else None, headers | own, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return response.status, response.headers, response.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()


def _handler(gateway: Gateway) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
                return b"".join(iter(self._chunk, b""))
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))

        def _chunk(self) -> bytes:
            size = int(self.rfile.readline().split(b";")[0], 16)
            found = self.rfile.read(size)
            self.rfile.readline()
            return found

        def _drop(self) -> None:
            self.close_connection = True
            self.connection.close()

        def _pass(self) -> None:
            body = self._body()
            fate = gateway.lost.pop(0) if self.command == "PATCH" and gateway.lost else ""
            if fate == "request":
                gateway.seen.append((self.command, 0))
                self._drop()
                return
            headers = {name: self.headers[name] for name in PASSED_ON if name in self.headers}
            status, found, content = gateway.signed(self.command, self.path, body, headers)
            gateway.seen.append((self.command, 0 if fate else status))
            if fate == "answer":
                self._drop()
                return
            self.send_response(status)
            for name, value in found.items():
                if name.lower() not in NOT_PASSED_BACK:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        do_OPTIONS = do_POST = do_HEAD = do_PATCH = do_DELETE = _pass

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    return Handler


@contextmanager
def gateway_of(device: Stranger) -> Iterator[Gateway]:
    """A gateway for one enrolled device, as long as the block lasts."""
    found = Gateway(device)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(found))
    server.daemon_threads = True
    found.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
