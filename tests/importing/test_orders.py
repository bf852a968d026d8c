"""Past orders: which lines are one order, what they come to, and what happens when they come again."""

from __future__ import annotations

from datetime import datetime

from tests.importing.files import (
    COMPANY,
    as_known,
    asked,
    customer,
    order,
    product,
    reasons,
    understood,
    warned,
    workbook,
)

HEADING = ["Order number", "Order date", "Store Number", "Store Name", "SKU", "Item name", "Qty", "Price", "Amount"]
FIRST = ["A1", "2015-11-20", "1", "Joe", "C", "Cola", "6", "2.00", "12.00"]
SECOND = ["A1", "2015-11-20", "1", "Joe", "P", "Pils", "2", "1.50", "3.00"]
OTHER = ["A2", "2015-11-21", "1", "Joe", "C", "Cola", "1", "2.00", "2.00"]
PER_LINE = ["Invoice/Item Number", *HEADING[1:]]


def lines_of(plan, number):
    return [(line["product_code"], line["quantity"]) for line in order(plan, number)["lines"]]


def test_rows_of_one_order_number_are_one_order_with_lines_in_their_order():
    plan = understood([HEADING, FIRST, OTHER, SECOND])

    assert len(plan.orders) == 2
    assert plan.order_lines == 3
    assert order(plan, "A1")["lines"] == [
        {
            "product": plan.products[0].id,
            "product_code": "C",
            "product_name": "Cola",
            "quantity": "6",
            "unit_price_minor": 200,
            "amount_minor": 1200,
        },
        {
            "product": plan.products[1].id,
            "product_code": "P",
            "product_name": "Pils",
            "quantity": "2",
            "unit_price_minor": 150,
            "amount_minor": 300,
        },
    ]
    assert order(plan, "A1")["total_minor"] == 1500
    assert order(plan, "A1")["source"] == "import"
    assert order(plan, "A1")["currency"] == "USD"


def test_rows_without_an_order_number_are_one_order_a_customer_and_day():
    rows = [row[1:] for row in (HEADING, FIRST, SECOND, OTHER)]

    plan = understood(rows)

    assert sorted(len(wanted.fields["lines"]) for wanted in plan.orders) == [1, 2]


def test_a_number_of_each_line_does_not_part_an_order():
    rows = [PER_LINE, ["S1", *FIRST[1:]], ["S2", *SECOND[1:]], ["S3", *OTHER[1:]]]

    plan = understood(rows)

    assert lines_of(plan, "S1") == [("C", "6"), ("P", "2")]
    assert order(plan, "S1")["external_number"] == "S1 + S2"
    assert "order.number-per-line" in warned(plan)


def test_part_of_a_file_and_the_whole_file_meet_in_the_same_orders():
    whole = [PER_LINE, ["S1", *FIRST[1:]], ["S2", *SECOND[1:]], ["S3", *OTHER[1:]]]

    for part in ([PER_LINE, whole[2]], [PER_LINE, whole[1]], [PER_LINE, whole[3], whole[2]]):
        first = understood(part)
        then = understood(whole, known=as_known(first))
        again = understood(part, known=as_known(then, as_known(first)))

        assert len(then.orders) == 2
        assert {wanted.id for wanted in first.orders} <= {wanted.id for wanted in then.orders}
        assert again.counts().keys() == {"same"}
        assert sorted(len(wanted.fields["lines"]) for wanted in then.orders) == [1, 2]


def test_importing_orders_again_changes_nothing_and_a_corrected_quantity_is_an_edit():
    known = as_known(understood([HEADING, FIRST, SECOND]))

    same = understood([HEADING, FIRST, SECOND], known=known)
    corrected = understood([HEADING, [*FIRST[:6], "8", "2.00", "16.00"], SECOND], known=known)

    assert same.counts().keys() == {"same"}
    assert lines_of(corrected, "A1") == [("C", "8"), ("P", "2")]
    assert order(corrected, "A1")["total_minor"] == 1900


def test_a_line_that_the_file_no_longer_has_stays_in_the_order():
    known = as_known(understood([HEADING, FIRST, SECOND]))

    plan = understood([HEADING, FIRST], known=known)

    assert lines_of(plan, "A1") == [("C", "6"), ("P", "2")]
    assert plan.orders[0].is_same


def test_a_product_twice_in_an_order_is_two_lines_and_stays_two():
    rows = [HEADING, FIRST, [*FIRST[:6], "4", "2.00", "8.00"]]

    plan = understood(rows)
    again = understood(rows, known=as_known(plan))

    assert lines_of(plan, "A1") == [("C", "6"), ("C", "4")]
    assert again.counts().keys() == {"same"}


def test_a_refused_line_refuses_only_itself_and_the_order_is_told_to_be_incomplete():
    plan = understood([HEADING, FIRST, [*SECOND[:6], "two", "1.50", "3.00"], OTHER])

    assert lines_of(plan, "A1") == [("C", "6")]
    assert list(reasons(plan)) == [3]
    told = next(warning for warning in plan.warnings if warning.code == "order.incomplete")
    assert told.values["orders"] == ["A1"]
    assert (len(plan.orders), plan.order_lines) == (2, 2)


def test_what_an_order_says_once_holds_for_all_its_rows():
    rows = [HEADING, FIRST, ["A1", "", "", "", "P", "Pils", "2", "1.50", "3.00"]]

    plan = understood(rows)

    assert lines_of(plan, "A1") == [("C", "6"), ("P", "2")]
    assert not plan.refused


def test_a_line_without_customer_date_quantity_or_product_comes_back_with_all_its_reasons():
    rows = [HEADING, FIRST, ["", "", "", "", "P", "Pils", "2", "", ""], ["A9", "2015-11-20", "1", "Joe", "", "", "2", "", ""],
            ["A9", "2015-11-20", "1", "Joe", "C", "", "", "", ""]]  # fmt: skip

    plan = understood(rows)

    assert reasons(plan) == {
        3: ["nothing says which customer this is: neither code nor name", "the order has no date"],
        4: ["nothing says which product this is: neither code nor name"],
        5: ["Qty: is missing"],
    }


def test_shops_without_orders_in_a_list_with_orders_are_customers_all_the_same():
    plan = understood([HEADING, FIRST, ["", "", "2", "Ann", "", "", "", "", ""]])

    assert len(plan.customers) == 2
    assert not plan.refused


def test_amounts_are_reckoned_where_they_are_missing_and_told_where_they_differ():
    rows = [HEADING, [*FIRST[:8], ""], [*SECOND[:7], "", "3.00"], [*OTHER[:8], "9.00"]]

    plan = understood(rows)

    assert order(plan, "A1")["lines"][0]["amount_minor"] == 1200
    assert order(plan, "A1")["lines"][1]["unit_price_minor"] == 150
    assert order(plan, "A2")["lines"][0]["amount_minor"] == 900
    told = next(warning for warning in plan.warnings if warning.code == "amount.differs")
    assert told.values["lines"] == ["4"]


def test_a_total_that_is_not_the_sum_is_kept_and_told():
    plan = understood([[*HEADING, "Order total"], [*FIRST, "20.00"], [*SECOND, "20.00"]])

    assert order(plan, "A1")["total_minor"] == 2000
    assert "total.differs" in warned(plan)


def test_a_product_that_no_catalogue_has_stays_in_the_line_by_its_code():
    plan = understood([[*HEADING[:5], *HEADING[6:]], [*FIRST[:5], *FIRST[6:]]])

    assert order(plan, "A1")["lines"][0] == {
        "product_code": "C",
        "quantity": "6",
        "unit_price_minor": 200,
        "amount_minor": 1200,
    }
    assert not plan.products
    assert "product.unknown" in warned(plan)


def test_an_order_finds_the_products_that_are_there():
    known = as_known(understood([["SKU", "Product name", "Price"], ["C", "Coca Cola", "2.00"]]))

    plan = understood([[*HEADING[:5], *HEADING[6:]], [*FIRST[:5], *FIRST[6:]]], known=known)

    assert order(plan, "A1")["lines"][0]["product_name"] == "Coca Cola"
    assert "product.unknown" not in warned(plan)


def test_an_order_of_more_than_two_hundred_lines_is_split_and_comes_out_the_same_again():
    rows = [HEADING] + [
        ["A1", "2015-11-20", "1", "Joe", f"P{n}", f"Product {n}", "1", "2.00", "2.00"] for n in range(450)
    ]

    plan = understood(rows)
    again = understood(rows, known=as_known(plan))

    assert [len(wanted.fields["lines"]) for wanted in plan.orders] == [200, 200, 50]
    assert again.counts().keys() == {"same"}
    assert "order.split" in warned(plan)


def test_an_order_number_of_two_customers_is_two_orders():
    plan = understood([HEADING, FIRST, ["A1", "2015-11-20", "2", "Ann", "C", "Cola", "1", "2.00", "2.00"]])

    assert len(plan.orders) == 2


def test_an_order_number_that_begins_anew_each_year_is_an_order_each_time():
    plan = understood([HEADING, FIRST, ["A1", "2014-11-20", *FIRST[2:]]])

    assert len(plan.orders) == 2
    assert "order.number-not-one" in warned(plan)


def test_orders_without_lines_are_told():
    data = workbook(
        {"Heads": [["Order number", "Order date", "Store Number", "Store Name"], ["A7", "2015-11-20", "1", "Joe"]]}
    )

    plan = understood(data)

    assert not plan.orders
    assert "order.no-lines" in warned(plan)


def test_a_missing_column_is_asked_for_by_name_with_the_columns_that_fit():
    rows = [
        ["Store Number", "Store Name", "SKU", "Item name", "Qty", "When", "Clerk"],
        ["1", "Joe", "C", "Cola", "6", "2015-11-20", "Bob"],
    ]

    plan = understood(rows)
    answered = understood(rows, columns={"When": "order.ordered_at"})

    assert asked(plan) == ["missing"]
    assert "Ordered at (Order)" in plan.questions[0].message.text("en")
    assert [choice.value for choice in plan.questions[0].choices] == ["When"]
    assert len(answered.orders) == 1
    assert not answered.questions


def test_a_shop_systems_export_is_understood_with_three_answers():
    rows = [
        ["Name", "Email", "Financial Status", "Currency", "Total", "Created at", "Lineitem quantity", "Lineitem name", "Lineitem price",
         "Lineitem sku", "Billing Name", "Billing Street", "Billing City", "Billing Zip", "Notes", "Vendor"],
        ["#1001", "ann@x.example", "paid", "USD", "45.00", "2024-01-05 10:20:31 -0500", "2", "Tea, green", "12.50", "TEA", "Ann Shop",
         "1 Main St", "Boston", "'02110", "ring the bell", "Acme"],
        ["#1001", "", "", "", "", "2024-01-05 10:20:31 -0500", "1", "Cup", "20.00", "CUP", "", "", "", "", "", "Acme"],
        ["#1002", "bob@x.example", "paid", "USD", "12.50", "2024-01-06 10:20:31 -0500", "1", "Tea, green", "12.50", "TEA", "Bob Store",
         "2 Oak Ave", "Salem", "'01970", "", "Acme"],
    ]  # fmt: skip

    before = understood(rows)
    plan = understood(rows, columns={"Name": "order_number", "Billing Name": "store_name", "Created at": "ordered_at"})

    assert asked(before) == ["column", "column", "missing"]
    assert [wanted.fields["store_name"] for wanted in plan.customers] == ["Ann Shop", "Bob Store"]
    assert plan.customers[0].fields["postal_code"] == "02110"
    assert lines_of(plan, "#1001") == [("TEA", "2"), ("CUP", "1")]
    assert order(plan, "#1001")["ordered_at"] == 1704468031000
    assert order(plan, "#1001")["note"] == "ring the bell"
    assert not plan.refused


def test_orders_count_for_the_day_of_the_company():
    plan = understood([HEADING, FIRST])

    at = order(plan, "A1")["ordered_at"]

    assert datetime.fromtimestamp(at / 1000, COMPANY.zone) == datetime(2015, 11, 20, 12, tzinfo=COMPANY.zone)
    assert customer(plan, "1") and product(plan, "C")
