"""Backups: the last proven archive, what is wrong, who holds keys and showed it, when somebody last restored one by hand."""

from __future__ import annotations

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from server.console import backup_words
from server.console.access import needs, user
from server.services import clock, jobs
from server.services.backup import alarm, drills, holders, runs
from server.services.backup.status import status
from server.storage.database import writing

blueprint = Blueprint("backups", __name__, url_prefix="/backups")


@blueprint.get("")
@needs("see_backups")
def index() -> str:
    """How the backup stands."""
    alarm.look_again()
    return render_template(
        "backups/index.html",
        found=status(),
        now=clock.now_ms(),
        words=backup_words.concerns(),
        parts=backup_words.parts_of_a_run(),
        expected=runs.estimate(),
    )


@blueprint.post("/run")
@needs("run_backups")
def run() -> Response:
    """Have a worker make an archive now; once a minute, however often it is asked for."""
    now = clock.now_ms()
    with writing() as connection:
        jobs.enqueue(connection, "backup_archive", "", unique=f"backup_archive/asked/{now // 60_000}")
    flash(_("A worker makes an archive. It counts when its stored bytes were restored and compared."), "done")
    return _back()


@blueprint.post("/drill")
@needs("run_backups")
def drill() -> Response:
    """Somebody restored an archive on another machine and tells the code in it."""
    try:
        number = drills.record(request.form.get("code", "")[:100], user().id)
    except drills.NoDrill:
        flash(
            _("This code shows no new drill: copy it from drill-code.txt of an archive that was not counted yet."),
            "wrong",
        )
    else:
        flash(_("The drill on archive %(number)s is written down.", number=number), "done")
    return _back()


@blueprint.post("/challenge")
@needs("run_backups")
def challenge() -> Response:
    """A file that only this key holder can open."""
    try:
        holder = holders.by_id(request.form.get("holder", ""))
        answer = make_response(holders.challenge(holder.id))
    except holders.HolderError:
        flash(_("There is no such key holder."), "wrong")
        return _back()
    answer.headers["Content-Type"] = "application/octet-stream"
    answer.headers["Content-Disposition"] = f'attachment; filename="challenge-{holder.id}.age"'
    return answer


@blueprint.post("/proof")
@needs("run_backups")
def proof() -> Response:
    """A key holder tells the word in his file."""
    try:
        holder = holders.by_id(request.form.get("holder", ""))
        holders.prove(holder.id, request.form.get("word", "")[:100])
    except holders.HolderError:
        flash(
            _("This is not the word in the newest file for this key holder. Each file serves once, for 14 days."),
            "wrong",
        )
    else:
        flash(_("%(name)s can decrypt.", name=holder.name), "done")
    return _back()


def _back() -> Response:
    return redirect(url_for("backups.index"), 303)
