"""Is it there, is it ready, how is it doing: for supervisors, load balancers and Prometheus; a line in the log for each request."""

from __future__ import annotations

import logging
import time

import redis
from flask import Blueprint, Flask, Response, g, jsonify, request

from server.services import metrics
from server.services.bells import bells
from server.storage import migrating
from sync_protocol.version import APP_RELEASE

blueprint = Blueprint("health", __name__)
QUIET = ("health.healthz", "health.readyz", "health.metrics", "static")

_log = logging.getLogger("roundbook.requests")


@blueprint.get("/healthz")
def healthz() -> Response:
    """The process answers."""
    return jsonify(state="ok", release=APP_RELEASE)


@blueprint.get("/readyz")
def readyz() -> tuple[Response, int]:
    """The database is there and has this version's tables. Without Redis it is ready, too: jobs only start later."""
    ready = migrating.is_up_to_date()
    state = "ready" if ready else "tables are missing: run roundbook migrate"
    return jsonify(state=state, redis=_redis()), 200 if ready else 503


@blueprint.get("/metrics", endpoint="metrics")
def metrics_page() -> Response:
    """Counts and durations, in Prometheus' text format."""
    return Response(metrics.page(), content_type="text/plain; version=0.0.4; charset=utf-8")


def _redis() -> str:
    client = bells().client
    if client is None:
        return "not configured"
    try:
        client.ping()
    except redis.RedisError:
        return "away"
    return "ok"


def observe(app: Flask) -> None:
    """Count each request and write a line about it: what was asked by name, not by address, and how it ended."""

    def begin() -> None:
        g.began = time.perf_counter()

    def end(answer: Response) -> Response:
        endpoint = request.endpoint or "none"
        seconds = time.perf_counter() - g.get("began", time.perf_counter())
        metrics.REQUESTS.labels(endpoint, request.method, str(answer.status_code)).inc()
        metrics.SECONDS.labels(endpoint).observe(seconds)
        if endpoint not in QUIET:
            _log.info(
                "endpoint=%s method=%s status=%d ms=%d", endpoint, request.method, answer.status_code, seconds * 1000
            )
        return answer

    app.before_request(begin)
    app.after_request(end)
