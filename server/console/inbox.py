"""The inbox: what waits for a decision, oldest first."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from server.console.access import can, scope, signed_in
from server.services import clock, inbox

blueprint = Blueprint("inbox", __name__)


@blueprint.get("/")
@signed_in
def show() -> str:
    only = request.args.get("show", "")
    found = inbox.load(
        scope(),
        only=only if only in inbox.KINDS else "",
        book=request.args.get("book", ""),
        everything=can("administer"),
    )
    return render_template("inbox/show.html", inbox=found, only=only, now=clock.now_ms())
