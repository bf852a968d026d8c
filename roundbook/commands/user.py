"""`roundbook user`: people."""

from __future__ import annotations

import json

import click

from roundbook.commands._server import head_office
from roundbook.commands._words import unsent_lines
from server.services import books, leaving, sessions, users
from server.services.people import second_factor
from sync_protocol.acts import ROLES
from sync_protocol.fields import LANGUAGES


@click.group()
def command() -> None:
    """Add people, list them, set their roles and passwords."""


@command.command()
@click.argument("login")
@click.option("--name", required=True, help="The name that others see.")
@click.option("--role", "roles", multiple=True, type=click.Choice(list(ROLES)), help="May be given several times.")
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True)
@click.option("--password", help="Asked for when it is left out.")
@click.option("--no-password", is_flag=True, help="For somebody who never signs in to the console.")
def add(login: str, name: str, roles: tuple[str, ...], language: str, password: str | None, no_password: bool) -> None:
    """Add a person."""
    if password is None and not no_password:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    with head_office():
        click.echo(users.create_user(login, name, roles, password, language))


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON array.")
def list_(as_json: bool) -> None:
    """List everybody."""
    with head_office():
        found = users.all_users()
    if as_json:
        rows = [{"id": u.id, "login": u.login, "name": u.name, "roles": u.roles, "active": u.active} for u in found]
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for user in found:
        click.echo(f"{user.login:<16} {user.name:<24} {'' if user.active else 'disabled  '}{', '.join(user.roles)}")


def _required(login: str) -> users.User:
    user = users.by_login(login)
    if user is None:
        raise click.ClickException(f"there is no user {login}; `roundbook user list` shows who there is")
    return user


@command.command()
@click.argument("login")
@click.option("--password", help="Asked for when it is left out.")
def password(login: str, password: str | None) -> None:
    """Give a new password."""
    with head_office():
        user = _required(login)
        users.set_password(user.id, password or click.prompt("Password", hide_input=True, confirmation_prompt=True))
        click.echo(f"{user.login} has a new password")


@command.command()
@click.argument("login")
@click.option("--role", "roles", multiple=True, type=click.Choice(list(ROLES)))
def roles(login: str, roles: tuple[str, ...]) -> None:
    """Set a person's roles: exactly those named."""
    with head_office():
        user = _required(login)
        users.change_user(user.id, name=user.name, roles=roles, language=user.language, active=user.active)
        click.echo(f"{user.login}: {', '.join(roles) or 'no role'}")


@command.command("reset-second-factor")
@click.argument("login")
def reset_second_factor(login: str) -> None:
    """Take the second factor from somebody who lost it, such as the only administrator; sessions end."""
    with head_office():
        user = _required(login)
        second_factor.reset(user.id, users.SYSTEM)
        sessions.end_all(user.id)
        click.echo(f"{user.login} sets up a new second factor at the next need")


@command.command()
@click.argument("login")
@click.option("--off/--on", "off", default=True, help="--on lets the person in again.")
def disable(login: str, off: bool) -> None:
    """Disable a person who leaves: no sign-in any more, and devices receive nothing."""
    with head_office():
        user = _required(login)
        users.change_user(user.id, name=user.name, roles=user.roles, language=user.language, active=not off)
        click.echo(f"{user.login} is {'disabled' if off else 'active'}")


@command.command()
@click.argument("login")
@click.option("--vacate", is_flag=True, help="Leave the person's seats vacant too; what he stood in for goes back.")
@click.option("--preview", is_flag=True, help="Say what it would do, and do nothing.")
def dismiss(login: str, vacate: bool, preview: bool) -> None:
    """Dismiss a person: sessions and invitations end at once, devices receive nothing, and what they still send is put aside."""
    with head_office():
        user = _required(login)
        done = leaving.preview_dismissal(user.id) if preview else leaving.dismiss(user.id, users.SYSTEM, vacate=vacate)
        names = {book.id: book.name for book in books.books()}
    would = "would be" if preview else "is"
    click.echo(f"{user.login} {would} dismissed; {done.sessions} sessions and {done.invitations} invitations end")
    for book, seat in done.seats:
        click.echo(f"{names.get(book, book)}: {seat} {'is given up' if vacate else 'stays in this name: hand it over'}")
    for line in unsent_lines(done.unsent, {user.id: user.login}):
        click.echo(line)
