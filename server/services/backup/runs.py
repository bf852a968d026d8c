"""One run of the backup, from the snapshot to the signature: an archive counts when its stored bytes were restored and compared."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from server.services import clock, parts
from server.services.backup import (
    archive,
    at_work,
    checking,
    documents,
    holders,
    identity,
    loading,
    memory,
    packs,
    releasing,
    schema,
    segments,
    telling,
)
from server.services.backup.documents import ARCHIVE, IDENTITY, PHOTOS, Document, Untrue
from server.services.backup.holders import HolderError
from server.services.backup.onetime import OneTimeKey, one_time_key
from server.services.backup.sealing import Checked, Progress, Throttle, no_progress, put_sealed
from server.storage import retrying
from server.storage.archives import ArchiveError, ArchiveStore
from server.storage.backup_tables import backup_pack, backup_photo, backup_run
from server.storage.database import reading, writing

RUNNING, VERIFIED, FAILED = "running", "verified", "failed"
NICENESS = 10
SCRATCH = "scratch"
FAILURES = (
    HolderError,
    ArchiveError,
    Untrue,
    identity.MissingFile,
    schema.UnknownTables,
    retrying.StillBusy,
    OSError,
    sa.exc.SQLAlchemyError,
)
logger = logging.getLogger("roundbook.backup")


class BackupFailed(Exception):
    """The run does not count; the message says why."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run will about come to; None: nothing is known yet."""

    database_bytes: int | None
    photo_bytes: int
    photos: int
    seconds: int | None


@dataclass(frozen=True, slots=True)
class Done:
    """A run that counts."""

    number: int
    size_bytes: int
    photos: int
    new_photos: int
    lost_photos: tuple[str, ...]
    seconds: float


def estimate() -> Estimate:
    """From the last run, and from what is new since."""
    with reading() as connection:
        mark = holders.mark_of([h for h in holders.holders_in(connection) if h.proved_at is not None])
        there = packs.archived(connection, mark)
        wanted = [p for p in archive.stored_photos(connection).values() if p.sha256 not in there]
        query = sa.select(backup_run).where(backup_run.c.kind == "archive", backup_run.c.state == VERIFIED)
        last = connection.execute(query.order_by(backup_run.c.id.desc()).limit(1)).mappings().first()
    size = sum(photo.size_bytes for photo in wanted)
    seconds = None
    if last is not None:
        before = json.loads(last["detail"])
        speed = max(1.0, before.get("bytes", 0) / max(before.get("seconds", 1), 0.1))
        seconds = int((last["size_bytes"] + size) / speed)
    return Estimate(last["size_bytes"] if last else None, size, len(wanted), seconds)


def run(progress: Progress = no_progress, *, throttled: bool = True, wait_s: float = 0.0) -> Done:
    """Make an archive. Args: wait_s: for so long another run may be at work.

    Raises: BackupFailed; then nothing new counts, and what was stored before is as it was.
    """
    try:
        with at_work.alone(wait_s):
            if broken_off := at_work.settle_broken_off():
                logger.warning("%d earlier runs had been broken off", broken_off)
            loading.forget_scratches(parts.config().home / SCRATCH)
            return _run(progress, throttled=throttled)
    except at_work.Another as error:
        raise BackupFailed("another run is at work") from error


def _run(progress: Progress, *, throttled: bool) -> Done:
    began = clock.now_ms()
    with writing() as connection:
        row = {"kind": "archive", "state": RUNNING, "started_at": began}
        run_id = connection.execute(sa.insert(backup_run).values(row).returning(backup_run.c.id)).scalar_one()
    throttle = Throttle(parts.config().backup.bytes_per_s if throttled else 0)
    try:
        with one_time_key() as key:
            found = _archive(memory.store(), key, throttle, at_work.telling(run_id, progress))
    except FAILURES as error:
        _settle(run_id, state=FAILED, error=f"{error}"[:500])
        raise BackupFailed(str(error)) from error
    except BaseException as error:
        _settle(run_id, state=FAILED, error=f"{type(error).__name__}: {error}"[:500])
        raise
    seconds = (clock.now_ms() - began) / 1000
    document, snapshot, packed = found
    done = Done(
        document.number,
        document.data["size_bytes"],
        len(snapshot.photos),
        packed.photos,
        packed.lost,
        seconds,
    )
    detail = {"seconds": seconds, "bytes": done.size_bytes + packed.size_bytes, "lost": list(packed.lost)}
    _settle(
        run_id,
        state=VERIFIED,
        number=done.number,
        size_bytes=done.size_bytes,
        photos=done.photos,
        drill_hash=drill_hash(snapshot.drill_code),
        detail=json.dumps(detail),
    )
    telling.safe(snapshot.positions, snapshot.epoch)
    releasing.tidy(memory.store())
    logger.info("archive %d verified: %s", done.number, asdict(done))
    return done


def _archive(
    store: ArchiveStore, key: OneTimeKey, throttle: Throttle, progress: Progress
) -> tuple[Document, archive.Snapshot, packs.Packed]:
    line = segments.begin_line()
    identity.archive_if_changed(store)
    snapshot = archive.Snapshot()
    with reading() as connection:  # the database first, photos after (R45)
        held = holders.recipients(connection)
        before = documents.tip_in(store, memory.public(), ARCHIVE, memory.tip(connection, ARCHIVE))
        name = documents.data_name(ARCHIVE, before.number + 1, key.public.hex()[:8])
        public = [*(holder.raw for holder in held), key.public]
        members = archive.members(connection, snapshot)
        written = _written(progress, estimate().database_bytes)
        put = put_sealed(store, name, public, members, throttle, written, hashed=False)
    packed = packs.pack_missing(store, key, throttle, progress)
    data = {"name": name, "size_bytes": put.size_bytes, "sha256": put.sha256}
    said: dict[str, Any] = {"data": data, "contents": snapshot.contents_sha256}
    checking.restored_equals(store, said, [key.secret], parts.config().home / SCRATCH, throttle, progress)
    with reading() as connection:
        tips = {kind: memory.tip(connection, kind).wire for kind in (PHOTOS, IDENTITY)}
    said |= {
        "made_at": snapshot.made_at,
        "verified_at": clock.now_ms(),
        "epoch": snapshot.epoch,
        "line": line,
        "segment": snapshot.segment.wire,
        "photos": tips[PHOTOS],
        "identity": tips[IDENTITY],
        "packs": _packs_of(store, snapshot, packed.lost, throttle),
        "recipients": [holder.recipient for holder in held],
    }
    document = documents.append(store, memory.signer(), ARCHIVE, before, said)
    with writing() as connection:
        memory.keep_tip(connection, ARCHIVE, document.tip)
    return document, snapshot, packed


def _packs_of(store: ArchiveStore, snapshot: archive.Snapshot, lost: tuple[str, ...], throttle: Throttle) -> list[int]:
    """The packs in which the photos of the snapshot lie, each of whose stored bytes are still those that were opened when it
    was written. Raises: Untrue."""
    with reading() as connection:
        mark = holders.mark_of(holders.recipients(connection))
        query = sa.select(backup_photo.c.sha256, backup_photo.c.pack).join(
            backup_pack, backup_pack.c.number == backup_photo.c.pack
        )
        lies = {row.sha256: int(row.pack) for row in connection.execute(query.where(backup_pack.c.recipients == mark))}
        there = archive.stored_photos(connection)  # a customer may have been erased meanwhile, and his photos with him
    missing = [name for name in snapshot.photos if name not in lies and name not in lost and name in there]
    if missing:
        raise Untrue(f"{len(missing)} photos of the snapshot are in no pack")
    numbers = sorted({lies[sha256] for sha256 in snapshot.photos if sha256 in lies})
    for number in numbers:
        pack = documents.read(store, memory.public(), PHOTOS, number)
        Checked(store, pack.data, throttle).check()
    return numbers


def _written(progress: Progress, expected: int | None) -> Callable[[int], None]:
    total = 0

    def written(count: int) -> None:
        nonlocal total
        total += count
        progress("database", total, max(total, expected or 0))

    return written


def _settle(run_id: int, **values: Any) -> None:
    with writing() as connection:
        values["ended_at"] = clock.now_ms()
        connection.execute(sa.update(backup_run).where(backup_run.c.id == run_id).values(**values))
        memory.keep(connection, at_work.NOTE, None)


def drill_hash(code: str) -> str:
    """What is kept of the code that lies in an archive."""
    return hashlib.sha256(b"roundbook drill\n" + code.strip().lower().encode()).hexdigest()


def be_nice() -> None:
    """This process gives way to those that serve devices."""
    os.nice(NICENESS)
