"""The second factor: setting it up with a QR code, giving a code, recovery codes."""

from __future__ import annotations

import segno
from flask import Blueprint, flash, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response

from server.console import step_up
from server.console.access import own_path, signed_in, user
from server.services.people import second_factor

blueprint = Blueprint("second_factor", __name__, url_prefix="/second-factor")

_CODE_LIMIT = 60
_OFFERED = "offered_second_factor"


@blueprint.get("")
@signed_in
def ask() -> Response | str:
    """Ask for a code, and go on to `next`."""
    next_path = own_path(request.args.get("next"))
    if not second_factor.is_set(user().id):
        return redirect(url_for("second_factor.set_up", next=next_path))
    return _ask(next_path)


@blueprint.post("")
@signed_in
def answer() -> Response:
    """Take a code. A wrong one is asked for again, and slows the next one down."""
    next_path = own_path(request.form.get("next"))
    if step_up.prove(request.form.get(step_up.CODE, "")):
        return redirect(next_path, 303)
    return make_response(_ask(next_path, wrong=True), 403)


@blueprint.get("/set-up")
@signed_in
def set_up() -> Response | str:
    """Show the secret as a QR code and in letters, until its first code is given."""
    next_path = own_path(request.args.get("next"))
    if second_factor.is_set(user().id):
        return redirect(url_for("second_factor.ask", next=next_path))
    return _set_up(next_path)


@blueprint.post("/set-up")
@signed_in
def confirm() -> Response:
    """Take the first code, and show the recovery codes once."""
    next_path = own_path(request.form.get("next"))
    if second_factor.is_set(user().id):
        return redirect(url_for("second_factor.ask", next=next_path), 303)
    offered, code = session.get(_OFFERED), request.form.get(step_up.CODE, "")[:_CODE_LIMIT]
    codes = second_factor.confirm(user().id, offered, code, request.remote_addr or "") if offered else None
    if codes is None:
        return make_response(_set_up(next_path, wrong=True), 403)
    session.pop(_OFFERED, None)
    step_up.note_proved()
    return make_response(render_template("second_factor/codes.html", codes=codes, next_path=next_path))


@blueprint.post("/codes")
@signed_in
def renew() -> Response:
    """New recovery codes for who gives a code of the app; the old ones count no more."""
    if not second_factor.is_set(user().id) or not step_up.prove(request.form.get(step_up.CODE, "")):
        flash(_("The code is wrong. Nothing was changed."), "wrong")
        return redirect(url_for("account.show"), 303)
    codes = second_factor.renew_codes(user().id, request.remote_addr or "")
    return make_response(render_template("second_factor/codes.html", codes=codes, next_path=url_for("account.show")))


def _ask(next_path: str, *, wrong: bool = False) -> str:
    return render_template(
        "second_factor/ask.html",
        action=url_for("second_factor.answer"),
        kept=[],
        lost=False,
        wrong=wrong,
        wait_s=_wait_s(),
        code_name=step_up.CODE,
        next_path=next_path,
    )


def _set_up(next_path: str, *, wrong: bool = False) -> str:
    offer = second_factor.offer(user().id, user().login, session.get(_OFFERED))
    session[_OFFERED] = offer.sealed
    picture = segno.make(offer.address, error="m", micro=False).svg_inline(omitsize=True, border=0, dark="#000")
    return render_template(
        "second_factor/set_up.html",
        picture=Markup(picture),  # noqa: S704 - drawn by the library, from letters and digits of ours
        secret=" ".join(offer.secret[n : n + 4] for n in range(0, len(offer.secret), 4)),
        address=offer.address,
        wrong=wrong,
        wait_s=_wait_s(),
        code_name=step_up.CODE,
        next_path=next_path,
    )


def _wait_s() -> int:
    return -(-second_factor.wait_ms(user().id, request.remote_addr or "") // 1000)
