"""The evening: two key holders, an archive that proves itself, a segment, and the whole company on a fresh machine."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from flask import current_app

from roundbook import recovery as restoring
from server.app import create_app
from server.config import Config
from server.services import parts, users
from server.services.backup import holders, memory, recovery, runs, segments
from server.storage.database import db
from sync_protocol import age

HOLDERS = ("Ann Archer", "Bob Baker")
SHOWN = ("book", "change_set", "log", "record", "t_customer", "t_order", "t_visit", "user_account")


def problems(folder: Path) -> Iterator[str]:
    """Archive the day, seal what came after, restore it all beside, compare. Yields: what did not come back as it was, in words."""
    keys = [_enrol(name) for name in HOLDERS]
    done = runs.run(throttled=False)
    users.create_user("evening", "Eve Ning", ("leader",), None)  # after the archive: the segment has it
    segments.seal()
    config, store, public = parts.config(), memory.store(), memory.public()
    home = folder / "fresh-machine"
    there = Config.from_environment({"ROUNDBOOK_HOME": str(home), "ROUNDBOOK_BACKUPS": config.backup.place})
    told = restoring.recover(there, store, public, [keys[1]], recovery.plan(store, public))
    restored = create_app(there)
    before = restoring.tables_of(current_app._get_current_object())  # type: ignore[attr-defined]
    after = restoring.tables_of(restored)
    with restored.app_context():
        db.engine.dispose()
    yield from (f"table {name} came back from the archive differently" for name in SHOWN if before[name] != after[name])
    if told.photos != done.photos or told.photos_asked:
        yield f"{told.photos} of {done.photos} photos came back from the archive"
    click.echo(
        f"Backup: archive {done.number}, {done.size_bytes / 1e6:.1f} MB and {done.photos} photos, and {told.segments} segment;"
        f" restored on a fresh machine with a key holder's key, {told.rows} rows, equal",
        file=sys.stderr,
    )


def _enrol(name: str) -> bytes:
    """A key holder, who proves that he can decrypt. Returns: his private key, which the server never sees."""
    private = X25519PrivateKey.generate()
    key = private.private_bytes_raw()
    holder = holders.add(name, age.recipient_text(private.public_key().public_bytes_raw()), users.SYSTEM)
    holders.prove(holder, b"".join(age.decrypt([key], [holders.challenge(holder)])).decode())
    return key
