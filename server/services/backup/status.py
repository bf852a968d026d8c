"""How the backup stands: what the console's page and the command show, and what an alarm is raised for."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import clock, parts
from server.services.backup import at_work, changes, holders, memory, schema, segments
from server.services.backup.at_work import Far
from server.services.backup.documents import SEGMENT
from server.services.backup.holders import Holder
from server.storage.backup_tables import backup_dirty, backup_run
from server.storage.database import reading

DAY_MS = 24 * 3600 * 1000
ARCHIVE_LATE_MS = 8 * DAY_MS
SEGMENT_LATE_MS = 15 * 60 * 1000
DRILL_LATE_MS = 100 * DAY_MS
RUNS_SHOWN = 12
WRONG, WAITING = "wrong", "waiting"


@dataclass(frozen=True, slots=True)
class Run:
    """One run, or one drill. Instants in ms. `far`: how far it is, while it is at work and has said so."""

    id: int
    kind: str
    state: str
    started_at: int
    ended_at: int | None
    number: int | None
    size_bytes: int | None
    photos: int | None
    error: str | None
    lost: int
    far: Far | None = None


@dataclass(frozen=True, slots=True)
class Concern:
    """What is not as it should be. `code`: see `CODES`; `level`: wrong (red) or waiting (amber); `value`: a name or a number."""

    code: str
    level: str
    value: str = ""


CODES = {
    "holders": "fewer than two key holders have proved that they can decrypt",
    "never": "there is no verified archive yet",
    "late": "the last verified archive is older than 8 days",
    "failed": "the last run failed: {value}",
    "segments": "changes wait for longer than 15 minutes to be sealed",
    "rebase": "the tables have changed: segments go on behind the next archive",
    "damaged": "the store was read through, and something is wrong: {value}",
    "photos": "{value} photos cannot be read on this server and are in no archive",
    "proof": "{value} has not proved for 90 days that he can decrypt",
    "drill": "nobody has restored an archive by hand for 100 days",
    "no-drill": "nobody has restored an archive by hand yet",
    "same-disk": "the archives lie on the same disk as the data",
}


@dataclass(frozen=True, slots=True)
class Status:
    """All of it. `archive`, `drill`: the last that counts; None: there was none. `segment`: number and time of the last one."""

    place: str
    public: str
    concerns: Sequence[Concern]
    holders: Sequence[Holder]
    runs: Sequence[Run]
    archive: Run | None
    drill: Run | None
    segment: tuple[int, int] | None
    looked_through_at: int | None
    waiting_notes: int

    @property
    def level(self) -> str:
        """wrong, waiting or done."""
        levels = {concern.level for concern in self.concerns}
        return next((level for level in (WRONG, WAITING) if level in levels), "done")


def status() -> Status:
    """Read from the database alone: the store is not asked."""
    now = clock.now_ms()
    with reading() as connection:
        held = holders.holders_in(connection)
        archive, drill = _last(connection, "archive"), _last(connection, "drill")
        runs = _runs(connection)
        looked = memory.note(connection, "looked") or {}
        found = Status(
            place=parts.config().backup.place,
            public=memory.public(),
            concerns=tuple(_concerns(connection, now, held, archive, drill, runs, looked)),
            holders=held,
            runs=runs,
            archive=archive,
            drill=drill,
            segment=_segment(connection),
            looked_through_at=looked.get("at"),
            waiting_notes=_waiting(connection),
        )
    return found


def _concerns(
    connection: Connection,
    now: int,
    held: Sequence[Holder],
    archive: Run | None,
    drill: Run | None,
    runs: Sequence[Run],
    looked: dict[str, Any],
) -> list[Concern]:
    found = []
    if sum(holder.proved_at is not None for holder in held) < holders.LEAST:
        found.append(Concern("holders", WRONG))
    settled = next((run for run in runs if run.kind == "archive" and run.state != "running"), None)
    if settled is not None and settled.state == "failed":
        found.append(Concern("failed", WRONG, settled.error or ""))
    if archive is None:
        found.append(Concern("never", WRONG))
    elif now - archive.started_at > ARCHIVE_LATE_MS:
        found.append(Concern("late", WRONG))
    if archive is not None and archive.lost:
        found.append(Concern("photos", WRONG, str(archive.lost)))
    found += _segment_concerns(connection, archive)
    if looked.get("problems"):
        found.append(Concern("damaged", WRONG, str(looked["problems"][0])))
    found += [Concern("proof", WAITING, holder.name) for holder in held if not holder.is_proven(now)]
    found += _drill_concerns(connection, now, drill)
    if _same_disk():
        found.append(Concern("same-disk", WAITING))
    return sorted(found, key=lambda concern: concern.level != WRONG)


def _segment_concerns(connection: Connection, archive: Run | None) -> list[Concern]:
    state = memory.note(connection, segments.STATE)
    if archive is None or state is None:
        return []
    if state["schema"] != schema.fingerprint():
        return [Concern("rebase", WAITING)]
    is_late = segments.waited_ms(connection, state) > SEGMENT_LATE_MS
    return [Concern("segments", WRONG)] if is_late and _waiting(connection) else []


def _drill_concerns(connection: Connection, now: int, drill: Run | None) -> list[Concern]:
    if drill is not None:
        return [Concern("drill", WRONG)] if now - drill.started_at > DRILL_LATE_MS else []
    counts = (backup_run.c.kind == "archive", backup_run.c.state == "verified")
    first = connection.scalar(sa.select(sa.func.min(backup_run.c.started_at)).where(*counts))
    if first is None:
        return []
    return [Concern("drill", WRONG) if now - first > DRILL_LATE_MS else Concern("no-drill", WAITING)]


def _waiting(connection: Connection) -> int:
    """How many notes and positions are in no segment yet."""
    state = memory.note(connection, segments.STATE)
    if state is None:
        return 0
    notes = connection.scalar(sa.select(sa.func.count()).select_from(backup_dirty)) or 0
    grown = changes.moved_books(connection, state["books"])
    return int(notes) + sum(pos - int(state["books"].get(name, 0)) for name, (pos, _) in grown.items())


def _segment(connection: Connection) -> tuple[int, int] | None:
    tip, state = memory.tip(connection, SEGMENT), memory.note(connection, segments.STATE)
    return (tip.number, int(state["at"])) if tip.number and state is not None else None


def _last(connection: Connection, kind: str) -> Run | None:
    query = sa.select(backup_run).where(backup_run.c.kind == kind, backup_run.c.state == "verified")
    row = connection.execute(query.order_by(backup_run.c.id.desc()).limit(1)).mappings().first()
    return None if row is None else _run(row)


def _runs(connection: Connection) -> list[Run]:
    query = sa.select(backup_run).order_by(backup_run.c.id.desc()).limit(RUNS_SHOWN)
    return [_seen(connection, _run(row)) for row in connection.execute(query).mappings()]


def _seen(connection: Connection, run: Run) -> Run:
    """A run at work with how far it is; one that has said nothing for long was killed, and has failed."""
    if run.state != "running":
        return run
    if at_work.is_silent(connection, run.id, run.started_at):
        return dataclasses.replace(run, state="failed", error=at_work.BROKEN_OFF)
    far = at_work.far(connection)
    return dataclasses.replace(run, far=far if far is not None and far.run == run.id else None)


def _run(row: sa.RowMapping) -> Run:
    same = ("id", "kind", "state", "started_at", "ended_at", "number", "size_bytes", "photos", "error")
    return Run(**{name: row[name] for name in same}, lost=len(json.loads(row["detail"]).get("lost", ())))


def _same_disk() -> bool:
    """Whether one broken disk would take both."""
    config = parts.config()
    if config.backup.place.startswith("s3://") or not config.is_sqlite:
        return False
    place = Path(config.backup.place)
    here = next((path for path in (place, *place.parents) if path.exists()), place)
    return config.home.exists() and here.stat().st_dev == config.home.stat().st_dev
