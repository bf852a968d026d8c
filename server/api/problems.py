"""Problem documents (RFC 9457): the one place that turns what went wrong into an answer. Each is logged once."""

from __future__ import annotations

import logging

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from server.api import signed
from server.storage import retrying
from sync_protocol.problems import Problem

logger = logging.getLogger("roundbook.api")
DEVICE_PATHS = ("/sync/", "/enrol/", "/renew/", "/photos/1", "/api/", "/openapi.json")
_BY_STATUS = {400: "not-json", 404: "not-found", 405: "method-not-allowed", 413: "too-large"}
MEDIA_TYPE = "application/problem+json"


def register(app: Flask) -> None:
    """Answer problems on the paths of devices and programs; pages of the console have their own."""
    app.register_error_handler(Problem, _problem)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _fault)


def is_for_programs(path: str) -> bool:
    """Whether this path speaks problem documents."""
    return path.startswith(DEVICE_PATHS) or (path.startswith("/books/") and "/snapshots/" in path)


def _problem(problem: Problem) -> Response:
    logger.warning(
        "%s %s %s device=%s", request.method, request.path, problem, request.headers.get(signed.DEVICE, "-")[:36]
    )
    response = signed.answer(problem.to_wire(), problem.status, MEDIA_TYPE)
    if problem.status in (429, 503):
        response.headers["Retry-After"] = str(problem.members.get("wait", 5))
    return response


def _http(error: HTTPException) -> Response | HTTPException:
    if not is_for_programs(request.path) or error.code not in _BY_STATUS:
        return error
    response = _problem(Problem(_BY_STATUS[error.code], error.description or "Nothing was stored."))
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers[name] = value
    return response


def _fault(error: Exception) -> Response:
    if retrying.is_gone(error) and is_for_programs(request.path):
        return _problem(
            Problem("busy", "The database cannot be had just now. Nothing of this request is certain; send it again.")
        )
    logger.exception("%s %s", request.method, request.path)
    if not is_for_programs(request.path):
        raise error
    return signed.answer(
        Problem("internal", "A fault of the server. Nothing of this request counts; send it again.").to_wire(),
        500,
        MEDIA_TYPE,
    )
