"""What changed since the last sealed segment: positions tell it for logs and records, triggers for everything else.

A trigger notes the key of a row that was written. Logs, bodies and records are found by their positions and need none for what is new;
what is changed or taken away there without a new position, as when a customer is erased, is noted as well.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import partial

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services.backup import rows
from server.storage import retrying, tables
from server.storage.backup_tables import backup_dirty
from server.storage.database import db, is_sqlite, reading

BY_POSITION = ("record", "log", "log_body", "left_book")
PREFIX = "backup_"
# a scratch of this machine, or noted elsewhere: places and typed tables follow from the records
_NOT_NOTED = frozenset(
    {"backup_dirty", "console_session", "upload", "job", "place", "safe", "backup_run", *BY_POSITION}
)
_SETTINGS = ("scheduled/", "backup.", "typed:")


def noted_tables() -> list[sa.Table]:
    """The tables whose every change is noted."""
    return [table for table in db.metadata.sorted_tables if table.name not in _NOT_NOTED]


def ensure() -> bool:
    """See that the triggers are there, as this version wants them; each in a transaction of its own, so that who writes waits for
    one table at a time. Returns: whether any was missing: what was written before that is in no note, and only a new archive
    covers it."""
    with reading() as connection:
        wanted = dict(_triggers(connection))
        there = _there(connection)
    for name in there - set(wanted):
        retrying.write(partial(_drop, name=name))
    for name in set(wanted) - there:
        retrying.write(partial(_make, statements=wanted[name]))
    return there != set(wanted)


def _make(connection: Connection, statements: list[str]) -> None:
    for statement in statements:
        connection.exec_driver_sql(statement)


def remove(connection: Connection) -> None:
    """Take the triggers away, and the notes."""
    for name in _there(connection):
        _drop(connection, name)
    connection.execute(sa.delete(backup_dirty))


def _there(connection: Connection) -> set[str]:
    query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    if not is_sqlite(connection):
        query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    return {row[0] for row in connection.exec_driver_sql(query) if row[0].startswith(PREFIX)}


def _drop(connection: Connection, name: str) -> None:
    if is_sqlite(connection):
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
        return
    query = sa.text("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = :name")
    table = connection.scalar(query, {"name": name})
    connection.exec_driver_sql(f"DROP TRIGGER {name} ON {table}")


def _triggers(connection: Connection) -> Iterator[tuple[str, list[str]]]:
    """Name -> the statements that make it; the name changes with what it does."""
    make = _for_sqlite if is_sqlite(connection) else _for_postgresql
    for table in noted_tables():
        moved = table.name == tables.book.name  # its position is compared with that of the last segment
        for event in ("INSERT", "UPDATE", "DELETE"):
            yield make(table, event, "OLD.pos = NEW.pos" if moved and event == "UPDATE" else _setting(table, event))
    for name in BY_POSITION:
        table = db.metadata.tables[name]
        yield make(table, "UPDATE", "OLD.pos = NEW.pos OR OLD.book_id <> NEW.book_id")  # a move takes the row along
        yield make(table, "DELETE", "")


def _setting(table: sa.Table, event: str) -> str:
    if table.name != tables.setting.name:
        return ""
    row = "OLD" if event == "DELETE" else "NEW"
    return " AND ".join(f"substr({row}.name, 1, {len(start)}) <> '{start}'" for start in _SETTINGS)


def _for_sqlite(table: sa.Table, event: str, when: str) -> tuple[str, list[str]]:
    condition = f" WHEN {when}" if when else ""
    notes = _note(table, event)
    body = f"AFTER {event} ON {rows.quoted(table.name)}{condition} BEGIN {notes} END"
    name = _named(table, event, body)
    return name, [f"CREATE TRIGGER {name} {body}"]


def _for_postgresql(table: sa.Table, event: str, when: str) -> tuple[str, list[str]]:
    condition = f" WHEN ({when})" if when else ""
    notes = _note(table, event)
    name = _named(table, event, notes + condition)
    function = (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {notes} RETURN NULL; END $$"
    )
    trigger = f"CREATE TRIGGER {name} AFTER {event} ON {rows.quoted(table.name)} FOR EACH ROW{condition} EXECUTE FUNCTION {name}()"
    return name, [function, trigger]


def _note(table: sa.Table, event: str) -> str:
    sides = {"INSERT": ("NEW.",), "UPDATE": ("NEW.", "OLD."), "DELETE": ("OLD.",)}[event]
    keys = rows.key_columns(table)
    first = f"INSERT INTO backup_dirty (name, key) VALUES ('{table.name}', {rows.joined(keys, sides[0])});"  # noqa: S608
    if len(sides) == 1:
        return first
    changed = " OR ".join(f"NEW.{rows.quoted(key.name)} <> OLD.{rows.quoted(key.name)}" for key in keys)
    values = rows.joined(keys, sides[1])
    return f"{first} INSERT INTO backup_dirty (name, key) SELECT '{table.name}', {values} WHERE {changed};"


def _named(table: sa.Table, event: str, body: str) -> str:
    mark = hashlib.sha256(body.encode()).hexdigest()[:8]
    return f"{PREFIX}{table.name}_{event[0].lower()}_{mark}"
