"""In which order visits are made: the most pressing group first, and within a group always to the nearest next."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from field_app.services.reading import Place, distance_m

T = TypeVar("T")


def ordered(groups: Iterable[list[T]], place_of: Callable[[T], Place | None], start: Place | None) -> list[T]:
    """Group by group; in each the nearest to where one is then. What has no known place comes last in its group, as given."""
    found: list[T] = []
    at = start
    for group in groups:
        placed = [one for one in group if place_of(one) is not None]
        while placed:
            here = at
            nearest = placed[0] if here is None else min(placed, key=lambda one: distance_m(here, place_of(one)) or 0)
            placed.remove(nearest)
            found.append(nearest)
            at = place_of(nearest)
        found += [one for one in group if place_of(one) is None]
    return found


def place(latitude: object, longitude: object) -> Place | None:
    """A place, if both are known and are numbers."""
    try:
        if not (latitude and longitude):
            return None
        float(str(latitude)), float(str(longitude))
    except ValueError:
        return None
    return str(latitude), str(longitude)
