"""Columns are recognised by what a person would recognise, and not by what merely resembles."""

from __future__ import annotations

import pytest

from server.services.importing.targets import Targets
from sync_protocol.fields import text
from sync_protocol.records import record_type
from sync_protocol.records.base import register
from tests.importing.files import asked, customer, left_out, matched, product, understood, warned

CODE, NAME = "customer.customer_code", "customer.store_name"
PRODUCT_CODE = ["product.product_code", "order_line.product_code"]


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("Store Number", CODE), ("store_number", CODE), ("STORE NO.", CODE), ("storeNumber", CODE), ("Store No", CODE),
        ("Customer #", CODE), ("Client ID", CODE), ("店号", CODE), ("客户编号", CODE), ("终端编号", CODE), ("客戶編號", CODE),
        ("Kd.-Nr.", CODE), ("Kundennummer", CODE), ("N° client", CODE), ("Código de cliente", CODE),
        ("customer.customer_code", CODE),
        ("Store Name", NAME), ("Firma", NAME), ("Kundenname", NAME), ("零售户名称", NAME), ("Name of the customer", NAME),
        ("Nom du client", NAME), ("門市名稱", NAME),
        ("Zip Code", "customer.postal_code"), ("PLZ", "customer.postal_code"), ("邮编", "customer.postal_code"),
        ("Straße", "customer.address"), ("门店地址", "customer.address"), ("Customer Address", "customer.address"),
        ("Customer phone", "customer.contact_phone"), ("客户电话", "customer.contact_phone"), ("Telefon", "customer.contact_phone"),
        ("有效期至", "customer.licence_expires_on"), ("License expiration date", "customer.licence_expires_on"),
        ("County", "customer.region"), ("拜访周期", "customer.visit_cycle_days"),
    ],
)  # fmt: skip
def test_a_heading_is_known_however_it_is_written(heading, field):
    found, sureness = Targets().known_as(heading)

    assert [target.key for target in found] == [field]
    assert sureness > 0


@pytest.mark.parametrize(
    ("heading", "fields"),
    [
        ("Item Number", PRODUCT_CODE), ("Artikelnummer", PRODUCT_CODE), ("SKU", PRODUCT_CODE), ("商品编码", PRODUCT_CODE),
        ("Lineitem sku", PRODUCT_CODE),
        ("Menge", ["order_line.quantity"]), ("销售数量(瓶)", ["order_line.quantity"]), ("Cantidad", ["order_line.quantity"]),
        ("含税单价", ["product.unit_price_minor", "order_line.unit_price_minor"]),
        ("Sale (Dollars)", ["order_line.amount_minor"]), ("金额（元）", ["order_line.amount_minor"]),
        ("Bestelldatum", ["order.ordered_at"]), ("订货日期", ["order.ordered_at"]), ("Rechnungsnummer", ["order.order_number"]),
    ],
)  # fmt: skip
def test_products_and_order_lines_share_the_columns_that_name_a_product(heading, fields):
    found, _ = Targets().known_as(heading)

    assert [target.key for target in found] == fields


@pytest.mark.parametrize("heading", ["No.", "序号", "Volume Sold (Liters)", "Stor Nmae", "foo", "2024", "%", "Rubrik"])
def test_what_merely_resembles_a_field_is_not_taken_for_it(heading):
    assert Targets().known_as(heading) == ([], 0)


def test_a_misspelt_heading_is_left_out_and_the_field_is_suggested():
    plan = understood([["Store Number", "Store Name", "Citty"], ["1", "Joe", "Ames"]])

    assert "city" not in customer(plan, "1")
    told = next(warning for warning in plan.warnings if warning.code == "column.suggested")
    assert told.text("en") == "«Citty» was left out. Is it City (Customer)?"
    assert "城市" in told.text("zh_Hans")


def test_name_and_code_belong_to_what_the_other_columns_speak_of():
    shops = understood([["Code", "Name", "Phone"], ["1", "Joe", "555-123-4567"]])
    goods = understood([["Code", "Name", "Brand", "Price"], ["1", "Cola", "C", "2.00"]])

    assert customer(shops, "1")["store_name"] == "Joe"
    assert product(goods, "1")["product_name"] == "Cola"


def test_a_name_that_nothing_explains_is_asked_about():
    plan = understood([["Code", "Name"], ["1", "Joe"]])

    assert asked(plan) == ["column", "column"]
    assert [choice.value for choice in plan.questions[1].choices] == [NAME, "product.product_name", "-"]
    assert plan.questions[1].option == '--column "Name=…"'


def test_a_category_in_words_is_a_name_and_in_digits_a_code():
    words = understood([["SKU", "Product name", "Category"], ["1", "Cola", "Soft drinks"], ["2", "Pils", "Beer"]])
    digits = understood([["SKU", "Product name", "Category"], ["1", "Cola", "1031080"], ["2", "Pils", "1012100"]])

    assert product(words, "1")["category_name"] == "Soft drinks"
    assert product(digits, "1")["category_code"] == "1031080"


def test_a_shop_column_of_digits_is_the_code():
    plan = understood([["Store", "Phone"], ["1", "555-123-4567"], ["2", "555-123-4568"]])

    assert matched(plan)["Store"] == [CODE]


def test_a_date_or_a_note_in_a_list_of_shops_is_no_order():
    plan = understood([["Store Number", "Store Name", "Date", "Note"], ["1", "Joe", "11/20/2015", "call first"]])

    assert not plan.orders
    assert not plan.questions
    assert "column.no-orders" in warned(plan)


def test_stock_in_a_list_of_products_is_no_order():
    plan = understood([["SKU", "Product name", "Quantity", "Price"], ["1", "Cola", "44", "2.00"]])

    assert not plan.orders
    assert not plan.questions
    assert len(plan.products) == 1


def test_two_columns_of_one_name_that_hold_the_same_count_as_one():
    plan = understood([["Store Number", "Store Name", "Store Name"], ["1", "Joe", "Joe"]])

    assert not plan.questions
    assert "column.spare" in warned(plan)


def test_two_columns_for_one_field_that_differ_are_asked_about_by_name():
    rows = [["Store Number", "Store Name", "City", "Town"], ["1", "Joe", "Ames", "Story"]]

    plan = understood(rows)
    first = understood(rows, columns={"Town": "-"})
    joined = understood(rows, columns={"City": "city", "Town": "city"})

    assert asked(plan) == ["twice"]
    assert "«City», «Town»" in plan.questions[0].message.text("en")
    assert customer(first, "1")["city"] == "Ames"
    assert customer(joined, "1")["city"] == "Ames, Story"


def test_a_second_phone_goes_where_the_declaration_has_a_place_for_it():
    plan = understood([["店号", "店名", "电话", "手机"], ["1", "福星", "0571-88881234", "13800138000"]])

    assert customer(plan, "1")["contact_phone"] == "0571-88881234"
    assert customer(plan, "1")["second_phone"] == "13800138000"


def test_what_the_system_computes_is_never_imported():
    plan = understood([["Store Number", "Store Name", "Grade", "Purchase amount"], ["1", "Joe", "30", "1,000"]])

    assert customer(plan, "1") == {"customer_code": "1", "store_name": "Joe"}
    assert "column.computed" in warned(plan)


def test_a_person_may_say_which_column_is_which_by_name_letter_label_or_field():
    rows = [["Код", "Название", "Адрес"], ["1", "Магазин", "Улица 1"]]

    plan = understood(rows, columns={"Код": "customer_code", "B": "店铺名称", "адрес": "customer.address"})

    assert customer(plan, "1") == {"customer_code": "1", "store_name": "Магазин", "address": "Улица 1"}


def test_a_file_of_unknown_headings_is_asked_about_with_all_its_columns():
    plan = understood([["Код", "Название"], ["1", "Магазин"]])

    assert asked(plan) == ["missing"]
    assert [choice.value for choice in plan.questions[0].choices] == ["Код", "Название"]


def test_a_file_without_headings_is_taken_by_letters():
    plan = understood(
        [["1", "Joe"], ["2", "Ann"]], columns={"A": "customer_code", "B": "store_name"}, has_heading=False
    )

    assert customer(plan, "1")["store_name"] == "Joe"
    assert plan.rows == 2


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"Shop": "city"}, "no column «Shop». Its columns are: Store Number, Store Name"),
        ({"Store Name": "stor_name"}, "«stor_name» is no field"),
        ({"Store Name": "grade"}, "«grade» is no field"),
    ],
)
def test_an_answer_that_names_what_is_not_there_says_what_is(columns, words):
    with pytest.raises(Exception, match=words):
        understood([["Store Number", "Store Name"], ["1", "Joe"]], columns=columns)


def test_a_new_field_is_an_import_column_and_a_reason_of_refusal_by_its_declaration_alone():
    plain = record_type("customer")
    try:

        @register
        class Customer(plain):
            """The customer file with one more field."""

            parking_lots = text(("Parking lots", "停车位", "停車位"), most=3, aliases=("parking",))

        plan = understood([["店号", "店名", "停车位"], ["1", "福星", "12"], ["2", "东风", "many"]])
    finally:
        register(plain)

    assert customer(plan, "1")["parking_lots"] == "12"
    assert left_out(plan) == {3: ["停车位: is too long; the row was taken without this value"]}


def test_of_two_columns_for_one_field_the_finer_counts_and_it_is_told():
    rows = [["Store Number", "Store Name", "Area", "County"]]
    rows += [[str(n), f"Shop {n}", "Centre", county] for n, county in enumerate(["Polk", "Linn", "Polk"])]

    plan = understood(rows)

    assert not plan.questions
    assert customer(plan, "1")["region"] == "Linn"
    told = next(warning for warning in plan.warnings if warning.code == "column.broader")
    assert told.text("en") == "«Area» only says more broadly what «County» says; it was left out."


def test_the_plainer_name_counts_before_the_looser_one_and_it_is_told():
    plan = understood([["客户编码", "客户简称", "客户名称"], ["1", "福星", "杭州福星食品有限公司"]])

    assert customer(plan, "1")["store_name"] == "杭州福星食品有限公司"
    assert "column.weaker" in warned(plan)


def test_a_noun_over_codes_is_the_code_where_another_column_has_the_name():
    rows = [
        [
            "Sold-to party",
            "Sold-to name",
            "Document Date",
            "Material",
            "Material Description",
            "Order Quantity",
            "Net Price",
            "Net Value",
        ],
        ["100023", "ACME STORE", "12.03.2024", "M-01", "WIDGET", "1.200,000", "1,25", "1.500,00"],
    ]

    plan = understood(rows)

    assert not plan.questions
    assert customer(plan, "100023")["store_name"] == "ACME STORE"
    assert product(plan, "M-01")["product_name"] == "WIDGET"
    assert plan.orders[0].fields["lines"][0]["amount_minor"] == 150000


def test_a_street_and_a_house_number_that_a_person_joins_stand_side_by_side():
    rows = [["Store Number", "Store Name", "Street Number", "Street Name"], ["1", "Joe", "10", "Main St"]]

    plan = understood(rows, columns={"Street Number": "address", "Street Name": "address"})

    assert customer(plan, "1")["address"] == "10 Main St"


def test_customers_with_a_code_alone_are_asked_about_and_may_be_called_by_it():
    rows = [
        ["Invoice", "StockCode", "Description", "Quantity", "InvoiceDate", "Price", "Customer ID"],
        ["489434", "85048", "Lights", "12", "2009-12-01 07:45:00", "6.95", "13085.0"],
    ]

    plan = understood(rows)
    called = understood(rows, code_as_name=True)

    assert asked(plan) == ["name"]
    assert customer(called, "13085")["store_name"] == "13085"
    assert "customer.no-name" in warned(called)
