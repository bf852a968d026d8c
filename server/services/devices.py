"""Devices as head office sees them: whose they are, when they were last in touch, and what they still hold."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from server.storage.database import reading
from server.storage.scopes import within
from server.storage.tables import device, seat, user_account

STATES = ("active", "retired", "lost")


@dataclass(frozen=True, slots=True)
class Device:
    """One installation of the field app. Times in ms; `held_since`: the oldest work on it that the server has not got."""

    id: str
    user_id: str
    user_name: str
    name: str
    platform: str
    app: str
    state: str
    enrolled_at: int
    seen_at: int | None
    held_sets: int
    held_photos: int
    held_since: int | None


def all_devices(people: Collection[str] | None) -> list[Device]:
    """Every device of these people (None: everybody's): those in use first, of them those that hold work longest."""
    holds = device.c.held_sets + device.c.held_photos > 0
    order = (
        sa.case((device.c.state == "active", 0), else_=1),
        sa.case((holds, 0), else_=1),
        device.c.held_since,
        device.c.seen_at.desc(),
    )
    return _load(_of(people), *order)


def in_use_and_holding(people: Collection[str] | None) -> sa.ColumnElement[bool]:
    """A device of these people (None: of anybody) that is in use and holds work that the server has not got."""
    holds = device.c.held_sets + device.c.held_photos > 0
    return sa.and_(device.c.kind == "device", device.c.state == "active", holds, _of(people))


def by_id(device_id: str, people: Collection[str] | None) -> Device | None:
    """One device; None: not there, or of none of these people."""
    found = _load(sa.and_(device.c.id == device_id, _of(people)))
    return found[0] if found else None


def people_of(scope: Collection[str]) -> set[str]:
    """Who holds a seat on a book of the scope."""
    with reading() as connection:
        found = connection.scalars(sa.select(seat.c.user_id).where(within(seat.c.book_id, scope)))
        return {user_id for user_id in found if user_id}


def _of(people: Collection[str] | None) -> sa.ColumnElement[bool]:
    return sa.true() if people is None else device.c.user_id.in_(people)


def _load(where: sa.ColumnElement[bool], *order: sa.ColumnElement[object]) -> list[Device]:
    query = (
        sa.select(device, user_account.c.name.label("user_name"))
        .join(user_account, user_account.c.id == device.c.user_id)
        .where(device.c.kind == "device", where)
        .order_by(*order)
    )
    with reading() as connection:
        return [
            Device(
                row.id,
                row.user_id,
                row.user_name,
                row.name,
                row.platform,
                row.app,
                row.state,
                row.enrolled_at,
                row.seen_at,
                row.held_sets,
                row.held_photos,
                row.held_since,
            )
            for row in connection.execute(query)
        ]
