"""Signing in through the company's directory: out to it, and back with its word (OpenID Connect, code flow with PKCE)."""

from __future__ import annotations

import logging
from typing import Any, cast

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import OAuth
from flask import Blueprint, current_app, make_response, redirect, render_template, request, session, url_for
from requests import RequestException
from werkzeug.wrappers import Response

from server.console.access import absent, open_to_all, own_path
from server.console.session import ConsoleSession
from server.services import parts
from server.services.people import directory, sign_in_log

blueprint = Blueprint("directory", __name__, url_prefix="/sign-in/directory")

_CLIENT = "roundbook.directory"
_NEXT = "directory_next"
_WITHIN_S = 10
_log = logging.getLogger("roundbook.directory")


@blueprint.get("")
@open_to_all
def go() -> Response:
    """Send the browser to the directory, with a state, a nonce and a challenge that only this browser's session knows."""
    client = _client()
    session[_NEXT] = own_path(request.args.get("next"))
    try:
        return cast(Response, client.authorize_redirect(parts.config().url + url_for("directory.back")))
    except (AuthlibBaseError, RequestException, ValueError) as error:
        return _failed(error)


@blueprint.get("/back")
@open_to_all
def back() -> Response:
    """Take the directory's word: the code is exchanged and the signed id token checked, over a connection of the server's own."""
    client = _client()
    try:
        token = client.authorize_access_token()
    except (AuthlibBaseError, RequestException, ValueError) as error:
        return _failed(error)
    user = directory.user_of(token.get("userinfo") or {})
    if user is None:
        return _answer(unknown=True)
    next_path = own_path(session.get(_NEXT))
    sign_in_log.note_right(user.id, request.remote_addr or "", "directory")
    current = session._get_current_object()  # type: ignore[attr-defined]
    assert isinstance(current, ConsoleSession)
    current.enter(user.id)
    return redirect(next_path)


def _client() -> Any:
    """The client of this app's directory, made once; absent where the company has none."""
    config = directory.settings()
    if config is None:
        absent()
    if _CLIENT not in current_app.extensions:
        oauth: Any = OAuth()
        oauth.register(
            "directory",
            client_id=config.client_id,
            client_secret=config.client_secret,
            server_metadata_url=f"{config.issuer}/.well-known/openid-configuration",
            client_kwargs={"scope": "openid profile email", "code_challenge_method": "S256", "timeout": _WITHIN_S},
        )
        oauth.init_app(current_app)
        current_app.extensions[_CLIENT] = oauth.create_client("directory")
    return current_app.extensions[_CLIENT]


def _failed(error: Exception) -> Response:
    """The directory was not reached, or did not vouch: the reason is for the operator."""
    _log.warning("sign-in through the directory failed reason=%s detail=%s", type(error).__name__, str(error)[:200])
    return _answer(unknown=False)


def _answer(*, unknown: bool) -> Response:
    return make_response(render_template("sessions/directory.html", unknown=unknown), 403)
