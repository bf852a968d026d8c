"""After a backup was put back and before anybody is served: what no backup may undo is done again, and a new life begins (R35).

So it is when a device's cursor proves that history was lost and nobody had noticed: the journal is replayed then as well.

Messages that wait are held for a person: they may have gone out after the backup was made. What is scheduled and was missed is made
up once, as after any standstill: that bears to be done twice; only messages do not, and greetings that are drawn up again ask the one
who approves them.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import control_journal, epochs, hand_overs, users
from server.services.book_log import LockedBook, lock_books
from server.services.books import BookError
from server.services.messaging import opting_out, outbox
from server.services.operations import erasing
from server.services.recovery import alarms, witness
from server.storage.database import is_sqlite, reading, writing
from server.storage.tables import console_session, device, left_book, setting, user_account

REPLAYED = "control.replayed"  # the setting that names the life in which it was done
logger = logging.getLogger("roundbook.alarm")


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done: the life that began, devices and users whose state was set again, hand-overs done again, and those that could
    not be; customers erased again; numbers that had opted out, or in again."""

    epoch: str
    devices: int
    users: int
    hand_overs: int
    impossible: int
    erased: int
    opt_outs: int


def after_restore(reason: str) -> Restored:
    """Begin a new life with all that is here now, then replay the control journal; what is there already stays as it is."""
    seen = witness.stored()
    epoch = epochs.begin_epoch(reason, number_above=seen.number if seen else 0)  # what is replayed is of the new life
    with writing() as connection:
        connection.execute(sa.delete(console_session))  # sessions of a backup end
        outbox.hold_all(connection)
    done = replay(epoch)
    witness.write()
    witness.look_again()
    alarms.acknowledge(alarms.BEHIND, "", users.SYSTEM)
    return done


def replay(epoch: str) -> Restored:
    """What the control journal has and this database does not know: states of devices and users, hand-overs, erasures, who wants no messages."""
    devices, people = _states_again(control_journal.DEVICE, device), _states_again(control_journal.USER, user_account)
    outcomes = [_hand_over_again(entry) for entry in control_journal.entries(control_journal.SEAT)]
    erased = sum(_erase_again(entry) for entry in control_journal.entries(control_journal.ERASURE))
    with writing() as connection:
        opt_outs = opting_out.replay(connection)
    return Restored(epoch, devices, people, outcomes.count(True), outcomes.count(None), erased, opt_outs)


def replay_once(epoch: str) -> None:
    """After a device proved that history was lost: the same, once in a life, by the first who notices."""
    with writing() as connection:
        if not is_sqlite(connection):
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('control journal'))"))
        if connection.scalar(sa.select(setting.c.value).where(setting.c.name == REPLAYED)) == epoch:
            return
        connection.execute(sa.delete(setting).where(setting.c.name == REPLAYED))
        connection.execute(sa.insert(setting), {"name": REPLAYED, "value": epoch})
        outbox.hold_all(connection)
    replay(epoch)


def _erase_again(entry: Mapping[str, Any]) -> bool:
    """Erase a customer again, also one that the backup does not know: his device would offer him. Returns: whether it was needed."""
    known, home = frozenset(entry["records"]), entry["book"]
    with reading() as connection:
        query = sa.select(left_book.c.record).where(
            left_book.c.record == entry["subject"], left_book.c.why == erasing.WHY
        )
        if connection.scalar(query) is not None:
            return False
    try:
        erasing.erase(entry["subject"], entry["by"], asked_by=entry["asked_by"], known=known, home=home)
    except BookError:
        logger.error("customer %s cannot be erased again: his book %s is not there", entry["subject"], home)
        return False
    return True


def _states_again(kind: str, table: sa.Table) -> int:
    """What was revoked, and what was taken back, in the order in which it was."""
    states = {entry["subject"]: entry["state"] for entry in control_journal.entries(kind)}
    done = 0
    with writing() as connection:
        for subject, state in states.items():
            which = (table.c.id == subject, table.c.state != state)
            done += connection.execute(sa.update(table).where(*which).values(state=state)).rowcount
    return done


def _hand_over_again(entry: Mapping[str, Any]) -> bool | None:
    """Do a hand-over that the backup does not know yet. Returns: whether it was needed; None: its book or user is gone."""
    with writing() as connection:
        here = lock_books(connection, [entry["subject"]])
        held = hand_overs.held_seat(connection, entry["subject"], entry["seat"])
        if held is None or not _is_known(connection, entry["to"]):
            logger.error("a hand-over of seat %s in book %s cannot be done again", entry["seat"], entry["subject"])
            return None
        ends = {"until": entry["until"], "back_to": entry["back_to"]}
        as_it_is = {name: held[name] for name in ends} == ends and held["user_id"] == entry["to"]
        if entry["term"] < held["term"] or (entry["term"] == held["term"] and as_it_is):
            return False
        before = {**held, "term": entry["term"] - (held["user_id"] != entry["to"])}
        locked = LockedBook(here[entry["subject"]])
        hand_overs.write_change(connection, locked, before, to=entry["to"], by=entry["by"], **ends)
        locked.save(connection)
    return True


def _is_known(connection: Connection, user_id: str | None) -> bool:
    query = sa.select(user_account.c.id).where(user_account.c.id == user_id)
    return user_id is None or connection.scalar(query) is not None
