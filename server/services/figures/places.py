"""Where the outlets and the visits lie, for a map without tiles: points in the units of a drawing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import cos, radians

import sqlalchemy as sa

from server.services.listing import in_scope
from server.storage.database import reading
from server.storage.scopes import within
from server.storage.typed import typed_table

WIDTH, HEIGHT, EDGE = 960.0, 640.0, 24.0
MOST = 2000
METRES_A_DEGREE = 111_320
SCALE_MOST = 200.0  # units


@dataclass(frozen=True, slots=True)
class Point:
    """One outlet or visit. x, y: where it is drawn; `far`: metres between a visit and its outlet, None if one of them is unknown."""

    id: str
    kind: str
    label: str
    x: float
    y: float
    at: int | None = None
    far: int | None = None


@dataclass(frozen=True, slots=True)
class Map:
    """The points of one book. `scale_m`: a round number of metres, drawn `scale_units` long; `without`: outlets whose place nobody knows."""

    outlets: list[Point]
    visits: list[Point]
    scale_m: int
    scale_units: float
    without: int
    is_full: bool


def of_book(scope: Collection[str], book_id: str, since: int) -> Map:
    """The outlets of a book, and the visits there since an instant."""
    customer, visit = typed_table("customer"), typed_table("visit")
    mine = [*in_scope("customer", scope), customer.c.book_id == book_id]
    outlets = (
        sa.select(customer.c.id, customer.c.store_name, customer.c.latitude, customer.c.longitude)
        .where(*mine, customer.c.latitude.is_not(None), customer.c.longitude.is_not(None))
        .order_by(customer.c.id)
        .limit(MOST)
    )
    visits = (
        sa.select(
            visit.c.id, visit.c.customer, visit.c.latitude, visit.c.longitude, visit.c.checked_in_at, visit.c.distance_m
        )
        .where(
            visit.c.book_id == book_id,
            within(visit.c.book_id, scope),
            visit.c.checked_in_at >= since,
            visit.c.removed.is_(False),
            visit.c.latitude.is_not(None),
            visit.c.longitude.is_not(None),
        )
        .order_by(visit.c.checked_in_at.desc())
        .limit(MOST)
    )
    with reading() as connection:
        shops = connection.execute(outlets).all()
        seen = connection.execute(visits).all()
        whole = int(connection.scalar(sa.select(sa.func.count()).select_from(customer).where(*mine)) or 0)
    names = {row.id: row.store_name or "–" for row in shops}
    there = [_degrees(row.latitude, row.longitude) for row in (*shops, *seen)]
    drawing = _Drawing([place for place in there if place])
    placed = [drawing.at(place) for place in there]
    return Map(
        [
            Point(row.id, "customer", row.store_name or "–", *place)
            for row, place in zip(shops, placed[: len(shops)], strict=True)
            if place
        ],
        [
            Point(row.id, "visit", names.get(row.customer, "–"), *place, row.checked_in_at, row.distance_m)
            for row, place in zip(seen, placed[len(shops) :], strict=True)
            if place
        ],
        drawing.scale_m,
        drawing.scale_units,
        whole - len(shops) if len(shops) < MOST else 0,
        len(shops) >= MOST or len(seen) >= MOST,
    )


def _degrees(latitude: object, longitude: object) -> tuple[float, float] | None:
    try:
        place = float(str(latitude)), float(str(longitude))
    except ValueError:
        return None
    return place if -90 <= place[0] <= 90 and -180 <= place[1] <= 180 else None


def _round_below(metres: float) -> int:
    """The largest of 1, 2, 5, 10, 20 … that is not more."""
    steps = (digit * 10**power for power in range(8, -1, -1) for digit in (5, 2, 1))
    return next((step for step in steps if step <= metres), 1)


class _Drawing:
    """Degrees as units of the drawing: one scale for both ways, north up, all of it inside."""

    def __init__(self, places: Sequence[tuple[float, float]]) -> None:
        self.south = min((place[0] for place in places), default=0.0)
        self.north = max((place[0] for place in places), default=0.0)
        self.west = min((place[1] for place in places), default=0.0)
        east = max((place[1] for place in places), default=0.0)
        self.narrow = max(0.01, cos(radians((self.south + self.north) / 2)))
        high, wide = self.north - self.south, (east - self.west) * self.narrow
        room_x, room_y = WIDTH - 2 * EDGE, HEIGHT - 2 * EDGE
        self.units = min(room_x / wide if wide else 1e9, room_y / high if high else 1e9, 100_000.0)
        self.left = EDGE + (room_x - wide * self.units) / 2
        self.top = EDGE + (room_y - high * self.units) / 2
        metres = METRES_A_DEGREE / self.units  # of one unit
        self.scale_m = _round_below(SCALE_MOST * metres)
        self.scale_units = round(self.scale_m / metres, 1)

    def at(self, place: tuple[float, float] | None) -> tuple[float, float] | None:
        """Where a place is drawn."""
        if place is None:
            return None
        x = self.left + (place[1] - self.west) * self.narrow * self.units
        y = self.top + (self.north - place[0]) * self.units
        return round(x, 1), round(y, 1)
