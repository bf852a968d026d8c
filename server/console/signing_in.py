"""Signing in and out."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, g, make_response, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from server.console.access import open_to_all, own_path
from server.console.session import ConsoleSession
from server.services import clock, tries, users
from server.services.people import directory, sign_in_log

blueprint = Blueprint("sessions", __name__)


@blueprint.get("/sign-in")
@open_to_all
def sign_in() -> Response | str:
    if g.user is not None:
        return redirect(own_path(request.args.get("next")))
    return _page()


@blueprint.post("/sign-in")
@open_to_all
def enter() -> Response:
    """Take login and password. A wrong login and a wrong password read the same, and both slow the next try down."""
    login, password = request.form.get("login", "")[:200], request.form.get("password", "")[:4096]
    address, now = request.remote_addr or "", clock.now_ms()
    wait = tries.wait_ms(login, address, now)
    if wait:
        answer = make_response(_page(login, wait_s=-(-wait // 1000)), 429)
        answer.headers["Retry-After"] = str(-(-wait // 1000))
        return answer
    user = users.check_password(login, password)
    if user is None:
        tries.note_wrong(login, address, now)
        sign_in_log.note_wrong(login, address, now)
        return make_response(_page(login, wrong=True), 403)
    tries.note_right(login)
    sign_in_log.note_right(user.id, address)
    _session().enter(user.id)
    return redirect(own_path(request.form.get("next")), 303)


@blueprint.post("/sign-out")
@open_to_all
def sign_out() -> Response:
    _session().leave()
    return redirect(url_for("sessions.sign_in"), 303)


def _page(login: str = "", *, wrong: bool = False, wait_s: int = 0) -> str:
    next_path = own_path(request.values.get("next"))
    return render_template(
        "sessions/sign_in.html",
        login=login,
        wrong=wrong,
        wait_s=wait_s,
        next_path=next_path,
        has_directory=directory.settings() is not None,
    )


def _session() -> ConsoleSession:
    return cast(ConsoleSession, session._get_current_object())  # type: ignore[attr-defined]
