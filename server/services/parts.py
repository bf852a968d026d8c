"""What the app factory put together, for the services: configuration, keys, photos."""

from __future__ import annotations

from flask import current_app

from server.config import Config
from server.storage.keyring import Keyring
from server.storage.objects import ObjectStore


def config() -> Config:
    """The configuration of this process."""
    found: Config = current_app.extensions["roundbook"]
    return found


def keyring() -> Keyring:
    """The server's secrets."""
    found: Keyring = current_app.extensions["roundbook.keyring"]
    return found


def objects() -> ObjectStore:
    """Photos and other files."""
    found: ObjectStore = current_app.extensions["roundbook.objects"]
    return found
