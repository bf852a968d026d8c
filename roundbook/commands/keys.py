"""`roundbook keys`: the server's keys."""

from __future__ import annotations

import click

from roundbook.commands._server import head_office
from server.services import parts


@click.command()
def command() -> None:
    """Make the server's keys, if they are not there, and show where they are and the fingerprint that invitations carry."""
    with head_office():
        keyring = parts.keyring()
        click.echo(f"folder       {keyring.folder}  (back it up apart from the database)")
        click.echo(f"fingerprint  {keyring.fingerprint}")
        click.echo(f"signs with   {keyring.sign_public}")
        click.echo(f"recipient    {keyring.seal_public}")
