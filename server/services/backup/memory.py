"""What the server remembers about its backups: the ends of the chains in the store, and notes."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import parts
from server.services.backup.documents import KINDS, Tip
from server.storage.archives import ArchiveStore, store_of
from server.storage.backup_tables import backup_dirty, backup_pack, backup_photo
from server.storage.tables import setting
from sync_protocol import signing

PREFIX = "backup."


def note(connection: Connection, name: str) -> Any:
    """A note; None if there is none."""
    found = connection.scalar(sa.select(setting.c.value).where(setting.c.name == PREFIX + name))
    return None if found is None else json.loads(found)


def keep(connection: Connection, name: str, value: Any) -> None:
    """Write a note; None takes it away."""
    connection.execute(sa.delete(setting).where(setting.c.name == PREFIX + name))
    if value is not None:
        connection.execute(sa.insert(setting), {"name": PREFIX + name, "value": json.dumps(value, sort_keys=True)})


def tip(connection: Connection, kind: str) -> Tip:
    """Up to where this server knows a chain."""
    return Tip.of(note(connection, f"tip.{kind}"))


def keep_tip(connection: Connection, kind: str, reached: Tip) -> None:
    """It has grown."""
    keep(connection, f"tip.{kind}", reached.wire)


def forget_store(connection: Connection) -> None:
    """A new chain begins in an empty place: what the old one holds is not there."""
    for kind in KINDS:
        keep(connection, f"tip.{kind}", None)
    for name in ("identity.mark", "segment.state", "looked"):
        keep(connection, name, None)
    for table in (backup_photo, backup_pack, backup_dirty):
        connection.execute(sa.delete(table))


def store() -> ArchiveStore:
    """Where the backups go."""
    return store_of(parts.config().backup.place)


def signer() -> Any:
    """Signs what is said about backups; used for nothing else."""
    return signing.new_private_key(parts.keyring().raw("backup"))


def public() -> str:
    """Its public half: key holders keep a copy apart from the server."""
    return signing.public_text(signer())
