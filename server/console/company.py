"""What pages need to know about the company: its name, currency, time zone and language."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app

from server.config import Config


@dataclass(frozen=True, slots=True)
class Company:
    """The company as its pages name it."""

    name: str
    currency: str
    time_zone: str
    language: str


def company() -> Company:
    """The company of this server."""
    config: Config = current_app.extensions["roundbook"]
    return Company(config.company, config.currency, config.time_zone, config.language)
