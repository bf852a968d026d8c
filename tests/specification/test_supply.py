"""What a customer may still order this month (catalogue 164, 228)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from sync_protocol.grading import grade_of
from sync_protocol.supply import LIMITS, Supply, default_limit, limit_of, ordered_pieces


def test_the_limit_of_the_file_counts_before_that_of_the_grade() -> None:
    assert limit_of({"monthly_supply": "17.5", "grade": "1"}) == Decimal("17.5")
    assert limit_of({"grade": "4"}) == LIMITS["4"]
    assert limit_of({"monthly_supply": "0", "grade": "4"}) == 0


def test_of_whom_nothing_is_known_nothing_is_limited() -> None:
    assert limit_of({}) is None and limit_of({"grade": "of another release"}) is None
    assert Supply(None, Decimal(5)).left(Decimal(3)) is None


def test_a_higher_grade_may_order_more_and_each_at_least_its_average() -> None:
    limits = [LIMITS[grade] for grade in "12345678"]
    assert limits == sorted(limits, reverse=True)
    for average in (1, 2, 4, 7, 10, 14, 20, 50):
        assert LIMITS[grade_of(Decimal(average))] >= average
    assert default_limit("4") == "15" and default_limit("9") is None


@pytest.mark.parametrize(("asked", "left"), [("0", "5"), ("5", "0"), ("6.5", "-1.5")])
def test_what_is_left_goes_below_zero_over_the_limit(asked: str, left: str) -> None:
    assert Supply(Decimal(15), Decimal(10)).left(Decimal(asked)) == Decimal(left)


def test_only_orders_of_the_month_count_and_bottles_are_counted_as_cartons() -> None:
    orders = [
        (date(2026, 11, 1), [("24", 12), ("3", None)]),
        (date(2026, 11, 30), [("6", 12), ("many", 12)]),
        (date(2026, 10, 31), [("120", 12)]),
        (date(2025, 11, 5), [("120", 12)]),
    ]
    assert ordered_pieces(orders, date(2026, 11, 22)) == Decimal("5.5")
