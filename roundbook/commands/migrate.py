"""`roundbook migrate`: the tables of this version."""

from __future__ import annotations

import click

from server.app import create_app
from server.config import Config, ConfigError
from server.services.backup import unfinished
from server.services.prepare import prepare


@click.command()
def command() -> None:
    """Bring the database to this version's tables. Every command of head office does so at its start."""
    try:
        config = Config.from_environment()
        unfinished.refuse_early(config)
        with create_app(config).app_context():
            done = prepare()
    except ConfigError as error:
        raise click.ClickException(str(error)) from error
    for line in done or ["nothing to do"]:
        click.echo(line)
