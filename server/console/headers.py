"""What every answer of the console says to the browser: nothing from elsewhere, no frames, no copies, no guessing."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, current_app, request
from werkzeug.exceptions import Forbidden

from server.console.access import ACT
from server.services import parts

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class ForeignForm(Forbidden):
    """A form that another site sent."""


def add_headers(response: Response) -> Response:
    """Set the headers, on all but the answers to devices and programs. Pages are never stored; static files may be."""
    endpoint = request.endpoint or "static"
    if endpoint != "static" and not hasattr(current_app.view_functions[endpoint], ACT):
        return response
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("X-Frame-Options", "DENY")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    if request.endpoint != "static":
        headers.setdefault("Cache-Control", "no-store")
    return response


def refuse_other_origins() -> None:
    """A form that another site sends is refused before its token is looked at."""
    if request.method in SAFE_METHODS:
        return
    origin = request.headers.get("Origin")
    ours = (request.host, urlsplit(parts.config().url).netloc)  # a proxy may have changed the first
    if origin is not None and urlsplit(origin).netloc not in ours:
        raise ForeignForm
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise ForeignForm
