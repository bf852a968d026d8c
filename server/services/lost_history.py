"""Noticing that this server has lost history that a device has seen, and going on in a new life of it (R36, R38)."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.engine import Connection

from server.services import cursors, epochs, restoring
from server.storage.database import reading
from sync_protocol.problems import Problem

_TEXT = "The server's history is another one. Nothing was processed; what the server may lack is to be offered again."


def refuse_other_life(connection: Connection, epoch: str | None) -> None:
    """A device that speaks of another life than the present one is told where they part. Raises: Problem(epoch-changed)."""
    now = epochs.current(connection)
    if epoch is not None and epoch != now:
        raise Problem("epoch-changed", _TEXT, epoch=now, forks=epochs.forks_since(connection, epoch))


def refuse_contradiction(device_id: str, held: Mapping[str, str]) -> None:
    """Before anything is judged: a cursor of ours that the log contradicts begins a new life, in which nothing is taken for
    shared, so that every device offers all it keeps. Raises: Problem(epoch-changed)."""
    with reading() as connection:
        lives = epochs.lives(connection)
        try:
            cursors.check(connection, held, lives)
            return
        except cursors.Contradicted as error:
            found = error
    raise begin(device_id, found)


def begin(device_id: str, found: cursors.Contradicted) -> Problem:
    """Begin a new life after this one, once, however many devices notice; and raise an alarm. Returns: what to answer."""
    reason = f"history was lost: device {device_id} holds a cursor of book {found.book} that the log contradicts"
    now = epochs.begin_epoch(reason, {}, after=found.epoch, alarm=True)
    restoring.replay_once(now)
    with reading() as connection:
        return Problem("epoch-changed", _TEXT, epoch=now, forks=epochs.forks_since(connection, found.epoch))
