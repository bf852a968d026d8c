"""What follows from a customer's orders: the eight grades by average monthly volume, and the purchase figures (catalogue 127-129, 163, 164)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sync_protocol.merge import plain_decimal
from sync_protocol.supply import LIMITS

MONTHS = 12
_BORDERS = ((20, "1"), (14, "2"), (10, "3"), (7, "4"), (4, "5"), (2, "6"), (1, "7"))


@dataclass(frozen=True, slots=True)
class Purchase:
    """One order line. `pieces` are cartons, or the product's own unit; `amount_minor` in minor units."""

    on: date
    quantity: Decimal
    pieces: Decimal
    amount_minor: int


def grade_of(monthly_pieces: Decimal) -> str:
    """The grade of an average monthly volume: exactly 10 is grade 4, exactly 20 is grade 2 (upper limits are inclusive)."""
    return next((grade for border, grade in _BORDERS if monthly_pieces > border), "8")


def last_whole_months(today: date, months: int = MONTHS) -> tuple[date, date]:
    """First day of the first and first day after the last of the `months` whole months before today's."""
    until = today.replace(day=1)
    count = until.year * 12 + until.month - 1 - months
    return date(count // 12, count % 12 + 1, 1), until


@dataclass(frozen=True, slots=True)
class Volume:
    """Why a customer has his grade: what he bought in the last whole months. `until`: the first day after them."""

    begin: date
    until: date
    pieces: Decimal
    lines: int

    @property
    def monthly(self) -> Decimal:
        """Pieces a month, on average, as far as a cent of a piece."""
        return (self.pieces / MONTHS).quantize(Decimal("0.01"), ROUND_HALF_UP)


def volume(purchases: Iterable[Purchase], today: date) -> Volume:
    """What the grade of a customer follows from."""
    begin, end = last_whole_months(today)
    recent = [line.pieces for line in purchases if begin <= line.on < end]
    return Volume(begin, end, sum(recent, Decimal(0)), len(recent))


def figures(purchases: Iterable[Purchase], today: date, limits: Mapping[str, int] = LIMITS) -> dict[str, Any]:
    """The computed fields of a customer, in wire form. Without any purchase there are no sums, and the grade is the lowest.

    Args: limits: grade -> pieces that he may order in a month (catalogue 164).
    """
    bought = list(purchases)
    quantity = sum((line.quantity for line in bought), Decimal(0))
    amount = sum(line.amount_minor for line in bought)
    grade = grade_of(volume(bought, today).pieces / MONTHS)
    found: dict[str, Any] = {"grade": grade}
    if grade in limits:
        found["monthly_supply"] = plain_decimal(Decimal(limits[grade]))
    if bought:
        found["purchase_quantity"] = plain_decimal(quantity)
        found["purchase_amount_minor"] = amount
    if quantity > 0:
        average = (Decimal(amount) / 100 / quantity).quantize(Decimal("0.01"), ROUND_HALF_UP)
        found["purchase_average_price"] = plain_decimal(average)
    return found
