"""An archive counts when its stored bytes were restored and compared; and it comes back on either engine (T16)."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from roundbook import recovery as restore
from server.config import Config
from server.services.backup import recovery
from tests.backup.conftest import Safe
from tests.postgres import Postgres

NOT_COMPARED = {
    "safe",
    "setting",
    "backup_run",
    "backup_pack",
    "backup_photo",
    "epoch",
    "console_session",
    "job",
    "blob",
    "upload",
}


def recovered(safe: Safe, home: Path, database: str | None = None, key: str = "ann", **more):
    """What the archive becomes on a fresh machine. Returns: the app, and what was told."""
    environment = {"ROUNDBOOK_HOME": str(home), "ROUNDBOOK_BACKUPS": safe.store.where}
    if database:
        environment["DATABASE_URL"] = database
    config = Config.from_environment(environment)
    chosen = recovery.plan(safe.store, safe.public, **more)
    told = restore.recover(config, safe.store, safe.public, [safe.key(key)], chosen)
    from server.app import create_app

    return create_app(config), told


def same(safe: Safe, app) -> None:
    before, after = restore.tables_of(safe.office.app), restore.tables_of(app)
    assert set(before) == set(after)
    assert {n: before[n] for n in before if before[n] != after[n] and n not in NOT_COMPARED} == {}


@pytest.mark.parametrize("safe", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.parametrize("to", ["sqlite", "postgresql"])
def test_an_archive_comes_back_on_either_engine(safe: Safe, to: str, tmp_path: Path, postgres: Postgres) -> None:
    done = safe.run()

    database = postgres.database(f"to_{tmp_path.name.replace('-', '_')}"[:50]) if to == "postgresql" else None
    app, told = recovered(safe, tmp_path / "fresh", database)

    same(safe, app)
    assert (told.archive, told.photos_asked) == (done.number, 0)
    assert dataclasses.asdict(told.again)["impossible"] == 0
