"""What pages need to know about the company: its name, currency, time zone and language."""

from __future__ import annotations

from dataclasses import dataclass

from server.services import parts


@dataclass(frozen=True, slots=True)
class Company:
    """The company as its pages name it."""

    name: str
    currency: str
    time_zone: str
    language: str


def company() -> Company:
    """The company of this server."""
    config = parts.config()
    return Company(config.company, config.currency, config.time_zone, config.language)
