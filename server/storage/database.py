"""The database: encrypted SQLite by default, PostgreSQL by a setting; two kinds of transaction, reading and writing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask, g, has_app_context
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection
from sqlalchemy.pool import QueuePool

from server.config import Config, ConfigError
from server.storage import sqlcipher
from sync_protocol import json_text

db = SQLAlchemy(metadata=sa.MetaData())

BUSY_TIMEOUT_MS = 5000
WRITES = "roundbook_writes"
BY_VALUES = "plans_by_values"
CACHE_KIB = 32_000  # of one connection: a page that leaves the cache must be decrypted and authenticated to come back
CHECKPOINT_BYTES = 16 * 1024 * 1024  # of log before it is folded in


def configure(app: Flask, config: Config, key: str) -> None:
    """Tell Flask-SQLAlchemy where the data is. Args: key: 64 hex digits, for SQLite. Raises: ConfigError."""
    app.config["SQLALCHEMY_DATABASE_URI"] = config.database_url
    if config.is_sqlite:
        _refuse_affected_sqlite()
        path = Path(config.database_url.removeprefix("sqlite:///"))
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {
            "module": sqlcipher.module(),
            "creator": lambda: _open(path, key),
            "poolclass": QueuePool,
            "pool_size": config.threads + 2,
        }
    else:
        app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {
            "pool_size": config.threads + 2,
            "pool_pre_ping": True,
            "connect_args": {
                "options": "-c jit=off -c max_parallel_workers_per_gather=0"
            },  # either takes longer than any query of ours
        }
    db.init_app(app)
    with app.app_context():
        event.listen(db.engine, "begin", _begin_sqlite if config.is_sqlite else _begin_postgresql)


def _refuse_affected_sqlite() -> None:
    """SQLite up to 3.51.2 can corrupt a database that several processes write in WAL mode (fixed in 3.51.3, 3.50.7, 3.44.6)."""
    version = tuple(int(part) for part in sqlcipher.module().sqlite_version.split("."))
    if version < (3, 51, 3) and version not in ((3, 50, 7), (3, 44, 6)):
        raise ConfigError(
            f"the SQLite in sqlcipher3 is {version}, which has the WAL-reset defect; install sqlcipher3 0.6.4 or newer"
        )


def _open(path: Path, key: str) -> Any:
    """One connection. Raises: ConfigError if the key does not open the file."""
    try:
        connection = sqlcipher.connect(path, key)
    except sqlcipher.module().DatabaseError as error:
        raise ConfigError(
            f"{path} does not open with this key; set ROUNDBOOK_DATABASE_KEY or restore keys/database.key"
        ) from error
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    page_bytes = int(cursor.execute("PRAGMA page_size").fetchone()[0])  # it comes as text
    cursor.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_BYTES // page_bytes}")
    cursor.close()
    return connection


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _begin_postgresql(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES)
    how = ["SET LOCAL plan_cache_mode = force_custom_plan"] if has_app_context() and g.get(BY_VALUES) else []
    if writes is False:
        how.insert(0, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
    elif writes:
        how.insert(0, f"SET LOCAL lock_timeout = '{BUSY_TIMEOUT_MS}ms'")
    if how:
        connection.exec_driver_sql("; ".join(how))


def plan_by_values() -> None:
    """For the rest of this request PostgreSQL plans each statement for the values that it is asked with.

    After some use of a connection it would take one plan for all values: right for what devices send, always alike; of lists,
    asked for the last week or for ten years, for a rare word or a common one, that plan costs up to ten times the right one.
    """
    setattr(g, BY_VALUES, True)


@contextmanager
def reading() -> Iterator[Connection]:
    """One snapshot: everything read in it is of the same instant."""
    with db.engine.connect().execution_options(**{WRITES: False}) as connection, connection.begin():
        yield connection


@contextmanager
def writing() -> Iterator[Connection]:
    """One transaction that writes: committed at the end, rolled back by an exception. On SQLite it waits for other writers."""
    with db.engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
        yield connection


def among(
    connection: Connection, column: sa.ColumnElement[Any], values: Iterable[str] | Iterable[int]
) -> sa.ColumnElement[bool]:
    """`column IN (values)` with one parameter, however many there are: nothing is made up for each of them."""
    if is_sqlite(connection):
        listed = sa.func.json_each(json_text.dumps(list(values)).decode()).table_valued("value")
        return column.in_(sa.select(listed.c.value))
    return column == sa.any_(sa.literal(list(values), postgresql.ARRAY(column.type)))


def is_sqlite(connection: Connection) -> bool:
    """Which of the two engines this is."""
    return connection.dialect.name == "sqlite"
