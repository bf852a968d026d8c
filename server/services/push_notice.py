"""What became of work in a book that its author does not hold: a notice on his desk, which all his devices have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services.push_world import Locked
from server.storage.tables import user_account
from sync_protocol import chain
from sync_protocol.identity import derived_id
from sync_protocol.proposals import DECISIONS
from sync_protocol.records import record_type
from sync_protocol.state import Stamp, Stored, World
from sync_protocol.verdicts import Author, Decision, Entry


def notices(
    connection: Connection,
    locked: Locked,
    world: World,
    wire: Mapping[str, Any],
    decisions: Sequence[Decision],
    state: str,
    *,
    author: Author,
    to_author: bool,
) -> Decision:
    """The notices of one set, as entries of the desks: for its author, and for those whose proposals it decides.

    Args: decisions: as they take effect: none for a refused set. to_author: whether he cannot see the outcome where he is.
    """
    found = Decision()
    books = {wire["book"], *(entry.book for decision in decisions for entry in decision.entries)}
    if to_author and any(not _holds(world, book, author.user) for book in books):
        first = wire["changes"][0]
        _add(connection, found, locked, author, author.user, first["record"], first["type"], wire["id"], state)
    for decision in decisions:
        if decision.entries[0].kind in DECISIONS:
            _tell_proposer(connection, found, locked, world, world.records[decision.entries[0].record_id], author)
    return found


def _tell_proposer(
    connection: Connection, found: Decision, locked: Locked, world: World, proposal: Stored, author: Author
) -> None:
    fields = proposal.fields
    if not _holds(world, proposal.book, fields["proposer"]):
        made, type_name = fields["change_set"], fields["of_type"]
        _add(
            connection, found, locked, author, fields["proposer"], fields["of"], type_name, made, fields["state"],
            comment=fields.get("comment", ""), about=proposal.id,
        )  # fmt: skip


def _holds(world: World, book: str, user: str) -> bool:
    return any(seat.user == user for (where, _), seat in world.seats.items() if where == book)


def _add(
    connection: Connection,
    found: Decision,
    locked: Locked,
    author: Author,
    user: str,
    of: str,
    of_type: str,
    set_id: str,
    outcome: str,
    *,
    comment: str = "",
    about: str = "",
) -> None:
    desk = locked.desks.get(user)
    if desk is None:  # nobody who has a device or a seat
        return
    language = connection.scalar(sa.select(user_account.c.language).where(user_account.c.id == user)) or "en"
    words = record_type("notice").specs()["outcome"].choices[outcome][language]
    text = ": ".join(filter(None, [record_type(of_type).labels[language], words, comment]))
    values = {"of": of, "set": set_id, "outcome": outcome, "text": text}
    notice = Stored(
        id=derived_id(set_id, "notice", user, about),
        type="notice",
        customer=None,
        book=desk,
        rev=1,
        ver=chain.next_ver(chain.NO_VER, 1, desk, False, values),
        removed=False,
        fields=values,
        stamps=dict.fromkeys(values, Stamp(1, author.device, author.seq, author.user, author.time)),
        made_by=author.user,
    )
    found.entries.append(Entry("create", notice.id, desk, notice, values))
