"""`roundbook serve`: the web process."""

from __future__ import annotations

import gc
import logging

import click
import waitress

from roundbook.commands._server import head_office
from server import logs
from server.services import parts


@click.command()
def command() -> None:
    """Serve the console, the sync and the API on ROUNDBOOK_BIND."""
    logs.to_stderr()
    with head_office() as app:
        config = parts.config()
    _spare_the_collector()
    logging.getLogger("roundbook").info("serving %s on %s:%s", config.url, config.host, config.port)
    waitress.serve(
        app,
        host=config.host,
        port=config.port,
        threads=config.threads,
        ident=None,
        max_request_body_size=app.config["MAX_CONTENT_LENGTH"],
        channel_timeout=120,
    )


def _spare_the_collector() -> None:
    """What was loaded at the start stays: the garbage collector need not look through it again at every batch of records."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
