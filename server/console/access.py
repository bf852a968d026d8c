"""Who may open which page: `needs` on every view, and the scope of the reader.

What lies outside a reader's scope is answered like what does not exist. A view without `needs` or `open_to_all` does not
start the app.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn, TypeVar, cast

from flask import Flask, abort, g, redirect, request, session, url_for
from werkzeug.wrappers import Response

from server.console import step_up
from server.console.session import ConsoleSession
from server.services import books
from server.services.users import User
from sync_protocol.acts import STEP_UP, may

View = TypeVar("View", bound=Callable[..., Any])

ACT = "roundbook_act"
SECOND_FACTOR = "roundbook_second_factor"
SIGNED_IN = "sign in"  # everybody who is signed in; what he sees is a matter of his scope
EVERYBODY = ""

_log = logging.getLogger("roundbook.access")
_OWN_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")


def load_user() -> None:
    """Put the signed-in person, if any, into `g.user`."""
    current: object = session._get_current_object()  # type: ignore[attr-defined]
    g.user = current.user if isinstance(current, ConsoleSession) else None


def needs(act: str, *, second_factor: bool | None = None) -> Callable[[View], View]:
    """Only who is signed in, and whose roles allow this act (docs/rights.md).

    Args: second_factor: whether it must have been given within the last quarter of an hour; None: as the act says (`STEP_UP`).
    """
    asks = act in STEP_UP if second_factor is None else second_factor

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if g.user is None:
                return _to_the_door()
            if act != SIGNED_IN and not may(g.user.roles, act):
                refused(act)
            challenge = step_up.challenge() if asks else None
            return challenge if challenge is not None else view(*args, **kwargs)

        setattr(guarded, ACT, act)
        setattr(guarded, SECOND_FACTOR, asks)
        return cast(View, guarded)

    return decorate


signed_in = needs(SIGNED_IN)


def refused(act: str) -> NoReturn:
    """Not with these roles: noted for the operator, and nothing else happens."""
    _log.warning("refused act=%s user=%s endpoint=%s", act, g.user.id, request.endpoint)
    abort(403)


def open_to_all(view: View) -> View:
    """A page that needs no sign-in."""
    setattr(view, ACT, EVERYBODY)
    return view


def user() -> User:
    """The person whose request this is; only behind `needs`."""
    found: User = g.user
    return found


def can(act: str) -> bool:
    """Whether the roles of the person at the page allow an act: what he may not do is not offered."""
    return g.user is not None and may(g.user.roles, act)


def scope() -> frozenset[str]:
    """The books that the person at the page may read."""
    if "scope" not in g:
        g.scope = books.readable_books(user())
    found: frozenset[str] = g.scope
    return found


def absent() -> NoReturn:
    """Not there, or not for this reader: nobody can tell which."""
    abort(404)


def own_path(wish: str | None) -> str:
    """A path of this server to go on to, else the inbox: no way to lead a person elsewhere."""
    return wish if wish and len(wish) <= 2000 and _OWN_PATH.fullmatch(wish) else url_for("inbox.show")


def _to_the_door() -> Response:
    if request.method == "GET":
        return redirect(url_for("sessions.sign_in", next=request.full_path.rstrip("?")))
    return redirect(url_for("sessions.sign_in"))


def check_all_guarded(app: Flask, blueprints: set[str]) -> None:
    """Every view of these blueprints says who may open it. Raises: AssertionError."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint.partition(".")[0] in blueprints:
            assert hasattr(app.view_functions[rule.endpoint], ACT), f"{rule.endpoint} does not say who may open it"
