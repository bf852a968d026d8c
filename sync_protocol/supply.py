"""How much a customer may still order this month: his grade's limit less what he has ordered (catalogue 163, 164, 228).

The limit is `monthly_supply` of the customer's file, which head office computes. Until it has, the limit of the grade counts.
Pieces are cartons: bottles divided by the product's pack, or the product's own unit where no pack is known (decision 12).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from sync_protocol.merge import plain_decimal

LIMITS = {"1": 60, "2": 30, "3": 20, "4": 15, "5": 10, "6": 6, "7": 3, "8": 2}  # pieces a month by grade; a default


@dataclass(frozen=True, slots=True)
class Supply:
    """A month of one customer, in pieces. Args: limit: None if neither a limit nor a grade is known."""

    limit: Decimal | None
    ordered: Decimal

    def left(self, asked: Decimal = Decimal(0)) -> Decimal | None:
        """What is left when `asked` pieces more are ordered; below 0 is over the limit. None without a limit."""
        return None if self.limit is None else self.limit - self.ordered - asked


def limit_of(customer: Mapping[str, Any]) -> Decimal | None:
    """The monthly limit of a customer's file, in pieces; None if nothing is known of him."""
    stated = decimal_or_none(customer.get("monthly_supply"))
    if stated is not None:
        return stated
    found = LIMITS.get(str(customer.get("grade") or ""))
    return None if found is None else Decimal(found)


def default_limit(grade: str) -> str | None:
    """The limit that goes with a grade, in wire form; None for a grade that this release does not know."""
    return None if grade not in LIMITS else plain_decimal(Decimal(LIMITS[grade]))


def pieces(quantity: Decimal, pack: int | None) -> Decimal:
    """A quantity in pieces. Args: pack: how many the product has in a carton, None or 0 if that is not known."""
    return quantity / pack if pack else quantity


def ordered_pieces(orders: Iterable[tuple[date, Iterable[tuple[Any, int | None]]]], month: date) -> Decimal:
    """What was ordered in the calendar month of `month`, in pieces.

    Args: orders: (day on the company's calendar, [(quantity as it travels, pack)]). Lines that cannot be read count nothing.
    """
    total = Decimal(0)
    for on, lines in orders:
        if (on.year, on.month) == (month.year, month.month):
            for quantity, pack in lines:
                total += pieces(decimal_or_none(quantity) or Decimal(0), pack)
    return total


def decimal_or_none(value: Any) -> Decimal | None:
    """A decimal as it travels; None for what is none."""
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None
