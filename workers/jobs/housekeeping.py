"""Jobs that keep the house in order."""

from __future__ import annotations

from server.services import jobs, uploads, waiting
from server.services.clock import now_ms
from server.services.doubles import noting
from server.services.operations import unreferenced_photos
from server.services.recovery import standby, witness
from server.storage.database import writing

KEEP_DONE_MS = 30 * 24 * 3600 * 1000


def forget_done_jobs(_argument: str) -> None:
    """Delete the rows of jobs that were done a month ago."""
    with writing() as connection:
        jobs.forget_done(connection, now_ms() - KEEP_DONE_MS)


def retry_office_sets(_argument: str) -> None:
    """Judge again what was written at head office and waits for something that had not come."""
    waiting.retry_office()


def forget_unfinished_uploads(_argument: str) -> None:
    """Clear away what was begun to be uploaded three months ago and never ended."""
    while uploads.forget_unfinished(now_ms()):
        pass


def collect_photos(_argument: str) -> None:
    """Clear away the bytes of photos that nothing has named for three months."""
    unreferenced_photos.collect()


def note_witness(_argument: str) -> None:
    """Note beside the database how far it has come (R36). A database that is behind raises the alarm instead."""
    witness.write()


def note_standby(_argument: str) -> None:
    """Mark as safe what a synchronous standby of PostgreSQL has (R37)."""
    standby.note()


def note_doubles(_argument: str) -> None:
    """Note the customers who share a licence or a telephone, for their supervisors (R10)."""
    noting.note()
