"""`roundbook keys`: the server's keys."""

from __future__ import annotations

import click

from roundbook.commands._server import head_office
from server.services import parts
from server.services.backup import rotating

AFTERWARDS = {
    "objects": "the files under the old key are in the folder beside, named .before: delete it when photos show",
    "seal": "the old key stays for files that were carried; take it away after two years",
    "cursor": "each device loads its books anew at its next sync",
    "session": "everybody signs in again",
    "sign": "every device must be enrolled again: `roundbook device invite`; it keeps and offers what it holds",
    "messages": "a gateway that was given an address has to be given the new one (the page of messages names it); reports on what"
    " was sent before are not believed",
    "factor": "people keep their authenticator apps and recovery codes",
    "backup": "give each key holder the new sheet: `roundbook backup sheet`",
}


@click.group(invoke_without_command=True)
@click.pass_context
def command(context: click.Context) -> None:
    """Make the server's keys, if they are not there, and show where they are and the fingerprint that invitations carry."""
    if context.invoked_subcommand is not None:
        return
    with head_office():
        keyring = parts.keyring()
        click.echo(f"folder       {keyring.folder}  (back it up apart from the database)")
        click.echo(f"fingerprint  {keyring.fingerprint}")
        click.echo(f"signs with   {keyring.sign_public}")
        click.echo(f"recipient    {keyring.seal_public}")


@command.command()
@click.argument("name", type=click.Choice(rotating.ROTATED))
@click.confirmation_option(prompt="Is the server stopped, and do you know what follows?")
def rotate(name: str) -> None:
    """Replace the key NAME, with the server stopped. What follows is in docs/operations/backup.md."""
    with head_office():
        try:
            rotating.rotate(name)
        except rotating.CannotRotate as error:
            raise click.ClickException(str(error)) from error
    click.echo(f"{name}: a new key" + (f"; {AFTERWARDS[name]}" if name in AFTERWARDS else ""))
    click.echo("Then archive the server's identity anew: roundbook backup run")
