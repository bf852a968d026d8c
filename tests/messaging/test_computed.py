"""Computed fields at head office: the limit that goes with a grade, set there, and why a figure is what it is."""

from datetime import date

import pytest

from server.services import computed
from server.storage.database import reading, writing
from sync_protocol.supply import LIMITS
from tests.messaging.conftest import at


def order(texting, shop, day, quantity, amount):
    from server.services import clock

    lines = [{"product_name": "x", "quantity": quantity, "amount_minor": amount}]
    values = {"ordered_at": at(f"{day} 12:00"), "lines": lines}
    texting.office.write(
        "north", {"op": "create", "type": "order", "record": clock.new_id(), "customer": shop, "set": values}
    )


def stored(texting, shop):
    return next(row for row in texting.records("customer") if row["id"] == shop)


def test_grade_and_limit_follow_from_the_orders_and_say_so_and_a_second_time_nothing_is_written(texting):
    shop = texting.office.customer("north", "Graded Shop")
    order(texting, shop, "2026-03-02", "100", 100_00)
    order(texting, shop, "2025-10-31", "900", 900_00)

    computed.recompute([texting.book], today=date(2026, 11, 25))
    first = stored(texting, shop)
    again = computed.recompute([texting.book], today=date(2026, 11, 25))

    assert (first["grade"], first["monthly_supply"], first["purchase_quantity"]) == ("4", "15", "1000")
    assert again == 0
    why = computed.explain(texting.book, shop)
    assert (str(why.volume.pieces), why.volume.lines, str(why.volume.monthly)) == ("100", 1, "8.33")
    assert why.figures["grade"] == "4"


def test_a_limit_that_head_office_changes_comes_into_the_files_with_the_next_recomputing(texting):
    shop = texting.office.customer("north", "Small Shop")
    with writing() as connection:
        computed.save_limits(connection, {**LIMITS, "8": 5})
    try:
        computed.recompute([texting.book], today=date(2026, 11, 25))

        assert stored(texting, shop)["monthly_supply"] == "5"
        with reading() as connection:
            assert computed.limits(connection)["8"] == 5
    finally:
        with writing() as connection:
            computed.save_limits(connection, {})


def test_limits_of_grades_that_do_not_exist_or_below_zero_are_not_taken(texting):
    for wrong in ({"9": 1}, {"1": -1}):
        with writing() as connection, pytest.raises(ValueError, match="limits"):
            computed.save_limits(connection, wrong)
