"""Orders as head office reads them: the list with its total, and one order with its lines."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from server.services import names, records
from server.services.listing import Query
from server.services.records import RecordPage, Records
from server.storage.database import reading
from server.storage.scopes import within
from server.storage.typed import line_schema, line_table, typed_table
from sync_protocol.fields import FieldSpec


@dataclass(frozen=True, slots=True)
class Orders:
    """A page of the list. `lines`: order -> how many."""

    records: Records
    lines: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class OrderPage:
    """One order. `specs`: the columns of its lines; `sum_minor`: what the lines add up to, to be held against the total."""

    record: RecordPage
    specs: Mapping[str, FieldSpec]
    lines: Sequence[Mapping[str, Any]]
    sum_minor: int


STATES = ("open", "accept", "return")


def find(scope: Collection[str], query: Query, state: str = "") -> Orders:
    """One page of orders. Args: state: one of STATES, as the last review left them; open: not reviewed, and not imported."""
    lines = line_table("order", "lines")
    with reading() as connection:
        found = records.find(connection, "order", scope, query, _in_state(state) if state else ())
        counted = (
            sa.select(lines.c.record, sa.func.count())
            .where(lines.c.record.in_([row.id for row in found.listing.rows]))
            .group_by(lines.c.record)
        )
        return Orders(found, dict(connection.execute(counted).all()))


def _in_state(state: str) -> list[sa.ColumnElement[bool]]:
    order, review = typed_table("order"), typed_table("review")
    outcome = (
        sa.select(review.c.outcome)
        .where(review.c.of == order.c.id, review.c.removed.is_(False))
        .order_by(sa.func.coalesce(review.c.reviewed_at, review.c.at).desc(), review.c.id.desc())
        .limit(1)
        .correlate(order)
        .scalar_subquery()
    )
    if state == "open":
        return [outcome.is_(None), sa.func.coalesce(order.c.source, "") != "import"]
    return [outcome == state]


def page(scope: Collection[str], order: str, reader: str) -> OrderPage | None:
    """Everything that the page of an order shows; None: not there, or not for this reader."""
    specs = line_schema("order", "lines").specs()
    table, stored = line_table("order", "lines"), typed_table("order")
    with reading() as connection:
        query = (
            sa.select(table)
            .join(stored, sa.and_(stored.c.book_id == table.c.book_id, stored.c.id == table.c.record))
            .where(table.c.record == order, within(table.c.book_id, scope))
            .order_by(table.c.n)
        )
        lines = [dict(row) for row in connection.execute(query).mappings()]
        products, _ = names.ids_in(specs, lines)
        found = records.page_of(connection, "order", scope, order, reader, also_records=products)
    if found is None:
        return None
    shown = {
        name: spec
        for name, spec in specs.items()
        if spec.listed or any(line.get(name) not in (None, "") for line in lines)
    }
    return OrderPage(found, shown, lines, sum(line["amount_minor"] or 0 for line in lines))
