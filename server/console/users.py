"""People: who may sign in, with which roles, in which language."""

from __future__ import annotations

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from server.console.access import absent, needs, user
from server.console.language import NAMES
from server.services import sessions, users
from sync_protocol.acts import ROLES

blueprint = Blueprint("users", __name__, url_prefix="/people")


@blueprint.get("")
@needs("administer")
def index() -> str:
    return render_template("users/index.html", people=users.all_users())


@blueprint.get("/new")
@needs("administer")
def new() -> str:
    return _form({"language": "en"}, [])


@blueprint.post("/new")
@needs("administer")
def create() -> AnyResponse:
    form = request.form
    roles = [role for role in ROLES if role in form.getlist("roles")]
    wrong = _wrong(form.get("name", ""), form.get("password") or None)
    if not wrong:
        try:
            users.create_user(
                form.get("login", ""), form["name"], roles, form.get("password") or None, form.get("language", "en")
            )
        except users.UserError:
            wrong = [
                _("The login is taken, or holds more than 40 characters or others than a-z, digits, dots and dashes.")
            ]
    if wrong:
        return _again({**form.to_dict(), "roles": roles}, wrong)
    flash(_("%(name)s is there.", name=form["name"].strip()), "done")
    return redirect(url_for("users.index"), 303)


@blueprint.get("/<user_id>")
@needs("administer")
def show(user_id: str) -> str:
    person = _person(user_id)
    values = {"name": person.name, "language": person.language, "roles": person.roles, "active": person.active}
    return _form(values, [], person)


@blueprint.post("/<user_id>")
@needs("administer")
def change(user_id: str) -> AnyResponse:
    """Change name, roles, language, state; a new password, or being disabled, ends all sessions of the person."""
    person, form = _person(user_id), request.form
    roles = [role for role in ROLES if role in form.getlist("roles")]
    active = form.get("active") == "yes"
    password = form.get("password") or None
    wrong = _wrong(form.get("name", ""), password)
    if person.id == user().id and (not active or "administrator" not in roles):
        wrong.append(_("You cannot disable yourself or take the administrator's role from yourself."))
    if not wrong:
        try:
            users.change_user(
                person.id, name=form["name"], roles=roles, language=form.get("language", "en"), active=active
            )
            if password:
                users.set_password(person.id, password)
        except users.UserError:
            wrong.append(_("Nothing was changed: the values do not fit."))
    if wrong:
        return _again({**form.to_dict(), "roles": roles, "active": active}, wrong, person)
    if (password and person.id != user().id) or not active:
        sessions.end_all(person.id)
    flash(_("%(name)s was changed.", name=form["name"].strip()), "done")
    return redirect(url_for("users.index"), 303)


def _person(user_id: str) -> users.User:
    person = users.by_id(user_id)
    if person is None or person.id == users.SYSTEM:
        absent()
    return person


def _wrong(name: str, password: str | None) -> list[str]:
    wrong = []
    if not 1 <= len(name.strip()) <= 100 or not name.isprintable():
        wrong.append(_("A name has 1 to 100 characters."))
    if password is not None and len(password) < users.PASSWORD_LEAST:
        wrong.append(_("A password has at least %(least)s characters.", least=users.PASSWORD_LEAST))
    return wrong


def _form(values: dict[str, object], wrong: list[str], person: users.User | None = None) -> str:
    return render_template(
        "users/form.html", values=values, wrong=wrong, person=person, roles=list(ROLES), languages=NAMES
    )


def _again(values: dict[str, object], wrong: list[str], person: users.User | None = None) -> Response:
    return make_response(_form(values, wrong, person), 422)
