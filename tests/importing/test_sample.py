"""The sample that comes with the project: real, whole, and fit for three account managers."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import roundbook
from tests.importing.files import as_known, matched, understood, warned

SAMPLE = Path(roundbook.__file__).parent / "sample" / "iowa-sample.csv"


def test_the_sample_is_understood_without_a_hand_touching_it():
    plan = understood(SAMPLE.read_bytes(), book_by="County")

    assert (len(plan.customers), len(plan.products), len(plan.orders), plan.order_lines) == (270, 932, 2164, 2294)
    assert not plan.refused
    assert not plan.questions
    assert [column.name for column in plan.columns if not column.targets] == [
        "Volume Sold (Liters)",
        "Volume Sold (Gallons)",
    ]
    assert "order.number-per-line" in warned(plan)
    assert "amount.differs" not in warned(plan)
    assert matched(plan)["Store Location"] == ["customer.latitude", "customer.longitude"]


def test_the_sample_makes_three_books_of_similar_size():
    plan = understood(SAMPLE.read_bytes(), book_by="County")

    assert Counter(wanted.book for wanted in plan.customers) == {"Polk": 103, "Linn": 94, "Black Hawk": 73}


def test_the_sample_again_changes_nothing():
    first = understood(SAMPLE.read_bytes(), book_by="County")

    assert understood(SAMPLE.read_bytes(), known=as_known(first)).counts() == {"same": 3366}


def test_the_sample_names_its_source_and_licence_and_is_small():
    words = (SAMPLE.parent / "README.md").read_text()

    assert "m3tr-qhgy" in words
    assert "CC BY 4.0" in words
    assert SAMPLE.stat().st_size < 900_000
