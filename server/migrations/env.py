"""Alembic's entry: runs migrations on the app's own engine, so that the encrypted database opens with its key."""

from alembic import context
from flask import current_app

from server.storage import tables  # noqa: F401  (declares the tables)
from server.storage.database import WRITES, db

DERIVED = "t_"


def mine(name: str | None, kind: str, parent_names: object) -> bool:
    """Typed tables are derived from the record types and made by server.storage.typed."""
    return not (kind == "table" and name is not None and name.startswith(DERIVED))


def run() -> None:
    options = {**current_app.extensions["migrate"].configure_args, "compare_type": True, "include_name": mine}
    with db.engine.connect().execution_options(**{WRITES: True}) as connection:
        context.configure(connection=connection, target_metadata=db.metadata, **options)
        with context.begin_transaction():
            context.run_migrations()


run()
