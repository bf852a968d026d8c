"""What commands of head office share: an app, and errors that say what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import Flask

from server.app import create_app
from server.config import Config, ConfigError
from server.services.books import BookError
from server.services.prepare import prepare
from server.services.users import UserError


@contextmanager
def head_office() -> Iterator[Flask]:
    """An app context with tables of this version. What the environment or the caller got wrong ends the command with one line."""
    try:
        app = create_app(Config.from_environment())
        with app.app_context():
            prepare()
            yield app
    except (ConfigError, UserError, BookError) as error:
        raise click.ClickException(str(error)) from error
