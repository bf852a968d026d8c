"""Jobs: work that is done behind a request's back, each one a row in the database until it is done.

A job is `due`, then `running` under a lease, then `done` or, when it was tried often enough, `failed`. The lease ends
by itself, so that a job whose worker died is done by another; the fence counts the leases, so that a worker that was
thought dead can no longer settle it. So a job runs at least once, and its function must bear to run twice.

Puts work on the queue by name and argument and imports no worker.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, and_, delete, event, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.pool import ConnectionPoolEntry, Pool

from server.services.bells import Bells, bells
from server.services.clock import now_ms
from server.storage.database import is_sqlite
from server.storage.tables import job

DUE, RUNNING, DONE, FAILED = "due", "running", "done", "failed"
LONGEST_ERROR = 500
_TO_RING = "roundbook.jobs.to_ring"


class CannotBeDone(Exception):
    """Raised by a job's function: it failed, and to try again would not help."""


@dataclasses.dataclass(frozen=True)
class Lease:
    """The right to do a job, until it ends or is given back."""

    job_id: int
    name: str
    argument: str
    fence: int
    attempts: int


@dataclasses.dataclass(frozen=True)
class Shown:
    """A job as an operator sees it; times in ms since 1970."""

    job_id: int
    name: str
    argument: str
    state: str
    due_at: int
    attempts: int
    error: str | None


def enqueue(
    connection: Connection, name: str, argument: str, due_at: int | None = None, unique: str | None = None
) -> int | None:
    """Put a job on the queue as part of the caller's transaction; the bell rings once that is committed.

    Args: due_at: not before this instant, in ms; at once if left out.
        unique: there is never a second job with the same text here, not even when the first is done.
    Returns: the job's id; None when there is one with that text already.
    """
    now = now_ms()
    row = {
        "name": name,
        "argument": argument,
        "due_at": now if due_at is None else due_at,
        "fence": 0,
        "attempts": 0,
        "state": DUE,
        "unique_key": unique,
        "created_at": now,
    }
    insert = sqlite.insert(job) if is_sqlite(connection) else postgresql.insert(job)
    adding = insert.values(row).on_conflict_do_nothing(index_elements=["unique_key"]).returning(job.c.id)
    job_id: int | None = connection.execute(adding).scalar_one_or_none()
    if job_id is not None and (due_at is None or due_at <= now):
        _ring_after_commit(connection, name, job_id)
    return job_id


def ask_for(connection: Connection, name: str, argument: str = "") -> int | None:
    """Put a job on the queue now, unless one of that name and argument waits there already.

    One that runs does not count: it may have looked before the caller wrote. Returns: the job's id; None if one waits.
    """
    waits = and_(job.c.name == name, job.c.argument == argument, job.c.state == DUE, job.c.due_at <= now_ms())
    if connection.scalar(select(job.c.id).where(waits).limit(1)) is not None:
        return None
    return enqueue(connection, name, argument)


def is_open(connection: Connection, name: str) -> bool:
    """Whether a job of this name is due now or later, or has begun; one whose worker died is taken up by another."""
    found = select(job.c.id).where(job.c.name == name, job.c.state.in_([DUE, RUNNING]))
    return connection.scalar(found.limit(1)) is not None


def _ring_after_commit(connection: Connection, name: str, job_id: int) -> None:
    connection.info.setdefault(_TO_RING, (bells(), []))[1].append((name, job_id))


@event.listens_for(Engine, "rollback")
def _forget_bells(connection: Connection) -> None:
    if not connection.closed and not connection.invalidated:
        connection.info.pop(_TO_RING, None)


@event.listens_for(Pool, "checkin")
def _ring_bells(_driver_connection: Any, entry: ConnectionPoolEntry) -> None:
    """Ring after the commit: a connection goes back to its pool when its transaction is over, whoever began it."""
    to_ring: tuple[Bells, list[tuple[str, int]]] | None = entry.info.pop(_TO_RING, None)
    if to_ring:
        to_ring[0].ring(to_ring[1])


def _waiting(now: int) -> ColumnElement[bool]:
    """The condition for a job that a worker may take now: it is due, and nobody has it, or not for much longer."""
    nobody_has_it = or_(job.c.lease_until.is_(None), job.c.lease_until <= now)
    return and_(job.c.state.in_([DUE, RUNNING]), job.c.due_at <= now, nobody_has_it)


def waiting(connection: Connection, now: int, limit: int = 1000) -> list[tuple[str, int]]:
    """The jobs (name, id) that wait for a worker, the longest due first."""
    rows = connection.execute(select(job.c.name, job.c.id).where(_waiting(now)).order_by(job.c.due_at).limit(limit))
    return [(name, job_id) for name, job_id in rows]


def next_due_at(connection: Connection, now: int) -> int | None:
    """When the next job falls due that is not due yet, in ms; None if there is none."""
    return connection.execute(select(func.min(job.c.due_at)).where(job.c.state == DUE, job.c.due_at > now)).scalar()


def lease(connection: Connection, name: str, job_id: int, *, now: int, until: int, most_attempts: int) -> Lease | None:
    """Take a job, if it waits; one that has already used up its attempts is given up instead.

    Returns: the lease; None if there is nothing to take.
    """
    this = and_(job.c.id == job_id, job.c.name == name, _waiting(now))
    spent = update(job).where(this, job.c.attempts >= most_attempts)
    gave_up = f"Given up after {most_attempts} attempts: the last one ended without a word, as when a worker is killed."
    connection.execute(spent.values(state=FAILED, error=gave_up, lease_until=None, done_at=now))
    taking = (
        update(job)
        .where(this)
        .values(state=RUNNING, lease_until=until, fence=job.c.fence + 1, attempts=job.c.attempts + 1)
    )
    if connection.execute(taking).rowcount != 1:
        return None
    row = connection.execute(select(job.c.argument, job.c.fence, job.c.attempts).where(job.c.id == job_id)).one()
    return Lease(job_id=job_id, name=name, argument=row.argument, fence=row.fence, attempts=row.attempts)


def _settle(connection: Connection, held: Lease, **values: Any) -> bool:
    """Write to a job under its lease; False when somebody else has it by now, or it is settled."""
    mine = and_(job.c.id == held.job_id, job.c.fence == held.fence, job.c.state == RUNNING)
    return connection.execute(update(job).where(mine).values(**values)).rowcount == 1


def renew(connection: Connection, held: Lease, until: int) -> bool:
    """Hold a lease for longer; False when it is lost."""
    return _settle(connection, held, lease_until=until)


def finish(connection: Connection, held: Lease, now: int) -> bool:
    """Say that a job is done; False when the lease was lost, and another's word counts."""
    return _settle(connection, held, state=DONE, lease_until=None, error=None, done_at=now)


def fail(connection: Connection, held: Lease, error: str, *, now: int, again_at: int | None) -> bool:
    """Say that a job failed and why, and when it is tried again: None for never. False when the lease was lost."""
    error = error[:LONGEST_ERROR]
    if again_at is None:
        return _settle(connection, held, state=FAILED, lease_until=None, error=error, done_at=now)
    return _settle(connection, held, state=DUE, lease_until=None, error=error, due_at=again_at)


def retry(connection: Connection, job_id: int) -> bool:
    """Give a failed job a fresh start, by the hand of an operator; False if there is no such failed job."""
    now = now_ms()
    again = update(job).where(job.c.id == job_id, job.c.state == FAILED)
    again = again.values(state=DUE, due_at=now, attempts=0, done_at=None).returning(job.c.name)
    name = connection.execute(again).scalar_one_or_none()
    if name is not None:
        _ring_after_commit(connection, name, job_id)
    return name is not None


def forget_done(connection: Connection, before: int) -> int:
    """Delete the jobs that were done before this instant, in ms; failed ones stay. Returns how many."""
    return connection.execute(delete(job).where(job.c.state == DONE, job.c.done_at < before)).rowcount


def counts(connection: Connection) -> dict[str, int]:
    """How many jobs there are in each state."""
    counting = select(job.c.state, func.count()).group_by(job.c.state)
    found = {row[0]: row[1] for row in connection.execute(counting)}
    return {state: found.get(state, 0) for state in (DUE, RUNNING, DONE, FAILED)}


def listed(connection: Connection, *states: str, limit: int = 50) -> list[Shown]:
    """The jobs in these states, the longest due first."""
    columns = (job.c.id, job.c.name, job.c.argument, job.c.state, job.c.due_at, job.c.attempts, job.c.error)
    rows = connection.execute(select(*columns).where(job.c.state.in_(states)).order_by(job.c.due_at).limit(limit))
    return [Shown(*row) for row in rows]
