"""People: who may sign in, with which roles, in which language."""

from __future__ import annotations

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from server.console.access import absent, needs, user
from server.console.language import NAMES
from server.services import clock, sessions, users
from server.services.people import directory, organisation, second_factor, security_log
from sync_protocol.acts import ROLES

blueprint = Blueprint("users", __name__, url_prefix="/people")


@blueprint.get("")
@needs("administer")
def index() -> str:
    return render_template(
        "users/index.html",
        people=users.all_users(),
        standing=organisation.places(),
        with_factor=second_factor.who_has_one(),
    )


@blueprint.get("/log")
@needs("administer")
def log() -> str:
    """What happened to accounts, the newest first."""
    return render_template("users/log.html", events=security_log.latest(200))


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
                person.id,
                name=form["name"],
                roles=roles,
                language=form.get("language", "en"),
                active=active,
                by=user().id,
            )
            if password:
                users.set_password(person.id, password, by=user().id)
        except users.UserError:
            wrong.append(_("Nothing was changed: the values do not fit."))
    if wrong:
        return _again({**form.to_dict(), "roles": roles, "active": active}, wrong, person)
    if (password and person.id != user().id) or not active:
        sessions.end_all(person.id)
    flash(_("%(name)s was changed.", name=form["name"].strip()), "done")
    return redirect(url_for("users.index"), 303)


@blueprint.post("/<user_id>/place")
@needs("administer")
def place(user_id: str) -> AnyResponse:
    """Say where in the organisation a person stands."""
    person, form = _person(user_id), request.form
    unit, leads = form.get("unit") or None, form.get("leads") == "yes"
    try:
        organisation.place(
            person.id, unit, form.get("position", ""), form.get("level", "operation"), leads=leads, by=user().id
        )
    except organisation.OrganisationError:
        flash(_("Nothing was changed: the values do not fit."), "wrong")
    else:
        flash(_("%(name)s was changed.", name=person.name), "done")
    return redirect(url_for("users.show", user_id=person.id), 303)


@blueprint.post("/<user_id>/sessions/<handle>/end")
@needs("administer")
def end_session(user_id: str, handle: str) -> AnyResponse:
    """End a session of somebody else, wherever he is signed in."""
    person = _person(user_id)
    if not sessions.end_one(person.id, handle, user().id):
        absent()
    flash(_("The session has ended."), "done")
    return redirect(url_for("users.show", user_id=person.id), 303)


@blueprint.post("/<user_id>/second-factor/reset")
@needs("administer")
def reset_second_factor(user_id: str) -> AnyResponse:
    """Take the second factor from somebody who lost it, and end his sessions. One's own is not reset by oneself."""
    person = _person(user_id)
    if person.id == user().id:
        flash(_("Another administrator resets yours; or the operator, by command."), "wrong")
        return redirect(url_for("users.show", user_id=person.id), 303)
    second_factor.reset(person.id, user().id, request.remote_addr or "")
    sessions.end_all(person.id)
    flash(_("%(name)s sets up a new second factor at the next need.", name=person.name), "done")
    return redirect(url_for("users.show", user_id=person.id), 303)


@blueprint.post("/<user_id>/directory")
@needs("administer")
def link(user_id: str) -> AnyResponse:
    """Link a person to an account of the company's directory, or, left empty, to none."""
    person, subject = _person(user_id), request.form.get("subject", "").strip()
    if len(subject) > directory.SUBJECT_MOST or not subject.isprintable():
        flash(_("Nothing was changed: the values do not fit."), "wrong")
    else:
        directory.link(person.id, subject or None, user().id)
        flash(_("%(name)s was changed.", name=person.name), "done")
    return redirect(url_for("users.show", user_id=person.id), 303)


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
    known = {} if person is None else _known_of(person)
    return render_template(
        "users/form.html", values=values, wrong=wrong, person=person, roles=list(ROLES), languages=NAMES, **known
    )


def _known_of(person: users.User) -> dict[str, object]:
    """What the page of a person shows beside the form."""
    return {
        "sessions": sessions.of_user(person.id, clock.now_ms()),
        "now": clock.now_ms(),
        "has_factor": second_factor.is_set(person.id),
        "place": organisation.place_of(person.id),
        "units": organisation.tree(),
        "levels": organisation.LEVELS,
        "events": security_log.latest(20, person.id),
        "subject": directory.subject_of(person.id),
        "has_directory": directory.settings() is not None,
    }


def _again(values: dict[str, object], wrong: list[str], person: users.User | None = None) -> Response:
    return make_response(_form(values, wrong, person), 422)
