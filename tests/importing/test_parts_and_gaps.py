"""Parts of addresses and regions are joined and never lost; what a row can do without does not cost it."""

from __future__ import annotations

import csv
import io

import pytest

from server.services.importing.refused import refused_file
from tests.importing.files import as_known, asked, customer, left_out, matched, order, reasons, understood, warned

HEAD = ["Store Number", "Store Name"]


@pytest.mark.parametrize(
    ("headings", "cells", "address"),
    [
        (["Street Number", "Street Direction", "Street Name", "Street Type"], ["10", "N", "Main", "St"], "10 N Main St"),
        (["House No.", "Street", "Apt"], ["10", "Main St", "4"], "10 Main St, Apt 4"),
        (["Address", "Suite"], ["10 Main St", "STE 4"], "10 Main St, STE 4"),
        (["Address", "Suite"], ["4 Main St", "4"], "4 Main St, Suite 4"),
        (["Street Number", "Street Name"], ["5", "5 Ave"], "5 5 Ave"),
        (["Address 1", "Address 2", "Address 3"], ["Mill House", "1 High St", "Filey"], "Mill House, 1 High St, Filey"),
        (["Straße", "Hausnummer"], ["Hauptstraße", "12a"], "Hauptstraße 12a"),
        (["街道", "详细地址", "门牌号"], ["文新街道", "文一路", "1号"], "文新街道文一路1号"),
    ],
)  # fmt: skip
def test_the_parts_of_an_address_come_together_in_the_order_of_an_address(headings, cells, address):
    plan = understood([[*HEAD, *headings], ["1", "Joe", *cells]])

    assert asked(plan) == []
    assert customer(plan, "1")["address"] == address


def test_parts_that_stand_in_the_whole_address_already_are_left_out_and_told():
    rows = [
        [*HEAD, "Address", "Street Number", "Street Name"],
        ["1", "Joe", "12 Main St", "12", "Main St"],
        ["2", "Ann", "9 Elm Ave", "9", "Elm Ave"],
    ]

    plan = understood(rows)

    assert customer(plan, "2")["address"] == "9 Elm Ave"
    assert "column.contained" in warned(plan)
    assert asked(plan) == []


def test_a_unit_in_a_list_of_goods_is_no_part_of_an_address():
    plan = understood([["SKU", "Product name", "Unit", "Price"], ["1", "Cola", "case", "2.00"]])

    assert matched(plan)["Unit"] == ["product.unit", "order_line.unit"] or matched(plan)["Unit"] == ["product.unit"]


def test_counties_of_one_name_in_two_states_keep_their_state():
    rows = [[*HEAD, "County", "State"], ["1", "A", "Washington", "IA"], ["2", "B", "Washington", "OR"]]

    assert customer(understood(rows), "2")["region"] == "Washington, OR"


@pytest.mark.parametrize(
    ("headings", "cells", "region"),
    [(["State", "County"], ["IA", "Polk"], "Polk, IA"), (["省份", "区县"], ["浙江省", "西湖区"], "浙江省西湖区")],
)
def test_state_and_county_are_both_said_whatever_part_of_a_list_comes(headings, cells, region):
    assert customer(understood([[*HEAD, *headings], ["1", "Joe", *cells]]), "1")["region"] == region


@pytest.mark.parametrize(
    ("heading", "cell", "area"),
    [
        ("Square Footage", "1,200", "111.48"), ("Floor area (sq. ft.)", "1000", "92.90"), ("Floor area", "1,000 sq ft", "92.90"),
        ("Floor area", "92.9", "92.9"), ("营业面积", "80平方米", "80"), ("營業面積", "20坪", "66.12"), ("Floor area (m²)", "80", "80"),
    ],
)  # fmt: skip
def test_areas_are_square_metres_whatever_they_were_measured_in(heading, cell, area):
    found = customer(understood([[*HEAD, heading], ["1", "Joe", cell]]), "1")["floor_area_m2"]

    assert float(found) == float(area)


@pytest.mark.parametrize(
    ("words", "key", "codes"),
    [
        (["Open", "Permanently closed"], "business_status", ["open", "closed"]),
        (["ACTIVE", "Inactive"], "customer_status", ["active", "dormant"]),
        (["营业", "歇业"], "business_status", ["open", "closed"]),
    ],
)
def test_a_status_says_by_its_words_whether_the_shop_is_open_or_the_customer_active(words, key, codes):
    plan = understood([[*HEAD, "Status"], ["1", "A", words[0]], ["2", "B", words[1]]])

    assert [wanted.fields[key] for wanted in plan.customers] == codes


def test_who_and_how_much_cannot_be_done_without_and_refuse_the_row():
    rows = [
        ["Order number", "Order date", *HEAD, "SKU", "Item name", "Qty", "Price"],
        ["A1", "2015-11-20", "1", "Joe", "C", "Cola", "six", "2.00"],
        ["A2", "2015-11-20", "1", "Joe", "C", "Cola", "6", "cheap"],
        ["A3", "someday", "1", "Joe", "C", "Cola", "6", "2.00"],
        ["A4", "2015-11-20", "#REF!", "Joe", "C", "Cola", "6", "2.00"],
    ]

    assert list(reasons(understood(rows))) == [2, 3, 4, 5]


def test_without_a_code_the_address_is_who_it_is_and_refuses_the_row():
    plan = understood([["Store Name", "Address", "Phone"], ["A", "#REF!", ""], ["B", "1 Elm", "ask"]])

    assert reasons(plan) == {2: ["Address: #REF! is an Excel error, not a value"]}
    assert list(left_out(plan)) == [3]


def test_a_value_left_out_is_told_with_line_and_value_and_comes_back_with_its_row():
    plan = understood([[*HEAD, "Phone", "Lat"], ["1", "Joe", "ask", "x"], ["2", "Ann", "555-123-4567", "41.5"]])
    told = [warning.text("en") for warning in plan.warnings if warning.code == "value.left-out"]
    lines = list(csv.reader(io.StringIO(refused_file(plan)[0].decode("utf-8-sig"), newline="")))

    assert told == [
        "«Phone»: 1 values cannot be read and were left out; their rows were taken without them: line 2 «ask».",
        "«Lat»: 1 values cannot be read and were left out; their rows were taken without them: line 2 «x».",
    ]
    assert [line[:4] for line in lines[1:]] == [["1", "Joe", "ask", "x"]]
    assert lines[1][-1].count("the row was taken without this value") == 2


def test_a_corrected_value_is_added_to_its_customer_and_its_order_line_does_not_come_twice():
    rows = [
        ["Order number", "Order date", *HEAD, "Phone", "SKU", "Item name", "Qty"],
        ["A1", "2015-11-20", "1", "Joe", "ask", "C", "Cola", "6"],
    ]
    plan = understood(rows)
    corrected = refused_file(plan)[0].replace(b"ask", b"555-123-4567")

    then = understood(corrected, known=as_known(plan))

    assert customer(then, "1")["contact_phone"] == "555-123-4567"
    assert len(order(then, "A1")["lines"]) == 1
    assert not then.refused


def test_a_category_of_shops_makes_no_products():
    plan = understood([[*HEAD, "Category", "Description"], ["1", "Joe", "Kiosk", "busy corner"]])

    assert not plan.products
    assert customer(plan, "1")["business_type"] == "Kiosk"
    assert "column.no-products" in warned(plan)
