"""The working copy for a set that names a customer who was merged with another (R21)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.engine import Connection

from server.services.push_world import Locked, add_places, load_world
from sync_protocol import redirect
from sync_protocol.state import World

Changes = Sequence[Mapping[str, Any]]


def follow(connection: Connection, wire: Mapping[str, Any], locked: Locked, world: World) -> tuple[Changes, World]:
    """What is judged in place of the set's changes, and on what. Nothing else, if no customer that it names was merged.

    The one that stayed lies in the book of the one that went, which is locked. Raises: BookAppeared, if he does not any more.
    """
    changes: Changes = wire["changes"]
    into = redirect.winners(changes, world)
    while into:
        stays = world.residences
        changes = redirect.redirected(changes, into)
        add_places(connection, locked, into.values())
        world = load_world(connection, {**wire, "changes": changes}, locked)
        merged = {winner: (*world.residences.get(winner, ()), *stays.get(gone, ())) for gone, winner in into.items()}
        world.residences = {**world.residences, **merged}
        into = {gone: to for gone, to in redirect.winners(changes, world).items() if gone in into.values()}
    return changes, world
