"""Jobs: what is due, what runs, what failed and why; a failed one gets a fresh start."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from server.console.access import absent, needs
from server.services import clock, jobs
from server.storage.database import reading, writing

blueprint = Blueprint("jobs", __name__, url_prefix="/jobs")


@blueprint.get("")
@needs("administer")
def index() -> str:
    """The jobs that are not done, the failed ones first, and how many are done."""
    with reading() as connection:
        counts = jobs.counts(connection)
        groups = [(state, jobs.listed(connection, state, limit=100)) for state in (jobs.FAILED, jobs.RUNNING, jobs.DUE)]
    return render_template("jobs/index.html", counts=counts, groups=groups, now=clock.now_ms())


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
