"""A gateway that behaves badly, with a ledger that does not: it speaks Kannel's HTTP and reports back, or not, or wrongly.

It runs in a process of its own and writes a line for each call, so that what it took is known whoever is killed.
"""

from __future__ import annotations

import contextlib
import json
import random
import sys
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, urlsplit

# what it does with a call, and how often in a hundred: only "busy" does not take the message
MANNERS = {
    "prompt": 50, "late": 12, "answer after the report": 8, "no answer": 4, "hang up": 6, "500 after taking": 6,
    "busy": 8, "wrong number": 6,
}  # fmt: skip
TAKES = {"prompt", "late", "answer after the report", "no answer", "hang up", "500 after taking"}


class Ledger:
    """Appends what happened, a line of JSON each."""

    def __init__(self, path: Path) -> None:
        self.file, self.lock = path.open("a", buffering=1), threading.Lock()

    def write(self, **line: object) -> None:
        with self.lock:
            self.file.write(json.dumps(line) + "\n")


def serve(port: int, path: Path, seed: int, silence_s: float) -> None:
    """Answer until the process is ended."""
    ledger, chance, lock = Ledger(path), random.Random(seed), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = dict(parse_qsl(urlsplit(self.path).query))
            back = asked["dlr-url"]
            message = parse_qs(urlsplit(back).query)["message"][0]
            with lock:
                manner = chance.choices(list(MANNERS), list(MANNERS.values()))[0]
                reports = chance.choice([("1",), ("8", "1"), ("1", "8"), ("8", "1", "1"), ("2",), ("16", "1"), (), ()])
                wait_s = chance.random() * 0.15
            ledger.write(message=message, manner=manner, taken=manner in TAKES)
            time.sleep(wait_s)
            self.behave(manner, back, reports)

        def behave(self, manner: str, back: str, reports: tuple[str, ...]) -> None:
            later = threading.Thread(target=report, args=(back, reports), daemon=True)
            if manner == "busy":
                self.say(503, "Temporal failure, try again later.")
            elif manner == "wrong number":
                self.say(400, "Rejected")
            elif manner == "answer after the report":
                report(back, reports)
                self.say(202, "0: Accepted for delivery")
            else:
                later.start()
                if manner == "late":
                    time.sleep(0.4)
                if manner in ("prompt", "late"):
                    self.say(202, "0: Accepted for delivery")
                elif manner == "500 after taking":
                    self.say(500, "oops")
                else:
                    time.sleep(silence_s if manner == "no answer" else 0)
                    self.close_connection = True
                    self.connection.close()

        def say(self, status: int, text: str) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            pass

        def handle(self) -> None:
            with contextlib.suppress(OSError, ValueError):  # the caller was killed, or we hung up
                super().handle()

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    server.serve_forever()


def report(back: str, statuses: tuple[str, ...]) -> None:
    """Call back with each status, and once as somebody who was not told the address."""
    forged = back.replace("/reports/", "/reports/0")
    for address in (*(back.replace("%d", status) for status in statuses), forged.replace("%d", "1")):
        with contextlib.suppress(OSError):
            urllib.request.urlopen(address.replace("%A", "x"), timeout=10).close()


if __name__ == "__main__":
    serve(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
