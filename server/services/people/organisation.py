"""The organisation: units within units, and where a person stands in them, with position and level.

It says who works where and who leads it. Rights come from roles and seats (docs/rights.md), never from a place in the tree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import clock
from server.services.people import security_log
from server.storage.database import reading, writing
from server.storage.people_tables import membership, unit

KINDS = ("company", "branch", "department", "team")
LEVELS = ("management", "operation")
NAME_MOST, DEPTH_MOST = 100, 12


class OrganisationError(ValueError):
    """What was asked of the tree cannot be done. The message is a code: name, kind, level, loop, depth, in-use, unknown."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A node of the tree. `depth`: 0 at the top. `members`: user ids, those who lead first."""

    id: str
    parent: str | None
    kind: str
    name: str
    depth: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person stands. `path`: names of the units from the top down."""

    unit: str
    path: tuple[str, ...]
    position: str
    level: str
    leads: bool


def tree() -> list[Unit]:
    """All units, each under its parent, by name."""
    with reading() as connection:
        rows = connection.execute(sa.select(unit)).all()
        members: dict[str, list[str]] = {}
        query = sa.select(membership).order_by(membership.c.leads.desc(), membership.c.user_id)
        for row in connection.execute(query):
            members.setdefault(row.unit_id, []).append(row.user_id)
    children: dict[str | None, list[sa.Row[tuple[str, str | None, str, str]]]] = {}
    for row in sorted(rows, key=lambda row: (KINDS.index(row.kind) if row.kind in KINDS else 9, row.name.casefold())):
        children.setdefault(row.parent, []).append(row)
    found: list[Unit] = []

    def add(parent: str | None, depth: int) -> None:
        for row in children.get(parent, ()):
            found.append(Unit(row.id, row.parent, row.kind, row.name, depth, tuple(members.get(row.id, ()))))
            add(row.id, depth + 1)

    add(None, 0)
    return found


def places() -> dict[str, Place]:
    """User -> where he stands."""
    with reading() as connection:
        return _places(connection)


def place_of(user_id: str) -> Place | None:
    """Where one person stands; None: nowhere yet."""
    return places().get(user_id)


def add_unit(name: str, kind: str, parent: str | None, by: str) -> str:
    """A new unit. Returns: its id. Raises: OrganisationError."""
    unit_id = clock.new_id()
    with writing() as connection:
        values = _checked(connection, unit_id, name, kind, parent)
        connection.execute(sa.insert(unit).values(id=unit_id, **values))
        security_log.note(connection, "unit_added", None, by=by, detail=str(values["name"]))
    return unit_id


def change_unit(unit_id: str, name: str, kind: str, parent: str | None, by: str) -> None:
    """Rename or move a unit with all that is in it. Raises: OrganisationError."""
    with writing() as connection:
        if connection.scalar(sa.select(unit.c.id).where(unit.c.id == unit_id)) is None:
            raise OrganisationError("unknown")
        values = _checked(connection, unit_id, name, kind, parent)
        connection.execute(sa.update(unit).where(unit.c.id == unit_id).values(**values))
        security_log.note(connection, "unit_changed", None, by=by, detail=str(values["name"]))


def remove_unit(unit_id: str, by: str) -> None:
    """Take an empty unit away. Raises: OrganisationError, while somebody or something is in it."""
    with writing() as connection:
        name = connection.scalar(sa.select(unit.c.name).where(unit.c.id == unit_id))
        if name is None:
            raise OrganisationError("unknown")
        below = sa.select(sa.func.count()).select_from(unit).where(unit.c.parent == unit_id)
        inside = sa.select(sa.func.count()).select_from(membership).where(membership.c.unit_id == unit_id)
        if connection.scalar(below) or connection.scalar(inside):
            raise OrganisationError("in-use")
        connection.execute(sa.delete(unit).where(unit.c.id == unit_id))
        security_log.note(connection, "unit_removed", None, by=by, detail=name)


def place(user_id: str, unit_id: str | None, position: str, level: str, *, leads: bool, by: str) -> None:
    """Put a person into a unit, or into none. Raises: OrganisationError."""
    if level not in LEVELS:
        raise OrganisationError("level")
    if len(position) > NAME_MOST or not (position == "" or position.isprintable()):
        raise OrganisationError("name")
    with writing() as connection:
        if unit_id is not None and connection.scalar(sa.select(unit.c.id).where(unit.c.id == unit_id)) is None:
            raise OrganisationError("unknown")
        before = connection.execute(sa.select(membership).where(membership.c.user_id == user_id)).one_or_none()
        after = None if unit_id is None else (user_id, unit_id, position.strip(), level, leads)
        if (tuple(before) if before else None) == after:
            return
        connection.execute(sa.delete(membership).where(membership.c.user_id == user_id))
        if after is not None:
            columns = ("user_id", "unit_id", "position", "level", "leads")
            connection.execute(sa.insert(membership).values(**dict(zip(columns, after, strict=True))))
        security_log.note(connection, "placed", user_id, by=by, detail=position.strip())


def _checked(connection: Connection, unit_id: str, name: str, kind: str, parent: str | None) -> dict[str, str | None]:
    name = name.strip()
    if not 1 <= len(name) <= NAME_MOST or not name.isprintable():
        raise OrganisationError("name")
    if kind not in KINDS:
        raise OrganisationError("kind")
    parents: dict[str, str | None] = {row.id: row.parent for row in connection.execute(sa.select(unit))}
    if parent is not None and parent not in parents:
        raise OrganisationError("unknown")
    above = list(_above(parent, parents))
    if unit_id in above:
        raise OrganisationError("loop")
    if len(above) >= DEPTH_MOST:
        raise OrganisationError("depth")
    return {"name": name, "kind": kind, "parent": parent}


def _places(connection: Connection) -> dict[str, Place]:
    units = {row.id: row for row in connection.execute(sa.select(unit))}
    parents = {unit_id: row.parent for unit_id, row in units.items()}
    found = {}
    for row in connection.execute(sa.select(membership)):
        path = tuple(units[unit_id].name for unit_id in reversed(list(_above(row.unit_id, parents))))
        found[row.user_id] = Place(row.unit_id, path, row.position, row.level, bool(row.leads))
    return found


def _above(unit_id: str | None, parents: Mapping[str, str | None]) -> list[str]:
    """A unit and those above it, up to the top."""
    found: list[str] = []
    while unit_id is not None and unit_id in parents and unit_id not in found:
        found.append(unit_id)
        unit_id = parents[unit_id]
    return found
