"""The limit: the least Flask and SQLite that takes documents and gives them back. No rights, no conflicts, no log, no keys.

A request is one durable transaction (WAL, synchronous=FULL). A body is one JSON array of documents, as in the common
workload: it is parsed, and each document is stored as its JSON. `python -m benchmarks.limit FILE PORT` serves it as our server is served.
"""

from __future__ import annotations

import sqlite3
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson
import waitress
from flask import Flask, Response, request

THREADS = 8
SCHEMA = """
CREATE TABLE IF NOT EXISTS document(seq INTEGER PRIMARY KEY, id TEXT UNIQUE, owner TEXT, body BLOB);
CREATE INDEX IF NOT EXISTS document_owner ON document(owner, seq);
"""
STORE = (
    "INSERT INTO document(id, owner, body) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE"
    " SET body = excluded.body, seq = (SELECT max(seq) + 1 FROM document)"
)


def open_store(path: Path) -> sqlite3.Connection:
    """A store for documents, at the server and at the client alike."""
    database = sqlite3.connect(path, isolation_level=None, timeout=60, check_same_thread=False)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.executescript(SCHEMA)
    return database


def store(database: sqlite3.Connection, owner: str, documents: Iterable[dict[str, Any]]) -> None:
    """Store documents in one transaction."""
    rows = [(document["id"], owner, orjson.dumps(document)) for document in documents]
    database.execute("BEGIN IMMEDIATE")
    database.executemany(STORE, rows)
    database.execute("COMMIT")


def make_app(path: Path) -> Flask:
    """The server."""
    app, connections = Flask("limit"), threading.local()

    @app.post("/sync")
    def sync() -> Response:
        """Store what is in the body; give back what is newer than `since`, the position it reaches first."""
        if not hasattr(connections, "database"):
            connections.database = open_store(path)
        owner, since = request.args["owner"], int(request.args["since"])
        found = connections.database.execute(
            "SELECT seq, body FROM document WHERE owner = ? AND seq > ? ORDER BY seq", (owner, since)
        ).fetchall()
        body = request.get_data()
        if body:
            store(connections.database, owner, orjson.loads(body))
        seq = found[-1][0] if found else since
        answer = b'{"seq":%d,"documents":[%s]}' % (seq, b",".join(row[1] for row in found))
        return Response(answer, mimetype="application/json")

    return app


if __name__ == "__main__":
    limit_bytes = 64 * 1024 * 1024
    waitress.serve(
        make_app(Path(sys.argv[1])), host="127.0.0.1", port=int(sys.argv[2]), threads=THREADS, ident=None,
        max_request_body_size=limit_bytes, channel_timeout=120,
    )  # fmt: skip
