"""What a reviewer sees of a record that came in: its values, photos, lines, and by field what was there before."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import names, pictures
from server.services.names import Names
from server.services.pictures import Picture
from server.services.reviewing.arrivals import Arrival
from server.services.sensitive import shown, shown_all
from server.storage.scopes import within
from server.storage.tables import change_set, device, log, log_body, record, seat
from server.storage.typed import typed_table
from sync_protocol.fields import FieldSpec
from sync_protocol.records import record_type

PICTURES_MOST = 12


@dataclass(frozen=True, slots=True)
class Change:
    """A field that was set since the last review. `by`: who set it last."""

    field: str
    spec: FieldSpec
    before: Any
    after: Any
    by: str


@dataclass(frozen=True, slots=True)
class Card:
    """An arrival as its reviewer sees it. `changes`: what differs from what was reviewed last, or from what was there before a
    device touched it; `device`: what it was sent with; `counted`: products whose stock was counted at this visit."""

    arrival: Arrival
    values: Mapping[str, Any]
    changes: list[Change]
    pictures: list[Picture]
    counted: int
    device: str


@dataclass(frozen=True, slots=True)
class Cards:
    """A page of cards with the names that they use."""

    cards: list[Card]
    names: Names


def of(connection: Connection, scope: Collection[str], arrivals: Sequence[Arrival], reader: str) -> Cards:
    """The cards of these arrivals, in a fixed number of queries."""
    ids = [each.id for each in arrivals]
    query = sa.select(record.c.id, record.c.fields).where(record.c.id.in_(ids), within(record.c.book_id, scope))
    stored = {row.id: json.loads(row.fields) for row in connection.execute(query)}
    close = set(connection.scalars(sa.select(seat.c.book_id).where(seat.c.user_id == reader)))
    visits = [each.id for each in arrivals if each.type == "visit"]
    photos = pictures.of_visits(connection, visits) if visits else {}
    steps = _steps(connection, ids)
    found = []
    for each in arrivals:
        specs = record_type(each.type).specs()
        changes, sent_with = _changes(each, specs, steps.get(each.id, []), close=each.book in close)
        values = shown_all(specs, stored.get(each.id, {}), close=each.book in close)
        pictured = photos.get(each.id, [])
        found.append(Card(each, values, changes, pictured, 0, sent_with))
    counted = _counted(connection, visits)
    cards = [_with_count(card, counted.get(card.arrival.id, 0)) for card in found]
    return Cards(cards, _names(connection, scope, cards))


def _with_count(card: Card, counted: int) -> Card:
    return Card(card.arrival, card.values, card.changes, card.pictures, counted, card.device) if counted else card


def _counted(connection: Connection, visits: Sequence[str]) -> dict[str, int]:
    count = typed_table("stock_count")
    query = (
        sa.select(count.c.visit, sa.func.count())
        .where(count.c.visit.in_(visits), count.c.removed.is_(False))
        .group_by(count.c.visit)
    )
    return dict(connection.execute(query).all()) if visits else {}


@dataclass(frozen=True, slots=True)
class _Step:
    at: int
    rev: int
    author: str
    device: str
    values: Mapping[str, Any]


def _steps(connection: Connection, ids: Sequence[str]) -> dict[str, list[_Step]]:
    """Record -> its entries in the log, oldest first; what was erased has no values. `device`: empty for head office."""
    query = (
        sa.select(log.c.record, log.c.at, log.c.rev, log.c.author, log_body.c.body, device.c.name, device.c.kind)
        .outerjoin(log_body, sa.and_(log_body.c.book_id == log.c.book_id, log_body.c.pos == log.c.pos))
        .outerjoin(change_set, change_set.c.id == log.c.set_id)
        .outerjoin(device, device.c.id == change_set.c.device_id)
        .where(log.c.record.in_(ids), log.c.rev > 0)
        .order_by(log.c.record, log.c.rev)
    )
    found: dict[str, list[_Step]] = {}
    for row in connection.execute(query) if ids else ():
        values = json.loads(row.body).get("values", {}) if row.body else {}
        sent_with = (row.name or "–") if row.kind == "device" else ""
        found.setdefault(row.record, []).append(_Step(row.at, row.rev, row.author, sent_with, values))
    return found


def _changes(
    arrival: Arrival, specs: Mapping[str, FieldSpec], steps: Sequence[_Step], *, close: bool
) -> tuple[list[Change], str]:
    """What devices changed since the last review, by field, and the last of these devices."""
    before: dict[str, Any] = {}
    now: dict[str, Any] = {}
    touched: dict[str, str] = {}
    sent_with = ""
    for step in steps:
        news = step.device and step.at > (arrival.reviewed_at or 0)
        for name, value in step.values.items():
            if news and step.rev > 1:
                before.setdefault(name, now.get(name))
                touched[name] = step.author
            now[name] = value
        sent_with = step.device if news else sent_with
    found = [
        Change(
            name,
            specs[name],
            shown(specs[name], before[name], close=close),
            shown(specs[name], now.get(name), close=close),
            by,
        )
        for name, by in touched.items()
        if name in specs and not _alike(before[name], now.get(name))
    ]
    return found, sent_with


def _alike(one: Any, other: Any) -> bool:
    return one == other or (one in (None, "", []) and other in (None, "", []))


def _names(connection: Connection, scope: Collection[str], cards: Sequence[Card]) -> Names:
    records = {card.arrival.customer for card in cards if card.arrival.customer}
    users = {card.arrival.author for card in cards} | {change.by for card in cards for change in card.changes}
    for card in cards:
        sides = [card.values, {c.field: c.before for c in card.changes}, {c.field: c.after for c in card.changes}]
        more_records, more_users = names.ids_in(record_type(card.arrival.type).specs(), sides)
        records, users = records | more_records, users | more_users
    return names.load(connection, scope, records=records, users=users)
