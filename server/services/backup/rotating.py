"""Replacing one of the server's keys, with the server stopped. What follows from it is in docs/operations/backup.md."""

from __future__ import annotations

import os
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from server.config import Config
from server.services import clock, parts
from server.storage.database import db
from server.storage.objects import FolderStore

ROTATED = ("database", "objects", "seal", "cursor", "session", "sign", "backup")


class CannotRotate(Exception):
    """The key stays as it is; the message says why."""


def rotate(name: str) -> None:
    """Make a new key of this name, and bring over what the old one holds. Needs an app context; the app must be made anew after it.

    Raises: CannotRotate.
    """
    config, folder = parts.config(), parts.keyring().folder
    if name not in ROTATED:
        raise CannotRotate(f"{name} is not replaced by this command: {', '.join(ROTATED)}")
    fresh = secrets.token_bytes(32)
    old = parts.keyring().raw(name)
    if name == "database":
        _database(config, old, fresh, folder)
    elif name == "objects":
        _objects(config, old, fresh)
    elif name == "seal":
        year = datetime.fromtimestamp(clock.now_ms() / 1000, UTC).strftime("%Y%m%d")
        _keep(folder / f"seal-{year}.key", old)
    elif name == "backup" and any(_statements(config)):
        raise CannotRotate("the archives in ROUNDBOOK_BACKUPS are signed by this key: name a new place first")
    _keep(folder / f"{name}.key", fresh)


def _database(config: Config, old: bytes, fresh: bytes, folder: Path) -> None:
    if not config.is_sqlite:
        raise CannotRotate("PostgreSQL has no key of Roundbook's: encrypt its disk anew")
    if config.database_key:
        raise CannotRotate(
            "the key is in ROUNDBOOK_DATABASE_KEY: take it out, put it into keys/database.key, then try again"
        )
    from sqlcipher3 import dbapi2

    db.engine.dispose()
    _keep(folder / "database.key.next", fresh)  # if the power goes now, one of the two opens it
    path = config.database_url.removeprefix("sqlite:///")
    connection: Any = dbapi2.connect(path, isolation_level=None)
    try:
        connection.execute(f"PRAGMA key = \"x'{old.hex()}'\"")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode = DELETE")  # WAL pages of the old key must not be left
        connection.execute(f"PRAGMA rekey = \"x'{fresh.hex()}'\"")
        connection.execute("PRAGMA journal_mode = WAL")
    except dbapi2.Error as error:
        raise CannotRotate(f"the database is in use: stop the server ({error})") from error
    finally:
        connection.close()
    (folder / "database.key.next").unlink()


def _objects(config: Config, old: bytes, fresh: bytes) -> None:
    """Every file is sealed anew into a folder beside, which then takes the place of the old one."""
    beside = config.objects.with_name(f"{config.objects.name}.rotated")
    before, after = FolderStore(config.objects, old), FolderStore(beside, fresh)
    for top in sorted(path.name for path in config.objects.iterdir() if path.is_dir()):
        for key in before.keys(top):
            after.put(key, before.open(key))
    beside.mkdir(exist_ok=True)
    kept = config.objects.with_name(f"{config.objects.name}.before")
    config.objects.rename(kept)
    beside.rename(config.objects)


def _statements(config: Config) -> list[str]:
    from server.services.backup import memory
    from server.services.backup.documents import ARCHIVE

    return memory.store().names(ARCHIVE) if config.backup.place else []


def _keep(path: Path, key: bytes) -> None:
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(key.hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
