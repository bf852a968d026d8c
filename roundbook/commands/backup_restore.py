"""`roundbook backup restore` and `drill`: on a fresh machine, with a key holder's key."""

from __future__ import annotations

import dataclasses
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import click

from roundbook import recovery as restoring
from roundbook.commands._bars import bars
from roundbook.commands._server import head_office
from server.config import Config, ConfigError
from server.services import clock, users
from server.services.backup import drills, memory, recovery
from server.services.backup.documents import Untrue
from server.storage.archives import ArchiveError, ArchiveStore, NoSuchFile, store_of
from sync_protocol import age

IDENTITY = click.option(
    "--identity",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The key of a key holder, as `age-keygen` wrote it.",
)


@click.command()
@click.option("--from", "place", help="Where the archives lie; ROUNDBOOK_BACKUPS, if left out.")
@click.option("--signed-by", required=True, metavar="KEY", help="The public backup key, from a key holder's sheet.")
@IDENTITY
@click.option("--archive", "number", type=int, help="Which archive; the newest, if left out.")
@click.option("--until-segment", type=int, help="Replay segments up to this one only.")
@click.option("--accept-old", is_flag=True, help="Take the newest archive although it is older than 8 days.")
@click.option("--new-identity", is_flag=True, help="The archived keys of the server cannot be had: make new ones.")
@click.option("--preview", is_flag=True, help="Say what it would do, and do nothing.")
def restore(
    place: str | None,
    signed_by: str,
    identity: Path | None,
    number: int | None,
    until_segment: int | None,
    accept_old: bool,
    new_identity: bool,
    preview: bool,
) -> None:
    """Make this machine the server again: identity, database, segments, photos; then a new epoch begins.

    ROUNDBOOK_HOME must be empty; with DATABASE_URL the database of PostgreSQL that it names. Broken off, it is begun again.
    Devices that are ahead of the archive offer by themselves what it never saw.
    """
    config = _config()
    store = store_of(place or config.backup.place)
    try:
        now = None if accept_old else clock.now_ms()
        chosen = recovery.plan(store, signed_by, number=number, until_segment=until_segment, now=now)
        _say_plan(chosen)
        if preview:
            return
        if identity is None:
            raise click.UsageError("--identity names the key of a key holder")
        with bars() as progress:
            found = restoring.recover(
                config,
                store,
                signed_by,
                [_key(identity)],
                chosen,
                new_identity=new_identity,
                progress=progress,
                told=click.echo,
            )
    except recovery.TooOld as error:
        raise click.ClickException(f"{error}; ask a key holder for a newer copy, or say --accept-old") from error
    except age.NotForUs as error:
        raise click.ClickException(f"{identity} does not open this archive: it was sealed for others") from error
    except NoSuchFile as error:
        raise click.ClickException(f"{error} is missing in {store.where}") from error
    except (Untrue, ArchiveError, restoring.CannotRestore, ConfigError) as error:
        raise click.ClickException(str(error)) from error
    _say_done(found)


@click.command()
@IDENTITY
@click.option(
    "--record", metavar="CODE", help="The code in drill-code.txt, from an archive that somebody restored elsewhere."
)
def drill(identity: Path | None, record: str | None) -> None:
    """Restore the newest archive into a folder that is thrown away, compare it, and write down the day. Or record a drill that
    was done on another machine, with `age`, `tar` and `sqlite3` or `psql` alone."""
    if (identity is None) == (record is None):
        raise click.UsageError("give --identity, or --record")
    with head_office() as app:
        config: Config = app.extensions["roundbook"]
        store, public = memory.store(), memory.public()
    try:
        code = record or _try(config, store, public, _key(identity)) if identity else record
        with head_office():
            number = drills.record(code or "", users.SYSTEM)
    except (Untrue, ArchiveError, restoring.CannotRestore, drills.NoDrill, age.NotForUs) as error:
        raise click.ClickException(f"the drill does not count: {error}") from error
    click.echo(f"drill on archive {number}: written down")


def _try(config: Config, store: ArchiveStore, public: str, key: bytes) -> str:
    """Restore into a temporary place, whatever the real database is. Returns: the code in the archive."""
    chosen = recovery.plan(store, public, now=clock.now_ms())
    _say_plan(chosen)
    with tempfile.TemporaryDirectory(prefix="roundbook-drill-") as folder, bars() as progress:
        home = Path(folder)
        there = dataclasses.replace(
            config,
            home=home,
            database_url=f"sqlite:///{home / 'roundbook.db'}",
            objects=home / "objects",
            database_key=None,
        )
        found = restoring.recover(there, store, public, [key], chosen, progress=progress)
    _say_done(found)
    return found.drill_code


def _config() -> Config:
    try:
        return Config.from_environment(os.environ)
    except ConfigError as error:
        raise click.ClickException(str(error)) from error


def _key(path: Path) -> bytes:
    try:
        return age.identity_of(path.read_text())
    except (ValueError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{path} holds no key of age: {error}") from error


def _say_plan(chosen: recovery.Plan) -> None:
    size = chosen.archive.data["size_bytes"] + sum(d.data["size_bytes"] for d in (*chosen.segments, *chosen.packs))
    click.echo(
        f"archive {chosen.archive.number} of {_when(chosen.archive.said['made_at'])}, {len(chosen.segments)} segments"
        f" up to {_when(chosen.made_at)}, {len(chosen.packs)} packs of photos, {size / 1e6:.1f} MB"
    )


def _say_done(found: restoring.Recovered) -> None:
    again = found.again
    click.echo(f"{found.rows} rows, {found.segments} segments, {found.photos} photos; up to {_when(found.made_at)}")
    if found.photos_asked:
        click.echo(f"{found.photos_asked} photos are in no archive: devices that still have them are asked")
    click.echo(f"keys: {', '.join(found.keys) or 'new ones: every device must be enrolled again'}")
    click.echo(
        f"done again from the control journal: {again.devices} devices, {again.users} people, {again.hand_overs} hand-overs,"
        f" {again.erased} erasures, {again.opt_outs} opt-outs; {again.impossible} could not be"
    )
    click.echo(f"epoch {found.epoch} begins. Start the server, and make an archive: roundbook backup run")


def _when(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
