"""Replacing one of the server's keys, with the server stopped. What follows from it is in docs/operations/backup.md.

What a key sealed is sealed anew before the key takes its name; until then it lies beside as `<name>.key.next`. If the power goes in
between, the next start looks which of the two opens what is there, and keeps that one (`settle`).
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from server.config import Config, ConfigError
from server.services import clock, parts
from server.services.backup import memory
from server.services.backup.documents import ARCHIVE
from server.services.people import second_factor
from server.storage import sqlcipher
from server.storage.database import db, reading, writing
from server.storage.keyring import NAMES
from server.storage.objects import FolderStore

ROTATED = NAMES
NEXT = ".next"
LOCK = "rotate.lock"


class CannotRotate(Exception):
    """The key stays as it is; the message says why."""


def rotate(name: str) -> None:
    """Make a new key of this name, and bring over what the old one holds. Needs an app context; the app must be made anew after it.

    Raises: CannotRotate.
    """
    config, folder = parts.config(), parts.keyring().folder
    if name not in ROTATED:
        raise CannotRotate(f"{name} is not replaced by this command: {', '.join(ROTATED)}")
    fresh, old = secrets.token_bytes(32), parts.keyring().raw(name)
    path = folder / f"{name}.key"
    with _locked(config):
        if name == "database":
            _refuse_database(config)
        elif name == "objects" and _before(config).exists():
            raise CannotRotate(f"{_before(config)} is left from the last time: delete it when photos show")
        elif name == "seal":
            year = datetime.fromtimestamp(clock.now_ms() / 1000, UTC).strftime("%Y%m%d")
            _keep(folder / f"seal-{year}.key", old)
        elif name == "backup" and any(_statements(config)):
            raise CannotRotate("the archives in ROUNDBOOK_BACKUPS are signed by this key: name a new place first")
        _keep(_next(path), fresh)
        if name == "database":
            _database(config, old, fresh, path)
        elif name == "objects":
            _objects(config, old, fresh)
        elif name == "backup":
            with writing() as connection:
                memory.forget_store(connection)
        elif name == "factor":
            with writing() as connection:
                second_factor.seal_anew(connection, old, fresh)
        _next(path).replace(path)


def settle(config: Config) -> list[str]:
    """Before an app is made: end what a rotation began that was broken off. Returns: the keys that it was about. Raises: ConfigError."""
    found = sorted((config.home / "keys").glob(f"*.key{NEXT}"))
    if not found:
        return []
    try:
        with _locked(config):
            for path in found:
                if path.exists() and path.name != f"factor.key{NEXT}":
                    _settle(config, path)
    except CannotRotate as error:
        raise ConfigError(str(error)) from error
    return [path.name.partition(".")[0] for path in found]


def settle_factor() -> None:
    """The same for second factors, whose secrets lie in the database. Needs an app context."""
    path = parts.keyring().folder / f"factor.key{NEXT}"
    if path.exists():
        with reading() as connection:
            is_done = second_factor.is_sealed_with(connection, bytes.fromhex(path.read_text().strip()))
        _choose(path, is_done=is_done)
        parts.keyring().forget("factor")


def _settle(config: Config, path: Path) -> None:
    is_done = True
    if path.name == f"database.key{NEXT}":
        is_done = config.is_sqlite and _opens(_file(config), path.read_text().strip())
    elif path.name == f"objects.key{NEXT}":
        is_done = _before(config).exists()
        if is_done and _beside(config).exists():
            _beside(config).rename(config.objects)
    _choose(path, is_done=is_done)


def _choose(path: Path, *, is_done: bool) -> None:
    if is_done:
        path.replace(path.with_name(path.name.removesuffix(NEXT)))
    else:
        path.unlink()


def _refuse_database(config: Config) -> None:
    if not config.is_sqlite:
        raise CannotRotate("PostgreSQL has no key of Roundbook's: encrypt its disk anew")
    if config.database_key:
        raise CannotRotate(
            "the key is in ROUNDBOOK_DATABASE_KEY: take it out, put it into keys/database.key, then try again"
        )


def _database(config: Config, old: bytes, fresh: bytes, path: Path) -> None:
    db.engine.dispose()
    connection: Any = sqlcipher.connect(_file(config), old.hex())
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode = DELETE")  # WAL pages of the old key must not be left
        connection.execute(f"PRAGMA rekey = \"x'{fresh.hex()}'\"")
        connection.execute("PRAGMA journal_mode = WAL")
    except sqlcipher.module().Error as error:
        _next(path).unlink()
        raise CannotRotate(f"the database is in use: stop the server ({error})") from error
    finally:
        connection.close()


def _opens(file: Path, key: str) -> bool:
    try:
        sqlcipher.connect(file, key).close()
    except sqlcipher.module().DatabaseError:
        return False
    return True


def _objects(config: Config, old: bytes, fresh: bytes) -> None:
    """Every file is sealed anew into a folder beside, which then takes the place of the old one."""
    beside = _beside(config)
    shutil.rmtree(beside, ignore_errors=True)  # of one that was broken off, under a key that is gone
    before, after = FolderStore(config.objects, old), FolderStore(beside, fresh)
    for top in sorted(path.name for path in config.objects.iterdir() if path.is_dir()):
        for key in before.keys(top):
            after.put(key, before.open(key))
    beside.mkdir(exist_ok=True)
    config.objects.rename(_before(config))
    beside.rename(config.objects)


def _beside(config: Config) -> Path:
    return config.objects.with_name(f"{config.objects.name}.rotated")


def _before(config: Config) -> Path:
    return config.objects.with_name(f"{config.objects.name}.before")


def _file(config: Config) -> Path:
    return Path(config.database_url.removeprefix("sqlite:///"))


def _next(path: Path) -> Path:
    return path.with_name(path.name + NEXT)


def _statements(config: Config) -> list[str]:
    return memory.store().names(ARCHIVE) if config.backup.place else []


@contextmanager
def _locked(config: Config) -> Iterator[None]:
    with (config.home / LOCK).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CannotRotate("a key of this server is being replaced just now") from error
        yield


def _keep(path: Path, key: bytes) -> None:
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(key.hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
