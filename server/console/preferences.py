"""What a person sets for himself: the language of the pages."""

from __future__ import annotations

from flask import Blueprint, g, redirect, request, session
from werkzeug.wrappers import Response

from server.console.access import open_to_all, own_path
from server.services import users
from sync_protocol.fields import LANGUAGES

blueprint = Blueprint("preferences", __name__)


@blueprint.post("/language")
@open_to_all
def choose_language() -> Response:
    """Use this language from now on; for a signed-in person it stays with the account."""
    wish = request.form.get("language")
    if wish in LANGUAGES:
        session["language"] = wish
        if g.user is not None and g.user.language != wish:
            users.change_user(g.user.id, name=g.user.name, roles=g.user.roles, language=str(wish), active=g.user.active)
    return redirect(own_path(request.form.get("next")), 303)
