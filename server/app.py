"""The app factory: the one place that puts the parts together."""

from __future__ import annotations

from importlib.util import find_spec

from flask import Flask

from server.api import enrol, health, messages, photos, problems, reference, snapshots, sync, typed
from server.config import Config
from server.services.backup import rotating
from server.storage import migrating
from server.storage.database import configure
from server.storage.keyring import Keyring
from server.storage.objects import FolderStore

REQUEST_BYTES_LIMIT = 64 * 1024 * 1024


def create_app(config: Config | None = None) -> Flask:
    """The server, ready to answer. Raises: ConfigError, if the environment asks for what cannot be."""
    config = config or Config.from_environment()
    rotating.settle(config)
    app = Flask("server", template_folder="templates", static_folder="static")
    keyring = Keyring(config.home / "keys")
    app.extensions["roundbook"] = config
    app.extensions["roundbook.keyring"] = keyring
    app.extensions["roundbook.objects"] = FolderStore(config.objects, keyring.raw("objects"))
    app.config["SECRET_KEY"] = keyring.raw("session")
    app.config["MAX_CONTENT_LENGTH"] = REQUEST_BYTES_LIMIT
    configure(app, config, config.database_key or keyring.raw("database").hex())
    migrating.register(app)
    problems.register(app)
    health.observe(app)
    typed.register(app)
    for module in (enrol, sync, photos, snapshots, reference, messages, health):
        app.register_blueprint(module.blueprint)
    if find_spec("server.console") is not None:
        from server import console

        console.register(app)
    return app
