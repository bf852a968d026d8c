"""Which rows are one customer, one product; what is taken where they disagree; what is there already."""

from __future__ import annotations

from server.services.importing.known import Held, Known
from tests.importing.files import as_known, customer, product, reasons, understood, warned, workbook

SHOPS = [
    ["Store Number", "Store Name", "Address", "City"],
    ["1", "Joe", "1 Main", "Ames"],
    ["2", "Ann", "2 Oak", "Ames"],
]
LINES = [
    ["Store Number", "Store Name", "Order date", "Item number", "Item name", "Price", "Qty"],
    ["1", "Joe's", "2015-11-20", "C", "Cola", "2.00", "6"],
    ["1", "Joe", "2014-01-05", "C", "Cola", "1.50", "6"],
]


def test_one_store_in_many_rows_is_one_customer():
    plan = understood(LINES)

    assert len(plan.customers) == 1
    assert len(plan.products) == 1


def test_where_rows_disagree_the_latest_by_date_is_taken_and_it_is_told():
    plan = understood(LINES)

    assert customer(plan, "1")["store_name"] == "Joe's"
    assert product(plan, "C")["unit_price_minor"] == 200
    assert {"customer.conflict", "product.conflict"} <= warned(plan)
    told = next(warning for warning in plan.warnings if warning.code == "customer.conflict")
    assert told.text("en") == "Customer 1: Store name differs between rows: Joe, Joe's. The latest was taken: «Joe's»."


def test_a_list_of_shops_counts_for_more_than_the_lines_of_orders():
    plan = understood(workbook({"Lines": LINES, "Shops": [["Store Number", "Store Name"], ["1", "Joseph"]]}))

    assert customer(plan, "1")["store_name"] == "Joseph"


def test_an_empty_cell_takes_nothing_away():
    plan = understood([*SHOPS, ["1", "Joe", "", ""]])

    assert customer(plan, "1")["city"] == "Ames"


def test_customers_without_a_code_are_known_by_name_and_address():
    rows = [["Store Name", "Address"], ["Joe", "1 Main St."], ["JOE", "1 main st"], ["Joe", "9 Elm"], ["Ann", "2 Oak"]]

    plan = understood(rows)
    again = understood(rows, known=as_known(plan))

    assert len(plan.customers) == 3
    assert "customer.no-code" in warned(plan)
    assert again.counts() == {"same": 3}


def test_an_order_that_names_its_customer_finds_him_and_refuses_to_choose_between_two():
    shops = [
        ["Store Number", "Store Name", "Address"],
        ["1", "Joe", "1 Main"],
        ["2", "Ann", "2 Oak"],
        ["3", "Ann", "3 Elm"],
    ]
    lines = [
        ["Store Name", "Order date", "SKU", "Item name", "Qty"],
        ["joe", "2015-11-20", "C", "Cola", "6"],
        ["Ann", "2015-11-20", "C", "Cola", "6"],
    ]

    plan = understood(workbook({"Shops": shops, "Lines": lines}))

    assert [wanted.fields["customer_code"] for wanted in plan.customers] == ["1", "2", "3"]
    assert len(plan.orders) == 1
    assert reasons(plan) == {3: ["2 customers are called «Ann»: give the customer code"]}


def test_two_codes_for_one_name_and_address_are_told_not_joined():
    plan = understood([*SHOPS, ["7", "joe", "1 Main", "Ames"]])

    assert len(plan.customers) == 3
    assert "customer.twice" in warned(plan)


def test_a_customer_without_a_name_is_refused_unless_he_is_there_already():
    phones = [["Store Number", "Phone"], ["1", "555-123-4567"], ["9", "555-123-4568"]]

    plan = understood(phones, known=as_known(understood(SHOPS)))

    assert customer(plan, "1")["contact_phone"] == "555-123-4567"
    assert plan.counts() == {"changed": 1}
    assert reasons(plan) == {3: ["no customer «9» in the file or in Roundbook, and the row has no name to make one"]}


def test_importing_again_changes_nothing_and_a_changed_value_is_an_edit():
    known = as_known(understood(SHOPS))
    moved = [SHOPS[0], ["1", "Joe", "5 Broadway", "Ames"], SHOPS[2]]

    same, changed = understood(SHOPS, known=known), understood(moved, known=known)

    assert same.counts() == {"same": 2}
    assert [wanted.changes for wanted in changed.customers] == [{"address": "5 Broadway"}, {}]


def test_a_record_that_came_by_another_way_is_found_by_its_code():
    known = Known()
    known.add(Held("abc", "customer", "north", "abc", "1-x", False, {"customer_code": "1", "store_name": "Joe"}))

    plan = understood(SHOPS, known=known)

    assert [wanted.id == "abc" for wanted in plan.customers] == [True, False]
    assert plan.customers[0].changes == {"address": "1 Main", "city": "Ames"}


def test_what_a_person_edited_since_is_kept_and_told():
    known = as_known(understood(SHOPS))
    held = known.records[understood(SHOPS).customers[0].id]
    known.add(
        Held(
            held.id,
            held.type,
            held.book,
            held.customer,
            "2-x",
            False,
            {**held.fields, "city": "Nevada"},
            frozenset({"city"}),
        )
    )

    plan = understood(SHOPS, known=known)

    assert plan.customers[0].is_same
    assert plan.customers[0].kept == {"city": "Ames"}
    assert "value.kept" in warned(plan)


def test_an_older_file_does_not_turn_back_what_a_later_one_said():
    known = as_known(understood(LINES))

    plan = understood([LINES[0], LINES[2]], known=known)

    assert plan.counts() == {"same": 2, "changed": 1} or plan.counts() == {"same": 3}
    assert all(wanted.is_same for wanted in [*plan.customers, *plan.products])
    assert "value.older" in warned(plan)


def test_a_customer_who_was_removed_stays_removed():
    known = as_known(understood(SHOPS))
    held = known.records[understood(SHOPS).customers[0].id]
    known.add(Held(held.id, held.type, held.book, held.customer, "2-x", True, held.fields))

    plan = understood(SHOPS, known=known)

    assert len(plan.customers) == 1
    assert "removed.kept" in warned(plan)


def test_the_book_column_says_where_new_customers_come_and_moves_nobody():
    known = Known(books={"North": "n", "South": "s"})
    known.add(Held("abc", "customer", "n", "abc", "1-x", False, {"customer_code": "1", "store_name": "Joe"}))
    rows = [
        ["Store Number", "Store Name", "Round"],
        ["1", "Joe", "South"],
        ["2", "Ann", " South "],
        ["3", "Bob", "West"],
        ["4", "Eve", ""],
    ]

    plan = understood(rows, known=known, book_by="round")

    assert [wanted.book for wanted in plan.customers] == ["n", "South", "West", ""]
    assert plan.new_books == ["West"]
    assert "book.moved" in warned(plan)


def test_users_and_customers_that_a_field_names_become_their_ids_and_unknown_ones_are_told():
    rows = [
        ["Store Number", "Store Name", "Driver", "Referred by"],
        ["1", "Joe", "Li Wei", ""],
        ["2", "Ann", "Nobody", "1"],
        ["3", "Bob", "", "99"],
    ]

    plan = understood(rows, known=Known(users={"li wei": "u1"}))

    assert customer(plan, "1")["delivery_staff"] == "u1"
    assert "delivery_staff" not in customer(plan, "2")
    assert customer(plan, "2")["referred_by"] == plan.customers[0].id
    assert {"user.unknown", "reference.unknown"} <= warned(plan)


def test_products_without_a_code_are_known_by_name():
    rows = [["Product name", "Price", "Brand"], ["Cola", "2.00", "C"], ["Pils", "1.00", "P"]]

    plan = understood(rows)
    again = understood(rows, known=as_known(plan))

    assert product(plan, "Cola")["unit_price_minor"] == 200
    assert "product.no-code" in warned(plan)
    assert again.counts() == {"same": 2}


def test_a_row_that_says_nothing_comes_back():
    plan = understood([*SHOPS, ["N/A", "-", "", ""], ["", "", "3 Elm", ""]])

    assert list(reasons(plan)) == [4, 5]


def test_a_row_wider_than_its_heading_comes_back():
    plan = understood([*SHOPS, ["3", "Bob", "1 Elm", "Suite 2", "Ames"]])

    assert "1 cells more than the heading" in reasons(plan)[4][0]


def test_a_column_without_a_heading_that_is_filled_throughout_makes_no_row_wide():
    plan = understood([["Store Number", "Store Name"], ["1", "Joe", "x"], ["2", "Ann", "y"]])

    assert not plan.refused
    assert len(plan.customers) == 2
