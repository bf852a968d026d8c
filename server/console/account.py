"""One's own account: sessions, second factor, password."""

from __future__ import annotations

from flask import Blueprint, flash, g, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from server.console import step_up
from server.console.access import absent, signed_in, user
from server.services import clock, sessions, tries, users
from server.services.people import organisation, second_factor

blueprint = Blueprint("account", __name__, url_prefix="/account")


@blueprint.get("")
@signed_in
def show() -> str:
    return _page([])


@blueprint.post("/password")
@signed_in
def change_password() -> Response:
    """Set a new password for who gives the old one; all other sessions of the person end."""
    old, new = request.form.get("old_password", "")[:4096], request.form.get("new_password", "")[:4096]
    address, now = request.remote_addr or "", clock.now_ms()
    wrong = []
    if tries.wait_ms(user().login, address, now) or users.check_password(user().login, old) is None:
        tries.note_wrong(user().login, address, now)
        wrong.append(_("This is not your present password."))
    if len(new) < users.PASSWORD_LEAST:
        wrong.append(_("A password has at least %(least)s characters.", least=users.PASSWORD_LEAST))
    if wrong:
        return make_response(_page(wrong), 422)
    users.set_password(user().id, new)
    sessions.end_others(user().id, _own())
    flash(_("Your password was changed, and your other sessions have ended."), "done")
    return redirect(url_for("account.show"), 303)


@blueprint.post("/sessions/<handle>/end")
@signed_in
def end_session(handle: str) -> Response:
    """End one of one's own sessions, wherever it is."""
    if not sessions.end_one(user().id, handle, user().id):
        absent()
    flash(_("The session has ended."), "done")
    return redirect(url_for("account.show"), 303)


@blueprint.post("/sessions/end-others")
@signed_in
def end_others() -> Response:
    """End all of one's sessions but this one."""
    sessions.end_others(user().id, _own())
    flash(_("Your other sessions have ended."), "done")
    return redirect(url_for("account.show"), 303)


def _own() -> str:
    held = session._get_current_object().held  # type: ignore[attr-defined]
    assert held is not None
    return str(held.id_hash)


def _page(wrong: list[str]) -> str:
    return render_template(
        "account/show.html",
        person=g.user,
        place=organisation.place_of(user().id),
        sessions=sessions.of_user(user().id, clock.now_ms()),
        own=sessions.handle_of(_own()),
        has_factor=second_factor.is_set(user().id),
        codes_left=second_factor.codes_left(user().id),
        code_name=step_up.CODE,
        wrong=wrong,
        now=clock.now_ms(),
    )
