"""The second factor in the way of an act: a page that asks for a code, and then goes on with what was asked for.

A page is asked for again after the code. A form is kept in the challenge and sent once more with the code, so that nothing has
to be typed twice; passwords and files are not kept, and the challenge says so.
"""

from __future__ import annotations

from flask import current_app, g, make_response, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from server.console.session import ConsoleSession
from server.services import clock
from server.services.people import second_factor

CODE = "second_factor_code"
_OWN = (CODE, "csrf_token")
_CODE_LIMIT = 60
_KEPT_LIMIT = 200_000


def challenge() -> Response | None:
    """What stands between the person and the page; None: nothing, a code was given just now or not long ago."""
    if _session().is_proved(clock.now_ms()):
        return None
    if not second_factor.is_set(g.user.id):
        return redirect(url_for("second_factor.set_up", next=_way_back()), 302 if request.method == "GET" else 303)
    if request.method != "POST":
        return redirect(url_for("second_factor.ask", next=request.full_path.rstrip("?")))
    code = request.form.get(CODE)
    if code is not None and prove(code):
        return None
    return make_response(_page(wrong=code is not None), 403)


def prove(code: str) -> bool:
    """Take a code; a right one counts for this session from now on."""
    right = second_factor.check(g.user.id, code[:_CODE_LIMIT], request.remote_addr or "")
    if right:
        note_proved()
    return right


def note_proved() -> None:
    """This session's person has just given a second factor."""
    _session().prove(clock.now_ms())


def _session() -> ConsoleSession:
    current = session._get_current_object()  # type: ignore[attr-defined]
    assert isinstance(current, ConsoleSession)
    return current


def _way_back() -> str:
    """The page to come back to: this one, or the one with the form, if it has the same address."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    adapter = current_app.url_map.bind("")
    return request.path if adapter.test(request.path, method="GET") else url_for("inbox.show")


def _page(*, wrong: bool) -> str:
    kept = [(name, value) for name, value in request.form.items(multi=True) if name not in _OWN]
    whole = not request.files and not any("password" in name for name, _ in kept)
    fits = sum(len(name) + len(value) for name, value in kept) <= _KEPT_LIMIT
    return render_template(
        "second_factor/ask.html",
        action=request.full_path.rstrip("?"),
        kept=kept if whole and fits else [],
        lost=not (whole and fits),
        wrong=wrong,
        wait_s=-(-second_factor.wait_ms(g.user.id, request.remote_addr or "") // 1000),
        code_name=CODE,
        next_path="",
    )
