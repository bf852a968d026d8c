"""Pages for what went wrong: what happened, what was kept, what to do."""

from __future__ import annotations

from flask import Flask, Response, g, make_response, render_template, request
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from server.console.headers import ForeignForm


def register(app: Flask, blueprint: str) -> None:
    """Show errors of these pages as pages."""
    app.error_handler_spec[blueprint][None][HTTPException] = show


def show(error: HTTPException) -> Response:
    """The page of an error. Redirects that werkzeug raises go through as they are."""
    if error.code is None or error.code < 400:
        return Response(error.get_response())  # type: ignore[arg-type]
    return page(error.code, csrf=isinstance(error, CSRFError | ForeignForm), allow=error.get_headers())


def dress(response: Response) -> Response:
    """An address that is nobody's gets a page, too, when a person asks for it."""
    if request.endpoint is None and response.status_code in (404, 405) and response.mimetype == "text/html":
        if "user" not in g:
            from server.console.access import load_user

            load_user()
        return page(response.status_code)
    return response


def page(code: int, *, csrf: bool = False, allow: list[tuple[str, str]] | None = None) -> Response:
    """The page for a status."""
    title, text = _words(code, csrf=csrf)
    response = make_response(render_template("error.html", title=title, text=text), code)
    for name, value in allow or ():
        if name == "Allow":
            response.headers[name] = value
    return response


def _words(code: int, *, csrf: bool) -> tuple[str, str]:
    if csrf:
        return _("This form has expired"), _(
            "Nothing was changed. Go back, load the page again, and send the form once more."
        )
    if code == 403:
        return _("Not with your roles"), _(
            "Nothing was changed. If this is your work, ask an administrator for the role that it needs."
        )
    if code == 404:
        return _("There is nothing here"), _(
            "The address is wrong, or what was here is not in the books that you may read."
        )
    if code == 413:
        return _("Too large"), _("Nothing was kept of it. Send it in smaller parts.")
    if code >= 500:
        return _("Something went wrong on our side"), _(
            "What was saved before is safe; this request was undone as a whole. Try again; if it stays, tell the operator the time."
        )
    return _("That did not work"), _("Nothing was changed. Go back and try again.")
