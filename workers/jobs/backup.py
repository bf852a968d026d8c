"""Jobs of the backup: the weekly archive, segments and photos in between, and looking after all of it."""

from __future__ import annotations

import contextlib

from server.services import jobs, parts
from server.services.backup import at_work, holders, memory, packs, runs, schema, segments, watching
from server.services.backup.onetime import one_time_key
from server.services.backup.sealing import Throttle
from server.services.backup.status import status
from server.storage.database import writing

PHOTOS_WITHIN_S = 600.0  # the hourly photos, or photos that nothing names: the weekly archive waits for them


def backup_archive(_argument: str) -> None:
    """The weekly archive. Without key holders there is nobody to seal it for: the console says so."""
    if not _is_set_up():
        return
    runs.be_nice()
    runs.run(wait_s=PHOTOS_WITHIN_S)


def backup_segment(_argument: str) -> None:
    """Seal what changed, if five minutes or a megabyte have come together."""
    if not _is_set_up():
        return
    try:
        if segments.is_due():
            segments.seal()
    except segments.NeedsArchive:
        if status().archive is not None:  # the tables changed with an update: segments go on behind a new archive
            with writing() as connection:
                unique = f"backup_archive/{schema.fingerprint()}"
                jobs.enqueue(connection, "backup_archive", "", unique=unique)


def backup_photos(_argument: str) -> None:
    """Archive the photos of the last hour; a run that is at work does it as well."""
    if not _is_set_up() or status().archive is None:
        return
    runs.be_nice()
    with contextlib.suppress(at_work.Another), at_work.alone(), one_time_key() as key:
        packs.pack_missing(memory.store(), key, Throttle(parts.config().backup.bytes_per_s))


def backup_watch(_argument: str) -> None:
    """Tell the administrators what is wrong."""
    watching.watch()


def backup_look_through(_argument: str) -> None:
    """Read the whole store and compare it with what was signed."""
    if _is_set_up():
        runs.be_nice()
        watching.look_through()


def _is_set_up() -> bool:
    return sum(holder.proved_at is not None for holder in holders.holders()) >= holders.LEAST
