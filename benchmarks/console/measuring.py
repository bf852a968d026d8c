"""How long each page takes on the server, and how many queries it makes, asked for as a person asks for it."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.engine import Engine
from werkzeug.routing import Rule

from benchmarks.console.loading import PASSWORD, Office
from server.console.access import ACT
from server.services import clock
from server.storage.database import writing
from server.storage.tables import console_session

TIMES = 5
VIEWS = (
    "/customers?q=Lucky",
    "/customers?q=515",
    "/customers?sort=-contact_person",
    "/customers?page=100",
    "/visits?page=20",
    "/visits?since=2000-01-01",
    "/orders?since=2000-01-01",
    "/visits?q=nothing+like+it&since=2000-01-01",
    "/visits?q=nothinglikeit",
    "/visits?since=2000-01-01&page=9999",
    "/visits?since=2000-01-01&sort=customer",
    "/visits?since=2000-01-01&sort=-person",
    "/visits?since=2000-01-01&purpose=callback",
    "/orders?q=nothinglikeit",
    "/orders?since=2000-01-01&state=open",
    "/orders?since=2000-01-01&state=return",
    "/orders?since=2000-01-01&sort=total_minor",
    "/records?of=photo&since=2000-01-01&q=nothinglikeit",
    "/records?of=contact_record&since=2000-01-01&sort=customer",
    "/customers?q=nothinglikeit",
    "/customers?q=%E7%A6%8F%E6%98%9F",
    "/customers?page=9999",
    "/customers?sort=address",
    "/customers?grade=9",
    "/visits/plan?week=2025-01-06",
    "/orders?since=2026-11-01",
    "/visits?q=lucky",
    "/orders?q=harbour",
    "/review?kind=visit",
    "/review?kind=customer",
    "/review?person=nobody",
    "/?show=proposals",
    "/duplicates?by=phone",
    "/duplicates?by=name",
    "/orders?since=2000-01-01&sort=customer",
)
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass(frozen=True)
class Measured:
    """One page. `ms`: the least of several, by the clock; `cpu_ms`: what it cost the processors, of this process and of the
    database's, on average: what the clock would say on a machine that does nothing else; `queries`: statements."""

    path: str
    status: int
    ms: float
    cpu_ms: float
    queries: int


def paths(app: Flask, office: Office) -> list[str]:
    """The address of every page that opens by GET, with ids that exist, and some views of the long lists."""
    known = dict(office.ids)
    record = {"visits": known["visit"], "orders": known["order"], "records": known["contact_record"]}
    found = []
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            view = app.view_functions[rule.endpoint]
            if getattr(view, ACT, "") and "GET" in (rule.methods or ()):
                values = _values(rule, known, record)
                if values is not None:
                    found.append(app.url_map.bind("localhost").build(rule.endpoint, values))
    return [*dict.fromkeys(found), *VIEWS]


def _values(rule: Rule, known: dict[str, str], record: dict[str, str]) -> dict[str, str] | None:
    """What goes into an address; None: there is nothing of the kind here."""
    there = {
        "record_id": record.get(rule.endpoint.partition(".")[0], known["customer"]),
        "customer_id": known["customer"],
        "field": "store_name",
        "seat": "maintainer",
        **known,
    }
    if rule.endpoint.startswith("products.") and "record_id" in rule.arguments:
        return None
    return {name: there[name] for name in rule.arguments} if rule.arguments <= there.keys() else None


@contextmanager
def _counted() -> Iterator[list[str]]:
    found: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("BEGIN", "SET ")):
            found.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def sign_in(app: Flask, login: str) -> FlaskClient:
    """Somebody at the console who has given his second factor just now."""
    client = app.test_client()
    token = _TOKEN.search(client.get("/sign-in").text)
    assert token is not None
    answer = client.post("/sign-in", data={"csrf_token": token[1], "login": login, "password": PASSWORD})
    assert answer.status_code == 303, answer.status_code
    with app.app_context(), writing() as connection:
        connection.execute(sa.update(console_session).values(proved_at=clock.now_ms()))
    return client


def measure(client: FlaskClient, wanted: list[str], database: Callable[[], float] = lambda: 0.0) -> list[Measured]:
    """Open each page several times. Args: database: the processor seconds that a database beside this process has used."""
    found = []
    for path in wanted:
        client.get(path).get_data()
        times = []
        status = queries = 0
        cpu = time.process_time() + database()
        for _ in range(TIMES):
            with _counted() as statements:
                began = time.perf_counter()
                answer = client.get(path)
                answer.get_data()
                times.append((time.perf_counter() - began) * 1000)
            status, queries = answer.status_code, len(statements)
        cpu = (time.process_time() + database() - cpu) * 1000 / TIMES
        found.append(Measured(path, status, round(min(times), 1), round(cpu, 1), queries))
    return found


def postgres_seconds(backend: int) -> float:
    """The processor seconds of a PostgreSQL server: all its processes, those that ended too. Args: backend: the pid of one."""
    server = int(_stat(backend)[1])
    used = 0
    for folder in Path("/proc").glob("[0-9]*"):
        stat = _stat(int(folder.name))
        if stat and int(stat[1]) == server:
            used += int(stat[11]) + int(stat[12])
    own = _stat(server)
    return (used + sum(int(own[n]) for n in (11, 12, 13, 14))) / os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[str]:
    """What the kernel tells of a process, from its state on; empty if it has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
