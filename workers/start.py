"""What worker and scheduler see to before they start, with errors that say what to set."""

from __future__ import annotations

import logging
import time

import redis
from flask import Flask

from server import logs
from server.app import create_app
from server.config import Config, ConfigError
from server.services import parts
from server.services.backup import unfinished
from server.services.bells import connect, without_password
from server.storage import migrating

TABLES_WITHIN_S = 60.0  # when all processes start at once, one of them is making the tables
REDIS_WITHIN_S = 10.0
OLDEST_REDIS = (6, 2)


class NotReady(Exception):
    """The process cannot start here; the message says why and what to do."""


def make_app() -> Flask:
    """The server's parts. Raises: NotReady."""
    try:
        config = Config.from_environment()
        unfinished.refuse_early(config)
        return create_app(config)
    except ConfigError as error:
        raise NotReady(str(error)) from error


def ready_tables(within_s: float = TABLES_WITHIN_S) -> None:
    """See that the database has this version's tables. Needs an app context. Raises: NotReady."""
    give_up_at = time.monotonic() + within_s
    if unfinished.is_marked(parts.config()):
        raise NotReady(unfinished.WORDS)
    while not migrating.is_up_to_date():
        if time.monotonic() > give_up_at:
            raise NotReady("The database does not have this version's tables: run `roundbook migrate`.")
        time.sleep(0.3)


def ready_redis(url: str | None, within_s: float = REDIS_WITHIN_S) -> str:
    """See that a Redis answers that is new enough. Returns: its address. Raises: NotReady."""
    if url is None:
        raise NotReady(
            "REDIS_URL is not set: set it to redis://host:6379/0 or unix:///path/to/redis.sock, "
            "or run `roundbook up`, which brings a Redis of its own."
        )
    shown = without_password(url)
    try:
        version = _version(url, time.monotonic() + within_s)
    except redis.AuthenticationError as error:
        raise NotReady(f"The Redis at {shown} does not accept the password: correct REDIS_URL.") from error
    except redis.RedisError as error:
        raise NotReady(f"No Redis answers at {shown}: start it, or correct REDIS_URL.") from error
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_REDIS:
        raise NotReady(f"The Redis at {shown} is version {version}: 6.2 or later, or Valkey, is needed.")
    return url


def _version(url: str, give_up_at: float) -> str:
    """Ask a Redis for its version; wait for one that is being started. Raises: redis.RedisError."""
    with connect(url) as client:
        while True:
            try:
                return str(client.info("server")["redis_version"])
            except redis.AuthenticationError:
                raise
            except redis.RedisError:
                if time.monotonic() > give_up_at:
                    raise
            time.sleep(0.2)


def log_to_stderr() -> None:
    """Write the log to stderr, a line for each event."""
    logs.to_stderr()
    for chatty in ("rq.worker", "rq.job", "rq.queue"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
