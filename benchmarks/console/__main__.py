"""`make bench-console`: every page of the console with years of data, on both databases; axe on every page; last line JSON.

Args: --sqlite CUSTOMERS RECORDS, --postgresql CUSTOMERS RECORDS: how much is loaded (0 0: left out). --no-axe.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from benchmarks.console import accessibility, importing
from benchmarks.console.loading import load
from benchmarks.console.measuring import Measured, measure, paths, postgres_seconds, sign_in
from server.app import create_app
from server.config import Config
from server.console.access import ACT
from server.services.prepare import prepare
from server.storage.database import is_sqlite, reading
from tests.postgres import serving_postgres

SQLITE, POSTGRESQL = (20_000, 400_000), (100_000, 2_000_000)
LIMIT_MS = 150


def say(text: str) -> None:
    """For the person who waits; the figures go to stdout."""
    print(text, file=sys.stderr, flush=True)


def one(name: str, customers: int, records: int, environment: dict[str, str]) -> tuple[list[Measured], int, int, float]:
    """Load one database and open every page. Returns: the pages; how many routes there are, and how many say who may open them."""
    with tempfile.TemporaryDirectory(prefix="bench-console-") as home:
        app = create_app(Config.from_environment({"ROUNDBOOK_HOME": home, **environment}))
        began = time.monotonic()
        with app.app_context():
            prepare()
            office = load(customers, records)
        say(f"{name}: {customers:,} customers, {records:,} records loaded in {time.monotonic() - began:.0f} s")
        found = measure(sign_in(app, "bench-admin"), paths(app, office), _database(app))
        for page in sorted(found, key=lambda page: -page.cpu_ms):
            mark = "  SLOW" if page.cpu_ms > LIMIT_MS else ""
            figures = f"{page.cpu_ms:8.1f} ms cpu {page.ms:8.1f} ms {page.queries:4} queries"
            print(f"{name:11} {figures}  {page.status}  {page.path}{mark}", flush=True)
        views = [rule for rule in app.url_map.iter_rules() if hasattr(app.view_functions[rule.endpoint], ACT)]
        pages = [
            rule
            for rule in app.url_map.iter_rules()
            if "server.console" in app.view_functions[rule.endpoint].__module__
        ]
        took = importing.measure(app)
        say(f"{name}: an Excel list of {importing.ROWS:,} customers written in {took} s")
    return found, len(pages), len(views), took


def _database(app: Flask) -> Callable[[], float]:
    """How to ask what a database beside this process has cost; nothing for one inside."""
    with app.app_context(), reading() as connection:
        if is_sqlite(connection):
            return lambda: 0.0
        backend = int(connection.scalar(sa.text("SELECT pg_backend_pid()")) or 0)
    return lambda: postgres_seconds(backend)


def main() -> None:
    """Load, measure, look, and say it in one line."""
    options = argparse.ArgumentParser()
    options.add_argument("--sqlite", nargs=2, type=int, default=SQLITE)
    options.add_argument("--postgresql", nargs=2, type=int, default=POSTGRESQL)
    options.add_argument("--no-axe", action="store_true")
    wanted = options.parse_args()
    found: list[Measured] = []
    known = guarded = 0
    imports: list[float] = []
    if wanted.sqlite[0]:
        pages, known, guarded, took = one("SQLite", wanted.sqlite[0], wanted.sqlite[1], {})
        found, imports = found + pages, [*imports, took]
    if wanted.postgresql[0]:
        with ExitStack() as stack:
            there = stack.enter_context(serving_postgres(shared_buffers="512MB", fsync="off", work_mem="32MB"))
            pages, known, guarded, took = one(
                "PostgreSQL", wanted.postgresql[0], wanted.postgresql[1], {"DATABASE_URL": there.database("bench")}
            )
            found, imports = found + pages, [*imports, took]
    violations = [] if wanted.no_axe else accessibility.look(Path(tempfile.mkdtemp(prefix="bench-axe-")))
    for violation in violations:
        print(violation)
    wrong = [page for page in found if page.status >= 500]
    slowest = max(found, key=lambda page: page.cpu_ms, default=Measured("", 200, 0.0, 0.0, 0))
    figures = {
        "pages": len({page.path.partition("?")[0] for page in found}),
        "slowest_ms": slowest.cpu_ms,
        "slowest_by_the_clock_ms": max((page.ms for page in found), default=0.0),
        "slowest_page": slowest.path,
        "queries_max": max((page.queries for page in found), default=0),
        "routes": known,
        "routes_in_matrix": guarded,
        "import_10000_s": max(imports, default=None),
        "axe_serious": None if wanted.no_axe else len(violations),
    }
    print(json.dumps(figures))
    if wrong or slowest.cpu_ms > LIMIT_MS or violations or known != guarded:
        sys.exit(1)


if __name__ == "__main__":
    main()
