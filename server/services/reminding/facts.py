"""What happened with the customers of a book, in a few queries: the same `History` as a device makes from its records."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import parts
from server.storage.tables import book as tables_book
from server.storage.tables import record
from server.storage.typed import typed_table
from sync_protocol.reminders import Callback, History, Material, Rule, rules_from
from sync_protocol.reminders.history import as_day, day_of

Days = dict[str, date]


def rules(connection: Connection) -> tuple[Rule, ...]:
    """The rules that are in force: the product's own, as head office has changed them."""
    query = sa.select(record.c.fields).where(
        record.c.type == "reminder_rule",
        record.c.removed.is_(False),
        record.c.book_id.in_(sa.select(tables_book.c.id).where(tables_book.c.kind == "reference")),
    )
    return rules_from([json.loads(text) for text in connection.scalars(query.order_by(record.c.id))])


def customers(connection: Connection, book: str) -> dict[str, dict[str, Any]]:
    """Customer -> his file in wire form."""
    query = sa.select(record.c.id, record.c.fields).where(
        record.c.book_id == book, record.c.type == "customer", record.c.removed.is_(False)
    )
    return {row.id: json.loads(row.fields) for row in connection.execute(query)}


def histories(connection: Connection, book: str) -> Mapping[str, History]:
    """Customer -> what happened there, for those with whom anything did."""
    zone = ZoneInfo(parts.config().time_zone)
    visits = _last(connection, book, "visit", "checked_in_at", zone)
    contacts = _last(connection, book, "contact_record", "contacted_at", zone)
    orders = _last(connection, book, "order", "ordered_at", zone)
    callbacks = _callbacks(connection, book, zone)
    materials = _materials(connection, book)
    found = {}
    for customer in {*visits, *contacts, *orders, *callbacks, *materials}:
        both = [days[customer] for days in (visits, contacts) if customer in days]
        found[customer] = History(
            max(both, default=None),
            visits.get(customer),
            orders.get(customer),
            tuple(sorted(callbacks.get(customer, ()), key=lambda one: (one.on, one.record))),
            tuple(sorted(materials.get(customer, ()), key=lambda one: (one.on, one.record))),
        )
    return found


def _counting(name: str, table: sa.Table) -> sa.ColumnElement[bool]:
    """What counts as care: see `is_contact` in sync_protocol/reminders/history.py."""
    if name == "visit":
        return sa.func.coalesce(table.c.state, "") != "skipped"
    if name == "contact_record":
        greeting = sa.and_(
            sa.func.coalesce(table.c.channel, "") == "sms", sa.func.coalesce(table.c.purpose, "") == "care"
        )
        return sa.not_(greeting)
    return sa.true()


def _last(connection: Connection, book: str, name: str, moment: str, zone: ZoneInfo) -> Days:
    table = typed_table(name)
    query = (
        sa.select(table.c.customer, sa.func.max(table.c[moment]))
        .where(
            table.c.book_id == book, table.c.removed.is_(False), table.c.customer.is_not(None), _counting(name, table)
        )
        .group_by(table.c.customer)
    )
    return {row[0]: day_of(row[1], zone) for row in connection.execute(query) if row[1] is not None}


def _callbacks(connection: Connection, book: str, zone: ZoneInfo) -> dict[str, list[Callback]]:
    """Those that are still to be kept: no other contact on their day or later."""
    table = typed_table("contact_record")
    here = sa.and_(table.c.book_id == book, table.c.removed.is_(False), _counting("contact_record", table))
    columns = (table.c.id, table.c.customer, table.c.contacted_at, table.c.callback_at, table.c.callback_content)
    agreed = connection.execute(sa.select(*columns).where(here, table.c.callback_at.is_not(None))).all()
    if not agreed:
        return {}
    wanted = list({row.customer for row in agreed})
    days: dict[str, list[tuple[date, str]]] = defaultdict(list)
    for name, moment in (("visit", "checked_in_at"), ("contact_record", "contacted_at")):
        of = typed_table(name)
        query = sa.select(of.c.id, of.c.customer, of.c[moment].label("moment")).where(
            of.c.book_id == book, of.c.removed.is_(False), of.c.customer.in_(wanted), _counting(name, of)
        )
        for record_id, customer, at in connection.execute(query):
            if at is not None:
                days[customer].append((day_of(at, zone), record_id))
    found: dict[str, list[Callback]] = defaultdict(list)
    for row in agreed:
        on = day_of(row.callback_at, zone)
        kept = any(day >= on and other != row.id for day, other in days[row.customer])
        if not kept and row.contacted_at is not None:
            found[row.customer].append(Callback(on, str(row.callback_content or ""), row.id))
    return found


def _materials(connection: Connection, book: str) -> dict[str, list[Material]]:
    table = typed_table("material")
    query = sa.select(table).where(table.c.book_id == book, table.c.removed.is_(False), table.c.given_on.is_(None))
    found: dict[str, list[Material]] = defaultdict(list)
    for row in connection.execute(query).mappings():
        due = as_day(row["due_on"])
        if due is not None:
            found[row["customer"]].append(Material(due, str(row["item"] or ""), row["id"]))
    return found
