"""What commands of head office share: an app, and errors that say what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import Flask

from server.app import create_app
from server.config import Config, ConfigError
from server.services.backup import unfinished
from server.services.books import BookError
from server.services.prepare import prepare
from server.services.users import UserError


@contextmanager
def head_office() -> Iterator[Flask]:
    """An app context with tables of this version. What the environment or the caller got wrong ends the command with one line."""
    try:
        config = Config.from_environment()
        unfinished.refuse_early(config)
        app = create_app(config)
        with app.app_context():
            prepare()
            yield app
    except (ConfigError, UserError, BookError) as error:
        raise click.ClickException(str(error)) from error
