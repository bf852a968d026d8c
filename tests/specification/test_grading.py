"""Grades and purchase figures (catalogue 127-129, 163; decision 12)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from sync_protocol.grading import Purchase, figures, grade_of, last_whole_months


@pytest.mark.parametrize(
    ("pieces", "grade"),
    [
        ("20.01", "1"),
        ("20", "2"),
        ("14.01", "2"),
        ("14", "3"),
        ("10.01", "3"),
        ("10", "4"),
        ("7", "5"),
        ("4", "6"),
        ("2", "7"),
        ("1", "8"),
        ("0", "8"),
    ],
)
def test_upper_limits_are_inclusive(pieces: str, grade: str) -> None:
    assert grade_of(Decimal(pieces)) == grade


def test_the_last_twelve_whole_months_end_before_this_month() -> None:
    assert last_whole_months(date(2026, 1, 31)) == (date(2025, 1, 1), date(2026, 1, 1))
    assert last_whole_months(date(2026, 11, 22)) == (date(2025, 11, 1), date(2026, 11, 1))


def test_figures_count_all_purchases_but_grade_by_the_recent_ones() -> None:
    old = Purchase(date(2020, 5, 1), Decimal(12), Decimal(1), 12_00)
    recent = Purchase(date(2026, 3, 1), Decimal(1440), Decimal(120), 1440_00)

    found = figures([old, recent], date(2026, 11, 22))

    assert found == {
        "grade": "4",
        "monthly_supply": "15",
        "purchase_quantity": "1452",
        "purchase_amount_minor": 145200,
        "purchase_average_price": "1",
    }


def test_without_purchases_there_is_the_lowest_grade_with_its_limit_and_nothing_else() -> None:
    assert figures([], date(2026, 11, 22)) == {"grade": "8", "monthly_supply": "2"}


def test_the_monthly_limit_is_the_one_that_head_office_set_for_the_grade() -> None:
    assert figures([], date(2026, 11, 22), {"8": 7})["monthly_supply"] == "7"
    assert "monthly_supply" not in figures([], date(2026, 11, 22), {})
