"""A gateway on loopback with a ledger: what it was asked, what it took, and what it does to the caller."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Asked:
    """One call."""

    method: str
    path: str
    values: dict[str, str]
    headers: dict[str, str]


Answer = tuple[int, str]


@dataclass
class Provider:
    """`ledger`: the calls that it took as an order to send. `answering`: call -> status and body; None to hang up."""

    answering: Callable[[Asked], Answer | None]
    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    ledger: list[Asked] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, call: Asked) -> Answer | None:
        with self.lock:
            self.asked.append(call)
        answer = self.answering(call)
        if answer is None or answer[0] < 400:
            with self.lock:
                self.ledger.append(call)
        return answer


@contextmanager
def providing(answering: Callable[[Asked], Answer | None]) -> Iterator[Provider]:
    """A provider that answers on a free port until the block ends."""
    provider = Provider(answering)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer("")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode())

        def _answer(self, body: str) -> None:
            parts = urlsplit(self.path)
            values = dict(parse_qsl(parts.query, keep_blank_values=True)) | dict(
                parse_qsl(body, keep_blank_values=True)
            )
            answer = provider.take(Asked(self.command, parts.path, values, dict(self.headers.items())))
            if answer is None:
                self.close_connection = True
                self.connection.close()
                return
            status, text = answer
            self.send_response(status)
            data = text.encode()
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

        def handle(self) -> None:
            with suppress(OSError, ValueError):
                super().handle()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    provider.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def until(condition: Callable[[], object], within_s: float = 15) -> None:
    """Wait for something to become true."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.03)
