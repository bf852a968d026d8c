"""The head-office console: server-rendered pages, complete without JavaScript. `register` puts it into the app."""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    """Add the console to the app."""
