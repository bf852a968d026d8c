"""Jobs: what is due, what runs, what failed and why; a failed one gets a fresh start."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from server.console.access import absent, needs
from server.services import clock, jobs
from server.storage.database import reading, writing

blueprint = Blueprint("jobs", __name__, url_prefix="/jobs")
NAMES = {
    "thumbnail": _l("Make a thumbnail"),
    "missing_thumbnails": _l("Look for photos without a thumbnail"),
    "end_due_lookups": _l("End lookups whose time is over"),
    "forget_done_jobs": _l("Clear away jobs that are done"),
    "note_witness": _l("Note the heads of the logs"),
    "note_doubles": _l("Look for customers who are here twice"),
    "note_standby": _l("Note what the standby has"),
    "forget_unfinished_uploads": _l("Clear away uploads that never ended"),
    "collect_photos": _l("Clear away photos that nothing names"),
    "retry_office_sets": _l("Try again what waits from the office"),
    "send_messages": _l("Send messages"),
    "take_up_messages": _l("Take up messages written in the field"),
    "file_messages": _l("File messages and replies with customers"),
    "hear_messages": _l("Ask the gateway for reports and replies"),
    "draft_greetings": _l("Draw up greetings"),
    "draft_reports": _l("Draft weekly reports"),
    "recompute_fields": _l("Recompute fields"),
    "import_file": _l("Import a file"),
    "backup_archive": _l("Back up: the weekly archive"),
    "backup_segment": _l("Back up: the latest changes"),
    "backup_photos": _l("Back up: photos"),
    "backup_watch": _l("Watch over the backup"),
    "backup_look_through": _l("Look through the backup"),
}


@blueprint.get("")
@needs("administer")
def index() -> str:
    """The jobs that are not done, the failed ones first, and how many are done."""
    with reading() as connection:
        counts = jobs.counts(connection)
        groups = [(state, jobs.listed(connection, state, limit=100)) for state in (jobs.FAILED, jobs.RUNNING, jobs.DUE)]
    return render_template("jobs/index.html", counts=counts, groups=groups, titles=NAMES, now=clock.now_ms())


@blueprint.post("/<int:job_id>/retry")
@needs("administer")
def retry(job_id: int) -> Response:
    """Give a failed job a fresh start."""
    with writing() as connection:
        done = jobs.retry(connection, job_id)
    if not done:
        absent()
    flash(_("Job %(number)s is due again.", number=job_id), "done")
    return redirect(url_for("jobs.index"), 303)
