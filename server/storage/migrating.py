"""Bringing a database to this version's tables: Alembic for what is fixed, rebuilding for what is derived."""

from __future__ import annotations

import fcntl
from pathlib import Path

import sqlalchemy as sa
from flask import Flask, current_app
from flask_migrate import Migrate, upgrade

from server.storage import console_tables, message_tables, operation_tables, people_tables, tables, typed
from server.storage.database import db, reading, writing

MIGRATIONS = Path(__file__).parents[1] / "migrations"

migrate = Migrate(render_as_batch=True)


def register(app: Flask) -> None:
    """Make Alembic know the app."""
    migrate.init_app(app, db, directory=str(MIGRATIONS))


def bring_up_to_date(lock_folder: Path) -> list[str]:
    """Run outstanding migrations, make changed typed tables anew. Safe to be called by several processes of one machine at once.

    Returns: what was done, a line each; empty if nothing was.
    """
    lock_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (lock_folder / "migrate.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        before = _revision()
        upgrade(directory=str(MIGRATIONS))
        done = [] if before == _revision() else [f"database at revision {_revision()}"]
        with writing() as connection:
            done += [f"table of {name} made anew" for name in typed.ensure(connection)]
    return done


def _revision() -> str | None:
    with reading() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
        return found


def is_up_to_date() -> bool:
    """Whether this process finds the tables it was written for."""
    with reading() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return False
    from alembic.script import ScriptDirectory

    heads = ScriptDirectory.from_config(current_app.extensions["migrate"].migrate.get_config()).get_heads()
    declared = (
        tables.record,
        people_tables.unit,
        message_tables.message_out,
        operation_tables.erasure,
        console_tables.register_check,
    )
    return _revision() in heads and all(table.name for table in declared)
