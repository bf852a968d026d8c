"""The session behind `flask.session`: of a signed-in person on the server, of a visitor in a signed cookie.

A visitor writes nothing into the database, so that a crowd at the door costs nothing. Signing in always begins a new session
with a new id (`enter`); signing out ends it there and then (`leave`).
"""

from __future__ import annotations

from typing import Any

from flask import Flask, Request, Response, request
from flask.sessions import SessionInterface, SessionMixin
from itsdangerous import BadSignature, URLSafeTimedSerializer

from server.services import clock, sessions
from server.services.people import second_factor
from server.services.sessions import Held
from server.services.users import User

COOKIE = "roundbook"
VISITOR_S = 2 * 3600
_COOKIE_LIMIT = 3000


class ConsoleSession(dict[str, Any], SessionMixin):
    """What `flask.session` is on the console."""

    def __init__(self, data: dict[str, Any], held: Held | None = None) -> None:
        super().__init__(data)
        self.held = held
        self.before = dict(data)
        self.entering: str | None = None
        self.leaving = False
        self.proved_at = held.proved_at if held else None
        self.goes_on = False

    @property
    def user(self) -> User | None:
        """Who is signed in."""
        return self.held.user if self.held and not self.leaving else None

    def is_proved(self, now: int) -> bool:
        """Whether a second factor was given, and not long ago."""
        return self.proved_at is not None and now - self.proved_at < second_factor.HOLDS_MS

    def prove(self, now: int) -> None:
        """Note that a second factor was given. The session goes on under a new id, with what it holds."""
        assert self.held is not None
        self.proved_at, self.entering, self.goes_on = now, self.held.user.id, True

    def enter(self, user_id: str) -> None:
        """Sign in: nothing of the visitor's session stays but the language."""
        self.proved_at, self.goes_on = None, False
        language = self.get("language")
        self.clear()
        if language:
            self["language"] = language
        self.entering = user_id

    def leave(self) -> None:
        """Sign out."""
        language = self.get("language")
        self.entering = None
        self.clear()
        if language:
            self["language"] = language
        self.leaving = True


class ConsoleSessions(SessionInterface):
    """Opens and saves sessions. A request without our cookie touches no database."""

    def open_session(self, app: Flask, request: Request) -> ConsoleSession:
        kind, _, value = request.cookies.get(COOKIE, "").partition(".")
        if kind == "s":
            held = sessions.find(value, clock.now_ms())
            return ConsoleSession(held.data, held) if held else ConsoleSession({})
        if kind == "v" and len(value) <= _COOKIE_LIMIT:
            try:
                data = _visitors(app).loads(value, max_age=VISITOR_S)
            except BadSignature:
                data = {}
            return ConsoleSession(data if isinstance(data, dict) else {})
        return ConsoleSession({})

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        assert isinstance(session, ConsoleSession)
        now = clock.now_ms()
        held = session.held
        ended = sessions.end(held.id_hash) if held and (session.leaving or session.entering) else False
        if session.entering and (ended or not session.goes_on):  # what was ended meanwhile does not go on
            former = held if session.goes_on else None
            token = sessions.begin(
                session.entering,
                session,
                now,
                started_at=former.started_at if former else None,
                proved_at=session.proved_at,
                address=request.remote_addr or "",
                agent=request.user_agent.string,
            )
            _set(app, response, f"s.{token}")
        elif held and not session.leaving:
            if session != session.before or now - held.seen_at >= sessions.SEEN_EVERY_MS:
                sessions.keep(held.id_hash, session, now)
            response.vary.add("Cookie")
        elif session:
            if session != session.before:
                _set(app, response, "v." + str(_visitors(app).dumps(dict(session))))
        elif session.leaving or session.before:
            response.delete_cookie(COOKIE, path="/")


def _visitors(app: Flask) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(app.config["SECRET_KEY"], salt="roundbook visitor")


def _set(app: Flask, response: Response, value: str) -> None:
    secure = app.extensions["roundbook"].url.startswith("https:")
    response.set_cookie(COOKIE, value, httponly=True, samesite="Lax", secure=secure, path="/")
    response.vary.add("Cookie")
