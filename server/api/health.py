"""Is it there, is it ready: for supervisors and load balancers."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from server.storage import migrating
from sync_protocol.version import APP_RELEASE

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    """The process answers."""
    return jsonify(state="ok", release=APP_RELEASE)


@blueprint.get("/readyz")
def readyz() -> tuple[Response, int]:
    """The database is there and has this version's tables."""
    ready = migrating.is_up_to_date()
    return jsonify(state="ready" if ready else "tables are missing: run roundbook migrate"), 200 if ready else 503
