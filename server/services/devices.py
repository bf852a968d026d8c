"""Devices as head office sees them: whose they are, when they were last in touch, and what they still hold."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from server.storage.database import reading
from server.storage.tables import device, user_account

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


def all_devices() -> list[Device]:
    """Every device: those in use first, and of them those first that were silent longest while holding work."""
    holds = device.c.held_sets + device.c.held_photos > 0
    order = (
        sa.case((device.c.state == "active", 0), else_=1),
        sa.case((holds, 0), else_=1),
        device.c.held_since,
        device.c.seen_at.desc(),
    )
    return _load(sa.true(), *order)


def by_id(device_id: str) -> Device | None:
    """One device."""
    found = _load(device.c.id == device_id)
    return found[0] if found else None


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
