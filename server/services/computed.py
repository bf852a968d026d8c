"""System fields: what nobody types because it follows from other data (decision 12). An equal value writes no log entry."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import clock, parts, users
from server.services.push import office_push
from server.storage.database import reading
from server.storage.tables import book, seat, setting
from server.storage.typed import line_table, typed_table
from sync_protocol.changes import CHANGES_LIMIT
from sync_protocol.grading import Purchase, Volume, figures, volume
from sync_protocol.supply import LIMITS

LIMITS_SETTING = "grades/limits"
Progress = Callable[[int, int], None]


def recompute(
    books: Iterable[str] | None = None, *, today: date | None = None, progress: Progress | None = None
) -> int:
    """Bring the computed fields of all customers, or of those in `books`, to what follows from their orders and seats.

    Args: today: the company's day, now if None. progress: called with books done and books in all.
    Returns: how many customers changed. Run monthly and after an import; running it twice changes nothing.
    """
    zone = ZoneInfo(parts.config().time_zone)
    day = today or datetime.fromtimestamp(clock.now_ms() / 1000, zone).date()
    if books is None:
        with reading() as connection:
            books = list(connection.scalars(sa.select(book.c.id).where(book.c.kind == "round")))
    wanted, changed = list(books), 0
    for done, book_id in enumerate(wanted, 1):
        with reading() as connection:
            edits = _edits(connection, book_id, day, zone)
        for start in range(0, len(edits), CHANGES_LIMIT):
            office_push(users.SYSTEM, book_id, "recompute", edits[start : start + CHANGES_LIMIT], system=True)
        changed += len(edits)
        if progress is not None:
            progress(done, len(wanted))
    return changed


def _edits(connection: Connection, book_id: str, day: date, zone: ZoneInfo) -> list[dict[str, Any]]:
    customer = typed_table("customer")
    bought = _purchases(connection, book_id, zone)
    holder = connection.scalar(sa.select(seat.c.user_id).where(seat.c.book_id == book_id, seat.c.seat == "maintainer"))
    edits, monthly_limits = [], limits(connection)
    for row in connection.execute(
        sa.select(customer).where(customer.c.book_id == book_id, customer.c.removed.is_(False))
    ).mappings():
        wanted = {**figures(bought.get(row["id"], ()), day, monthly_limits), "account_manager": holder}
        values = {name: value for name, value in wanted.items() if row[name] != value}
        if values:
            edits.append(_edit(row, values))
    return edits


def limits(connection: Connection) -> dict[str, int]:
    """Grade -> pieces that a customer of it may order in a month, as head office has set it (catalogue 164)."""
    text = connection.scalar(sa.select(setting.c.value).where(setting.c.name == LIMITS_SETTING))
    return {**LIMITS, **(json.loads(text) if text else {})}


def save_limits(connection: Connection, wanted: Mapping[str, int]) -> None:
    """Set the monthly limits; the files follow with the next recomputing. Raises: ValueError for a grade or number that cannot be."""
    if set(wanted) - set(LIMITS) or any(not 0 <= number <= 1_000_000 for number in wanted.values()):
        raise ValueError("limits")
    connection.execute(sa.delete(setting).where(setting.c.name == LIMITS_SETTING))
    connection.execute(sa.insert(setting), {"name": LIMITS_SETTING, "value": json.dumps(dict(wanted))})


@dataclass(frozen=True, slots=True)
class Explained:
    """Why the computed fields of a customer are what they are."""

    volume: Volume
    figures: Mapping[str, Any]
    limits: Mapping[str, int]


def explain(book_id: str, customer: str) -> Explained:
    """What the figures of a customer follow from, as of today."""
    zone = ZoneInfo(parts.config().time_zone)
    day = datetime.fromtimestamp(clock.now_ms() / 1000, zone).date()
    with reading() as connection:
        bought = _purchases(connection, book_id, zone).get(customer, [])
        monthly_limits = limits(connection)
    return Explained(volume(bought, day), figures(bought, day, monthly_limits), monthly_limits)


def _edit(row: Mapping[Any, Any], values: dict[str, Any]) -> dict[str, Any]:
    return {
        "op": "edit",
        "type": "customer",
        "record": row["id"],
        "customer": row["id"],
        "seat": "maintainer",
        "term": 0,
        "set": values,
    }


def _purchases(connection: Connection, book_id: str, zone: ZoneInfo) -> dict[str, list[Purchase]]:
    """Customer -> order lines. Pieces are bottles divided by the product's pack; without a pack, the quantity itself."""
    order, line, product = typed_table("order"), line_table("order", "lines"), typed_table("product")
    query = (
        sa.select(order.c.customer, order.c.ordered_at, line.c.quantity, line.c.amount_minor, product.c.pack)
        .join(line, sa.and_(line.c.book_id == order.c.book_id, line.c.record == order.c.id))
        .outerjoin(product, product.c.id == line.c.product)
        .where(order.c.book_id == book_id, order.c.removed.is_(False))
    )
    found: dict[str, list[Purchase]] = {}
    for row in connection.execute(query):
        quantity = Decimal(row.quantity or "0")
        on = datetime.fromtimestamp(row.ordered_at / 1000, zone).date()
        pieces = quantity / row.pack if row.pack else quantity
        found.setdefault(row.customer, []).append(Purchase(on, quantity, pieces, row.amount_minor or 0))
    return found
