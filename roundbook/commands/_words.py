"""What commands say about people who gain or lose a book, and about work that is still on devices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo

from server.services.book_readers import Unsent


def instant(ms: int, zone: tzinfo) -> str:
    """An instant, to the minute."""
    return f"{datetime.fromtimestamp(ms / 1000, zone):%Y-%m-%d %H:%M}"


def moving_people(gains: Iterable[str], loses: Iterable[str], people: Mapping[str, str]) -> list[str]:
    """A line each for who gains and who loses access."""
    told = (("devices that get them", gains), ("devices that lose them", loses))
    return [f"{what}: {', '.join(sorted(people.get(user, user) for user in who)) or 'nobody’s'}" for what, who in told]


def unsent_lines(unsent: Iterable[Unsent], people: Mapping[str, str]) -> list[str]:
    """A line per device that holds work which has not arrived."""
    return [
        f"not sent yet: {found.sets} changes and {found.photos} photos on {found.name or found.device}"
        f" of {people.get(found.user, found.user)}"
        for found in unsent
    ]
