"""`roundbook backup key-holder`: who can open the archives, and has shown it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from roundbook.commands._server import head_office
from server.services import users
from server.services.backup import holders
from server.services.backup.holders import HolderError

FILE = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))


@click.group()
def group() -> None:
    """Enrol the people who keep keys, and have them prove that they can decrypt.

    Each makes a key on a machine of his own, `age-keygen -o key.txt`, and gives you its public half alone.
    """


@group.command()
@click.argument("name")
@click.argument("recipient")
@FILE
def add(name: str, recipient: str, file: Path) -> None:
    """Enrol NAME by his public key RECIPIENT (age1…). FILE is the challenge for him: he runs `age -d -i key.txt FILE` and tells
    you the word in it."""
    with _office():
        holder = holders.add(name, recipient, users.SYSTEM)
        file.write_bytes(holders.challenge(holder))
    click.echo(f"{name} is enrolled; archives are sealed for him as soon as he has told the word in {file}:")
    click.echo(f"  roundbook backup key-holder prove {name!r} WORD")


@group.command()
@click.argument("name")
@FILE
def challenge(name: str, file: Path) -> None:
    """Make a new challenge for NAME: every 90 days he shows again that he still has his key."""
    with _office():
        file.write_bytes(holders.challenge(holders.by_id(name).id))
    click.echo(
        f"{file} is for {name}: `age -d -i key.txt {file}`, then `roundbook backup key-holder prove {name!r} WORD`"
    )


@group.command()
@click.argument("name")
@click.argument("word")
def prove(name: str, word: str) -> None:
    """NAME has told the WORD of his challenge."""
    with _office():
        holders.prove(holders.by_id(name).id, word)
    click.echo(f"{name} can decrypt")


@group.command()
@click.argument("name")
def remove(name: str) -> None:
    """Seal nothing for NAME from now on: he left, or his key is lost. The next archive holds all photos anew, for those who stay."""
    with _office():
        holders.remove(holders.by_id(name).id)
        left = sum(holder.proved_at is not None for holder in holders.holders())
    click.echo(f"{name} is a key holder no more")
    if left < holders.LEAST:
        click.echo(
            f"WRONG  {left} are left, and an archive is sealed for at least {holders.LEAST}: enrol another", err=True
        )


@group.command("list")
def list_() -> None:
    """List the key holders and when each last proved that he can decrypt."""
    with _office():
        found = holders.holders()
    for holder in found:
        proof = "not yet" if holder.proved_at is None else datetime.fromtimestamp(holder.proved_at / 1000, UTC).date()
        click.echo(f"{holder.name:<20} {holder.recipient}  proved {proof}")


@contextmanager
def _office() -> Iterator[None]:
    try:
        with head_office():
            yield
    except HolderError as error:
        raise click.ClickException(str(error)) from error
