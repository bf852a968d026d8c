"""What a worker runs: a fixed list of names, each with its function. Nothing else runs, whatever is on the queue."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from workers.jobs.backup import (
    backup_archive,
    backup_look_through,
    backup_photos,
    backup_segment,
    backup_watch,
)
from workers.jobs.housekeeping import (
    collect_photos,
    forget_done_jobs,
    forget_unfinished_uploads,
    note_doubles,
    note_standby,
    note_witness,
    retry_office_sets,
)
from workers.jobs.imports import import_file
from workers.jobs.lookups import end_due_lookups
from workers.jobs.messages import file_messages, hear_messages, send_messages, take_up_messages
from workers.jobs.rounds import draft_greetings, draft_reports, recompute_fields
from workers.jobs.thumbnails import missing_thumbnails, thumbnail

LONGEST_WAIT_S = 3600


@dataclasses.dataclass(frozen=True)
class JobKind:
    """How the jobs of one name are run.

    Args: function: does the work; takes the job's argument, and may be called twice with the same.
        limit_s: a run that takes longer is ended and counts as failed.
        attempts: after so many runs that failed the job is given up.
        first_wait_s: how long to wait after the first failure; it doubles with each further one.
    """

    function: Callable[[str], None]
    limit_s: int = 60
    attempts: int = 5
    first_wait_s: int = 10

    def wait_s(self, attempts: int) -> int | None:
        """How long to wait after so many failed attempts; None when the job is to be given up."""
        if attempts >= self.attempts:
            return None
        return min(self.first_wait_s << (attempts - 1), LONGEST_WAIT_S)


JOBS: dict[str, JobKind] = {
    "thumbnail": JobKind(thumbnail),
    "missing_thumbnails": JobKind(missing_thumbnails),
    "end_due_lookups": JobKind(end_due_lookups),
    "forget_done_jobs": JobKind(forget_done_jobs),
    "note_witness": JobKind(note_witness),
    "note_doubles": JobKind(note_doubles, limit_s=600),
    "note_standby": JobKind(note_standby, attempts=1),
    "forget_unfinished_uploads": JobKind(forget_unfinished_uploads),
    "collect_photos": JobKind(collect_photos, limit_s=1800, attempts=1),
    "retry_office_sets": JobKind(retry_office_sets),
    "send_messages": JobKind(send_messages, limit_s=120),
    "take_up_messages": JobKind(take_up_messages, limit_s=120),
    "file_messages": JobKind(file_messages, limit_s=300),
    "hear_messages": JobKind(hear_messages, attempts=1),
    "draft_greetings": JobKind(draft_greetings, limit_s=1800),
    "draft_reports": JobKind(draft_reports, limit_s=1800),
    "recompute_fields": JobKind(recompute_fields, limit_s=3600),
    "import_file": JobKind(import_file, limit_s=1800, attempts=3),
    "backup_archive": JobKind(backup_archive, limit_s=12 * 3600, first_wait_s=600),
    "backup_segment": JobKind(backup_segment, limit_s=1800, attempts=1),
    "backup_photos": JobKind(backup_photos, limit_s=6 * 3600, attempts=1),
    "backup_watch": JobKind(backup_watch, attempts=1),
    "backup_look_through": JobKind(backup_look_through, limit_s=12 * 3600),
}
