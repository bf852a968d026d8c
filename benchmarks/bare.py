"""The limit's client: plain SQLite files, one connection, one request for anything."""

from __future__ import annotations

import http.client
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson

from benchmarks.limit import open_store, store
from benchmarks.workload import Document

OWNER = "device-0"


def seed(path: Path, base: Sequence[Document]) -> None:
    """What the server has before the first load."""
    database = open_store(path)
    store(database, OWNER, [orjson.loads(document.whole()) for document in base])
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


class BareClient:
    """A device of the limit. Args: path: the server's file, which the office writes to directly."""

    def __init__(self, folder: Path, path: Path, port: int) -> None:
        self.folder, self.path, self.since = folder, path, 0
        self.database: sqlite3.Connection = open_store(folder / "client.db")
        self.connection = http.client.HTTPConnection("127.0.0.1", port)

    def close(self) -> None:
        self.connection.close()
        self.database.close()

    def ask(self, body: bytes = b"", since: int | None = None) -> list[dict[str, Any]]:
        """One request. Returns the documents that are newer."""
        since = self.since if since is None else since
        self.connection.request("POST", f"/sync?owner={OWNER}&since={since}", body)
        answer = self.connection.getresponse()
        found = orjson.loads(answer.read())
        assert answer.status == 200, answer.status
        self.since = max(self.since, found["seq"])
        documents: list[dict[str, Any]] = found["documents"]
        return documents

    def first_load(self) -> float:
        """Seconds until everything is in the store."""
        begin = time.perf_counter()
        store(self.database, OWNER, self.ask())
        return time.perf_counter() - begin

    def nothing(self) -> float:
        """Seconds of a sync without news."""
        begin = time.perf_counter()
        assert self.ask() == []
        return time.perf_counter() - begin

    def day(self, up: Sequence[Document], down: Sequence[Document]) -> float:
        """Seconds of one request that takes up what the device made and brings what the office did."""
        office = open_store(self.path)
        store(office, OWNER, [orjson.loads(document.whole()) for document in down])
        office.close()
        return self._pushed(up, lambda body: store(self.database, OWNER, self.ask(body)))

    def push(self, documents: Sequence[Document]) -> float:
        """Seconds until they are read from the client's store, durable at the server, and marked as sent."""
        self.ask()  # what the last push gave positions to: the limit does not know what is its own
        return self._pushed(documents, lambda body: [self.ask(body)])

    def _pushed(self, documents: Sequence[Document], send: Callable[[bytes], object]) -> float:
        waiting = open_store(self.folder / f"outbox-{documents[-1].id}.db")
        store(waiting, "waiting", [orjson.loads(document.whole()) for document in documents])
        begin = time.perf_counter()
        lines = [row[0] for row in waiting.execute("SELECT body FROM document WHERE owner = 'waiting' ORDER BY seq")]
        send(b"[%s]" % b",".join(lines))
        waiting.execute("UPDATE document SET owner = 'sent'")
        seconds = time.perf_counter() - begin
        waiting.close()
        return seconds
