"""`roundbook backup`: archives, segments, key holders, and the way back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from roundbook.commands import backup_holders, backup_restore
from roundbook.commands._bars import bars
from roundbook.commands._server import head_office
from server.services.backup import memory, runs, segments, watching
from server.services.backup.documents import Untrue
from server.services.backup.holders import HolderError
from server.services.backup.status import CODES, Status, status
from server.storage.archives import ArchiveError


@click.group()
def command() -> None:
    """Make archives that prove themselves, list and check them, restore them."""


command.add_command(backup_holders.group, "key-holder")
command.add_command(backup_restore.restore, "restore")
command.add_command(backup_restore.drill, "drill")


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def list_(as_json: bool) -> None:
    """Say how the backup stands: archives, segments, key holders, the last drill, what is wrong."""
    with head_office():
        found = status()
    if as_json:
        click.echo(json.dumps(_wire(found), ensure_ascii=False))
        return
    click.echo(f"place        {found.place}")
    click.echo(f"signed by    {found.public}  (key holders keep a copy)")
    click.echo(f"segment      {'none' if found.segment is None else f'{found.segment[0]}, {_when(found.segment[1])}'}")
    click.echo(f"drill        {'none' if found.drill is None else _when(found.drill.started_at)}")
    for holder in found.holders:
        proof = (
            "has not proved that he can decrypt" if holder.proved_at is None else f"proved {_when(holder.proved_at)}"
        )
        click.echo(f"key holder   {holder.name}: {proof}")
    for run in found.runs:
        size = "" if run.size_bytes is None else f"{run.size_bytes / 1e6:9.1f} MB {run.photos or 0:7d} photos"
        number = "" if run.number is None else str(run.number)
        click.echo(f"{run.kind:<8} {number:>6}  {_when(run.started_at)}  {run.state:<9} {size} {run.error or ''}")
    for concern in found.concerns:
        click.echo(
            f"{'WRONG' if concern.level == 'wrong' else 'note '}  {CODES[concern.code].format(value=concern.value)}"
        )


@command.command()
@click.option("--full-speed", is_flag=True, help="Do not hold back for devices that sync meanwhile.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object as the last line.")
def run(full_speed: bool, as_json: bool) -> None:
    """Make an archive now: seal, store, read back, restore into a scratch database, compare, sign."""
    with head_office():
        before = runs.estimate()
        if before.database_bytes is not None:
            time = "" if before.seconds is None else f", about {max(1, round(before.seconds / 60))} min"
            size = (before.database_bytes + before.photo_bytes) / 1e6
            click.echo(f"about {size:.0f} MB, {before.photos} new photos{time}", err=True)
        try:
            with bars() as progress:
                done = runs.run(progress, throttled=not full_speed)
        except runs.BackupFailed as error:
            raise click.ClickException(f"no archive was made: {error}") from error
    if as_json:
        click.echo(json.dumps({"number": done.number, "size_bytes": done.size_bytes, "photos": done.photos}))
        return
    click.echo(
        f"archive {done.number}: restored from its stored bytes and equal; {done.size_bytes / 1e6:.1f} MB,"
        f" {done.photos} photos, {done.new_photos} of them new, {done.seconds:.0f} s"
    )
    for sha256 in done.lost_photos:
        click.echo(f"WRONG  photo {sha256} cannot be read on this server and is in no archive")


@command.command()
def seal() -> None:
    """Seal what changed since the last segment, now."""
    with head_office():
        try:
            found = segments.seal()
        except (segments.NeedsArchive, HolderError, ArchiveError, Untrue) as error:
            raise click.ClickException(str(error)) from error
    click.echo("nothing has changed" if found is None else f"segment {found.number}: {found.data['size_bytes']} bytes")


@command.command()
@click.option("--full-speed", is_flag=True, help="Do not hold back for devices that sync meanwhile.")
def verify(full_speed: bool) -> None:
    """Read everything in the store and compare it with what was signed. Nothing is repaired, nothing deleted."""
    with head_office(), bars() as progress:
        try:
            found = watching.look_through(progress, throttled=not full_speed)
        except ArchiveError as error:
            raise click.ClickException(str(error)) from error
    click.echo(f"{found.archives} archives, {found.segments} segments, {found.packs} packs, {found.bytes / 1e6:.1f} MB")
    for problem in found.problems:
        click.echo(f"WRONG  {problem}")
    if found.problems:
        raise click.exceptions.Exit(1)


@command.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
def sheet(file: Path | None) -> None:
    """Write the sheet that each key holder keeps beside his key: where the archives lie, and which key signs them."""
    with head_office() as app:
        config = app.extensions["roundbook"]
        text = (
            f"Roundbook, recovery of {config.company}\n\n"
            f"Archives lie in     {config.backup.place}\n"
            f"They are signed by  {memory.public()}\n\n"
            "On a fresh machine, with your key in key.txt:\n\n"
            f"  roundbook backup restore --from {config.backup.place} \\\n"
            f"      --signed-by {memory.public()} --identity key.txt\n"
        )
    if file is None:
        click.echo(text, nl=False)
    else:
        file.write_text(text)


def _when(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _wire(found: Status) -> dict[str, Any]:
    return {
        "level": found.level,
        "concerns": [{"code": c.code, "level": c.level, "value": c.value} for c in found.concerns],
        "archive": None if found.archive is None else found.archive.number,
        "segment": None if found.segment is None else found.segment[0],
        "drill_at": None if found.drill is None else found.drill.started_at,
        "holders": [{"name": h.name, "recipient": h.recipient, "proved_at": h.proved_at} for h in found.holders],
        "runs": [{"kind": r.kind, "number": r.number, "state": r.state, "at": r.started_at} for r in found.runs],
        "place": found.place,
        "signed_by": found.public,
    }
