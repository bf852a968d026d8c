"""The credit limit of a customer, which head office sets: an order beyond it is proposed, not refused (R11)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any


def is_beyond(customer: Mapping[str, Any], order: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """Whether an order asks for more than the customer's credit, and for more than it did.

    Args: customer: fields of his file: his limit and what he owes, as head office last knew them. order: its fields, as they would
        be. before: as they are; empty for a new order.
    """
    limit = customer.get("credit_limit_minor")
    if limit is None:
        return False
    asked = total_minor(order)
    return asked > total_minor(before) and int(customer.get("owes_minor") or 0) + asked > int(limit)


def total_minor(order: Mapping[str, Any]) -> int:
    """What an order comes to: its total, or the sum of its lines where that is more."""
    lines = order.get("lines") or []
    return max(int(order.get("total_minor") or 0), sum(_amount_minor(line) for line in lines))


def _amount_minor(line: Mapping[str, Any]) -> int:
    amount = line.get("amount_minor")
    if amount is None:
        price = Decimal(line.get("quantity") or "0") * int(line.get("unit_price_minor") or 0)
        amount = price - int(line.get("discount_minor") or 0)
    return int(amount)
