"""`roundbook envelope`: files that devices send by hand."""

from __future__ import annotations

import json
from pathlib import Path

import click

from roundbook.commands._server import head_office
from server.services import envelopes, users
from sync_protocol.age import NotAnAgeFile
from sync_protocol.envelope import NotAnEnvelope
from sync_protocol.problems import Problem

_READ_BYTES = 64 * 1024


@click.group()
def command() -> None:
    """Take in files that were carried by hand, and answer them."""


@command.command("open")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--answer", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Where to write the answer."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def open_(file: Path, answer: Path, as_json: bool) -> None:
    """Take in FILE, and write the answer that its device takes in. A file may come late and twice."""
    with head_office():
        try:
            with file.open("rb") as source:
                found = envelopes.receive(iter(lambda: source.read(_READ_BYTES), b""))
        except (NotAnAgeFile, NotAnEnvelope) as error:
            raise click.ClickException(f"{file} cannot be opened here: {error}") from error
        except Problem as problem:
            raise click.ClickException(problem.detail) from problem
        draft = answer.with_name(answer.name + ".part")
        with draft.open("wb") as target:
            target.writelines(envelopes.answer_file(found))
        draft.replace(answer)
        user = users.by_id(found.user)
    shown = {
        "device": found.device, "user": user.login if user else None, "whole": found.whole, "problem": found.problem,
        "sets": dict(found.states), "photos": found.photos, "photos_refused": dict(found.photos_refused),
    }  # fmt: skip
    if as_json:
        click.echo(json.dumps(shown, ensure_ascii=False))
        return
    click.echo(f"from {user.name if user else '?'}, device {found.device}")
    click.echo("change sets: " + (", ".join(f"{n} {state}" for state, n in sorted(found.states.items())) or "none"))
    click.echo(f"photos: {found.photos} taken, {sum(found.photos_refused.values())} refused")
    if not found.whole:
        click.echo("The file was cut off. What came before the cut counts; ask for the file again.")
    if found.problem:
        click.echo(f"The file was refused: {found.problem}. The answer tells the device.")
    click.echo(f"answer: {answer}")
