"""A lost server on a fresh machine: identity, database, segments, photos, a new life. Broken off at any point, it is begun again."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask

from server.app import create_app
from server.config import Config
from server.services import restoring
from server.services.backup import identity, loading, memory, recovery, schema, unfinished
from server.services.backup.sealing import Progress, Throttle, no_progress
from server.services.prepare import prepare
from server.storage.archives import ArchiveStore
from server.storage.database import db, writing
from server.storage.keyring import Keyring

DRAFT = ".restoring"


class CannotRestore(Exception):
    """Nothing was changed; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """What came back. `made_at`: up to when, in ms. `photos_asked`: of their devices, since no archive holds them."""

    archive: int
    segments: int
    made_at: int
    epoch: str
    rows: int
    photos: int
    photos_asked: int
    keys: tuple[str, ...]
    again: restoring.Restored
    drill_code: str


def recover(
    config: Config,
    store: ArchiveStore,
    public: str,
    keys: Sequence[bytes],
    chosen: recovery.Plan,
    *,
    new_identity: bool = False,
    progress: Progress = no_progress,
    told: Callable[[str], None] = lambda words: None,
) -> Recovered:
    """Restore into an empty place. Args: public: of the backup key. keys: raw private keys of a key holder. new_identity: the
    archived keys are lost, too: make new ones, and enrol every device anew. told: hears what the operator should know.

    Raises: CannotRestore, Untrue, age.NotForUs.
    """
    _refuse_occupied(config)
    try:
        with unfinished.marked(config) as mark:
            if mark.was_there:
                told("a restore was broken off here: it is begun again, from the start")
            try:
                names = _identity(config, store, public, keys, new_identity=new_identity)
            except Exception:
                if not (config.home / "keys").exists():
                    unfinished.forget(config)
                raise
            mark.keys_are_back()
            into = _into_sqlite if config.is_sqlite else _into_postgresql
            return into(config, store, public, keys, chosen, names, progress)
    except unfinished.AtWork as error:
        raise CannotRestore(f"another restore is at work in {config.home}") from error


def _refuse_occupied(config: Config) -> None:
    file = unfinished.database_file(config)
    if config.is_sqlite and file.exists():
        raise CannotRestore(f"{file} is there: restore into an empty ROUNDBOOK_HOME, or move the file away")


def _identity(
    config: Config, store: ArchiveStore, public: str, keys: Sequence[bytes], *, new_identity: bool
) -> tuple[str, ...]:
    if new_identity:
        return ()
    try:
        names = identity.put_back(store, public, keys, config.home)
    except FileExistsError as error:
        raise CannotRestore(f"{error}: restore into an empty ROUNDBOOK_HOME") from error
    if not names:
        raise CannotRestore("the store holds no archived identity; --new-identity makes a new one")
    return tuple(names)


def _into_sqlite(
    config: Config,
    store: ArchiveStore,
    public: str,
    keys: Sequence[bytes],
    chosen: recovery.Plan,
    names: tuple[str, ...],
    progress: Progress,
) -> Recovered:
    path = unfinished.database_file(config)
    draft = path.with_name(path.name + DRAFT)
    for suffix in ("", "-wal", "-shm"):
        draft.with_name(draft.name + suffix).unlink(missing_ok=True)
    draft.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = config.database_key or Keyring(config.home / "keys").raw("database").hex()
    target = loading.SqliteTarget(draft, key)
    try:
        loaded = recovery.load(store, chosen, keys, target, progress=progress)
    finally:
        target.close()
    app = create_app(dataclasses.replace(config, database_url=f"sqlite:///{draft}"))
    found = _finish(app, store, public, keys, chosen, loaded, names, progress)
    with app.app_context():
        with db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        db.engine.dispose()
    _sync(draft)
    draft.replace(path)  # only now is there a database that a server would open
    unfinished.sync_folder(path.parent)
    return found


def _into_postgresql(
    config: Config,
    store: ArchiveStore,
    public: str,
    keys: Sequence[bytes],
    chosen: recovery.Plan,
    names: tuple[str, ...],
    progress: Progress,
) -> Recovered:
    app = create_app(config)
    with app.app_context(), writing() as connection:
        if not recovery.is_empty(connection):
            unfinished.forget(config)
            raise CannotRestore("the database of DATABASE_URL is not empty: make a new one with `createdb`")
        loaded = recovery.load(store, chosen, keys, loading.PostgresTarget(connection), progress=progress)
        memory.keep(connection, unfinished.NOTE, True)  # a server that is started now says so and ends
    found = _finish(app, store, public, keys, chosen, loaded, names, progress)
    with app.app_context(), writing() as connection:
        memory.keep(connection, unfinished.NOTE, None)
    return found


def _finish(
    app: Flask,
    store: ArchiveStore,
    public: str,
    keys: Sequence[bytes],
    chosen: recovery.Plan,
    loaded: recovery.Loaded,
    names: tuple[str, ...],
    progress: Progress,
) -> Recovered:
    with app.app_context():
        recovery.forget_derived()
        prepare(unfinished=True)
        recovery.settle(store, public)
        photos, asked = recovery.put_photos(store, chosen, keys, Throttle(), progress)
        recovery.put_control(loaded.control)
        until = datetime.fromtimestamp(chosen.made_at / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
        again = restoring.after_restore(f"restored from archive {chosen.archive.number}, up to {until}")
    rows = sum(table["rows"] for table in loaded.contents["tables"].values())
    return Recovered(
        chosen.archive.number,
        loaded.segments,
        chosen.made_at,
        again.epoch,
        rows,
        photos,
        asked,
        names,
        again,
        loaded.drill_code,
    )


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def tables_of(app: Flask) -> dict[str, tuple[int, str]]:
    """Table -> rows and hash, of a whole database: for comparing two."""
    from server.services.backup import rows
    from server.storage.database import reading

    with app.app_context(), reading() as connection:
        found = {table.name: rows.told(connection, table) for table in schema.archived_tables()}
    return {name: (told.rows, told.sha256) for name, told in found.items()}


__all__ = ["CannotRestore", "Recovered", "recover", "tables_of"]
