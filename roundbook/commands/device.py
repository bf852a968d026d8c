"""`roundbook device`: devices and their invitations."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import click
import segno

from roundbook.commands._server import head_office
from server.services import enrolment, users


@click.group()
def command() -> None:
    """Enrol devices, list them, retire them or report them lost."""


@command.command()
@click.argument("login")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def invite(login: str, as_json: bool) -> None:
    """Invite one device of the user LOGIN: a code for 24 hours, as QR code and as text."""
    with head_office():
        user = users.by_login(login)
        if user is None:
            raise click.ClickException(f"there is no user {login}; `roundbook user list` shows who there is")
        invitation = enrolment.invite(user.id, users.SYSTEM)
    if as_json:
        click.echo(
            json.dumps({"invitation": invitation.text, "code": invitation.code, "expires_at": invitation.expires_at})
        )
        return
    segno.make(invitation.text, error="m").terminal(compact=True)
    click.echo(invitation.text)


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON array.")
def list_(as_json: bool) -> None:
    """List the devices: whose, last sync, and what they still hold."""
    with head_office():
        found = enrolment.devices()
        names = {user.id: user.login for user in users.all_users()}
    if as_json:
        shown = ("id", "name", "platform", "app", "state", "seen_at", "held_sets", "held_photos", "held_since")
        click.echo(
            json.dumps(
                [{**{name: row[name] for name in shown}, "user": names.get(row["user_id"])} for row in found],
                ensure_ascii=False,
            )
        )
        return
    for row in found:
        seen = (
            datetime.fromtimestamp(row["seen_at"] / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
            if row["seen_at"]
            else "never"
        )
        click.echo(
            f"{row['id']}  {names.get(row['user_id'], '?'):<12} {row['state']:<8} last sync {seen}, "
            f"holds {row['held_sets']} change sets and {row['held_photos']} photos"
        )


def _revoke(device_id: str, state: str) -> None:
    with head_office():
        if not enrolment.revoke(device_id, state, users.SYSTEM):
            raise click.ClickException(f"there is no device {device_id}; `roundbook device list` shows which there are")
        click.echo(f"{device_id} is {state}")


@command.command()
@click.argument("device_id")
def retire(device_id: str) -> None:
    """Retire a device: it sends what it has, and receives nothing more."""
    _revoke(device_id, "retired")


@command.command()
@click.argument("device_id")
def lost(device_id: str) -> None:
    """Report a device lost: what it sends goes to quarantine, and it wipes itself."""
    _revoke(device_id, "lost")
