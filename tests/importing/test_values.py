"""Values as people and spreadsheets write them: days, money, numbers, phones, coordinates, yes and no."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.services.importing.messages import Refused
from server.services.importing.numbers import parse_number
from server.services.importing.values import find_location, find_style, parse
from sync_protocol.fields import Kind
from sync_protocol.records import record_type
from tests.importing.files import (
    COMPANY,
    EURO,
    YUAN,
    asked,
    customer,
    left_out,
    order,
    product,
    reasons,
    understood,
    warned,
)

CUSTOMER = record_type("customer").specs()
PRODUCT = record_type("product").specs()
ORDER = record_type("order").specs()


def read(spec, cells, company=COMPANY):
    """A column of cells as values."""
    style = find_style(cells, {spec.kind})
    return [parse(spec, cell, style, company) for cell in cells]


@pytest.mark.parametrize(
    "text",
    [
        "2015-11-20", "2015/11/20", "2015.11.20", "20151120", "20.11.2015", "20.11.15", "11/20/2015", "20/11/2015", "11-20-2015",
        "2015年11月20日", "民國104年11月20日", "104/11/20", "20 Nov 2015", "Nov 20, 2015", "20-Nov-15", "20. November 2015",
        "Friday, November 20, 2015", "2015-11-20T00:00:00", "2015-11-20 08:30", "11/20/2015 12:00:00 AM", "42328", 42328, 42328.0,
        20151120, datetime(2015, 11, 20), datetime(2015, 11, 20, 8), date(2015, 11, 20),
    ],
)  # fmt: skip
def test_a_day_is_read_however_it_is_written(text):
    assert read(CUSTOMER["contract_signed_on"], [text]) == ["2015-11-20"]


@pytest.mark.parametrize("text", ["31/02/2015", "2015-13-01", "soon", "00/00/0000", "1/1/1850", "99:99", 7, 1e300])
def test_a_day_that_is_none_is_refused(text):
    with pytest.raises(Refused):
        read(CUSTOMER["contract_signed_on"], [text])


def test_the_whole_column_decides_whether_the_day_or_the_month_comes_first():
    american = read(CUSTOMER["birthday"], ["03/04/2015", "11/20/2015"])
    british = read(CUSTOMER["birthday"], ["03/04/2015", "20/11/2015"])

    assert american == ["2015-03-04", "2015-11-20"]
    assert british == ["2015-04-03", "2015-11-20"]


def test_where_no_value_tells_day_from_month_it_is_asked_and_the_answer_counts():
    rows = [
        ["Store No", "Store name", "Order date", "SKU", "Item name", "Qty"],
        ["1", "Joe", "03/04/2015", "C", "Cola", "2"],
    ]

    plan = understood(rows)
    answered = understood(rows, date_order="mdy")

    assert asked(plan) == ["date_order"]
    assert plan.questions[0].option == "--date-order dmy | mdy"
    assert asked(answered) == []
    assert _day(answered) == "2015-03-04"


def test_another_column_of_the_file_may_tell_the_order_of_day_and_month():
    rows = [
        ["Store No", "Store name", "Order date", "Delivery date", "SKU", "Item name", "Qty"],
        ["1", "Joe", "03/04/2015", "03/25/2015", "C", "Cola", "2"],
    ]

    plan = understood(rows)

    assert asked(plan) == []
    assert _day(plan) == "2015-03-04"


def test_a_date_against_the_order_of_its_column_is_given_back_not_turned_round():
    rows = [["Store No", "Store name", "Date of birth"]]
    rows += [[str(n), f"Shop {n}", f"11/{n}/2015"] for n in range(13, 20)]
    rows += [["99", "Odd", "20/11/2015"]]

    plan = understood(rows)

    assert list(left_out(plan)) == [9]
    assert "does not fit the order" in left_out(plan)[9][0]
    assert "birthday" not in customer(plan, "99")


def test_an_order_without_a_time_is_of_its_day_wherever_the_company_is():
    rows = [
        ["Store No", "Store name", "Order date", "SKU", "Item name", "Qty"],
        ["1", "J", "2015-11-20", "C", "Cola", "2"],
    ]

    for company in (COMPANY, YUAN):
        plan = understood(rows, company=company)
        at = plan.orders[0].fields["ordered_at"]

        assert datetime.fromtimestamp(at / 1000, company.zone).date() == date(2015, 11, 20)


def test_a_time_and_a_zone_in_the_file_count():
    spec = ORDER["ordered_at"]

    assert read(spec, ["2024-01-05 10:20:31 -0500"]) == [1704468031000]
    assert read(spec, ["2024-01-05T15:20:31Z"]) == [1704468031000]
    assert read(spec, ["1/15/2024 9:20:31 AM"]) == [1705332031000]  # in Chicago


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("$1,299.00", 129900), ("1299", 129900), ("1,299", 129900), ("USD 1,299.00", 129900), ("1299.00 USD", 129900), ("(5.25)", -525),
        ("-5.25", -525), ("5.25-", -525), ("$0.99", 99), (".5", 50), ("1 299.50", 129950), ("1'299.50", 129950), (12.99, 1299), (7, 700),
        ("US$12", 1200), ("１２.５０", 1250),
    ],
)  # fmt: skip
def test_money_is_read_however_it_is_written(text, minor):
    assert read(PRODUCT["unit_price_minor"], [text]) == [minor]


@pytest.mark.parametrize(
    ("cells", "minor"),
    [
        (["1.299,00", "12,50"], [129900, 1250]),
        (["1.299", "12,50"], [129900, 1250]),
        (["1.299.000"], [129900000]),
        (["12,5 €", "€ 3"], [1250, 300]),
        (["1 299,95 €"], [129995]),
    ],
)
def test_decimal_commas_are_found_by_looking_at_the_column(cells, minor):
    assert read(PRODUCT["unit_price_minor"], cells, EURO) == minor


@pytest.mark.parametrize(
    ("text", "minor"), [("¥1,299.00", 129900), ("￥45.5", 4550), ("45元", 4500), ("1.2万", 1200000), ("RMB 3", 300)]
)
def test_yuan_are_read_with_their_signs(text, minor):
    assert read(PRODUCT["unit_price_minor"], [text], YUAN) == [minor]


@pytest.mark.parametrize("text", ["abc", "1,2,3", "1.2.3,4,5", "--5", "5 apples", "9" * 30, "1e999"])
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(Refused):
        read(PRODUCT["unit_price_minor"], [text])


def test_amounts_of_another_currency_are_asked_about_and_the_answer_counts():
    rows = [["SKU", "Product name", "Price"], ["1", "Pils", "12,99 €"], ["2", "Cola", "3,00"]]

    plan = understood(rows)
    taken = understood(rows, other_currency="take")
    refused = understood(rows, other_currency="refuse")

    assert asked(plan) == ["currency"]
    assert product(taken, "1")["unit_price_minor"] == 1299
    assert "currency.taken" in warned(taken)
    assert list(reasons(refused)) == [2]


def test_amounts_finer_than_the_currency_are_rounded_and_told():
    plan = understood([["SKU", "Product name", "Price"], ["1", "Screw", "0.125"], ["2", "Nut", "0.10"]])

    assert product(plan, "1")["unit_price_minor"] == 13
    assert "money.rounded" in warned(plan)


@given(st.integers(-(10**12), 10**12), st.sampled_from([".", ","]))
def test_a_grouped_number_is_read_back_as_itself(cents, mark):
    text = f"{cents / 100:,.2f}" if mark == "." else f"{cents / 100:,.2f}".translate({44: 46, 46: 44})

    assert (
        parse_number(text, mark) * 100 == round(cents / 100, 2) * 100 or abs(parse_number(text, mark) * 100 - cents) < 1
    )


def test_codes_that_a_spreadsheet_made_numbers_are_codes_again():
    spec = CUSTOMER["region_code"]

    assert read(spec, ["56.0", "7.0"]) == ["56", "7"]
    assert read(spec, ["56.0", "7.5"]) == ["56.0", "7.5"]
    assert read(spec, [52632.0, 33010001]) == ["52632", "33010001"]
    assert read(spec, ["00123", '="00124"', "'00125"]) == ["00123", "00124", "00125"]


def test_digits_that_a_spreadsheet_lost_are_not_made_up():
    with pytest.raises(Refused, match="dropped digits"):
        read(CUSTOMER["customer_code"], ["1.38001E+10"])


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("(319) 555-0100", "319 555-0100"), ("+49 351 123456", "+49 351 123456"), ("Tel: 010-8888 6666", "010-8888 6666"),
        ("13800138000、13800138001", "13800138000 / 13800138001"), ("０２-2345-6789", "02-2345-6789"), ("555-0100 ext. 12", "555-0100 x12"),
        ("0571-8888 转 801", "0571-8888 x801"), (13800138000.0, "13800138000"), ("617.555.0199", "617.555.0199"),
    ],
)  # fmt: skip
def test_phones_are_kept_as_they_can_be_dialled(text, number):
    assert read(CUSTOMER["contact_phone"], [text]) == [number]


def test_what_cannot_be_dialled_is_refused():
    with pytest.raises(Refused, match="not a phone number"):
        read(CUSTOMER["contact_phone"], ["ask Joe"])


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("1013 MAIN\tKEOKUK 52632\t(40.39978, -91.387531)", ("40.39978", "-91.387531")),
        ("1013 Main (40.39978,-91.387531)", ("40.39978", "-91.387531")),
        ("40.39978, -91.387531", ("40.39978", "-91.387531")),
        ("120.12345,30.25789", ("30.25789", "120.12345")),
        ("POINT (-91.387531 40.39978)", ("40.39978", "-91.387531")),
        ("812 S 1ST AVE\tIOWA CITY 52240\t", None),
        ("(319) 555-0100", None),
        ("12, 30", None),
    ],
)
def test_coordinates_are_found_inside_a_text(text, pair):
    assert find_location(text) == pair


def test_coordinates_in_an_address_fill_both_fields_and_the_text_is_the_address_where_there_is_no_other():
    plan = understood(
        [
            ["Store Number", "Store Name", "Store Location"],
            ["1", "Joe", "1013 MAIN\tKEOKUK 52632\t(40.39978, -91.387531)"],
            ["2", "Ann", "812 S 1ST AVE\tIOWA CITY 52240\t"],
        ]
    )

    assert customer(plan, "1") == {
        "customer_code": "1",
        "store_name": "Joe",
        "latitude": "40.39978",
        "longitude": "-91.387531",
        "address": "1013 MAIN, KEOKUK 52632",
    }
    assert "latitude" not in customer(plan, "2")


def test_coordinates_in_columns_of_their_own_are_read_and_checked():
    plan = understood(
        [["Store Number", "Store Name", "Lat", "Lon"], ["1", "Joe", "41,5868", "-93.625"], ["2", "Ann", "93.6", "41.5"]]
    )

    assert customer(plan, "1")["latitude"] == "41.5868"
    assert "latitude" not in customer(plan, "2")
    assert left_out(plan) == {3: ["Lat: «93.6» is not a coordinate; the row was taken without this value"]}


def test_choices_are_known_by_code_or_label_in_any_language_and_other_words_are_kept_and_told():
    rows = [["店号", "店名", "经营状态"]] + [
        [str(n), f"S{n}", text] for n, text in enumerate(["open", "OPEN", "营业", "營業", "半营业"])
    ]

    plan = understood(rows)

    assert [customer(plan, str(n))["business_status"] for n in range(5)] == ["open", "open", "open", "open", "半营业"]
    assert "value.unlisted" in warned(plan)


def test_yes_and_no_are_known_in_many_words():
    assert read(CUSTOMER["vip"], ["yes", "Y", "是", "x", "TRUE", True, 1]) == [True] * 7
    assert read(CUSTOMER["vip"], ["no", "N", "否", "无", "FALSE", False, 0]) == [False] * 7


def test_units_behind_numbers_are_understood():
    assert read(CUSTOMER["visit_cycle_days"], ["7 days", "14天", 30, "21"]) == [7, 14, 30, 21]
    assert read(PRODUCT["volume_ml"], ["750 ml", "1,000"]) == [750, 1000]


def test_several_words_in_a_cell_are_tags():
    assert read(CUSTOMER["business_tags"], ["烟酒、便利；24h", "a, b|c"]) == [["24h", "便利", "烟酒"], ["a", "b", "c"]]


@pytest.mark.parametrize("text", ["", "  ", "N/A", "#N/A", "-", "—", "null", "无", None, "\ufeff", "\u3000"])
def test_what_says_nothing_is_nothing(text):
    assert read(CUSTOMER["city"], [text]) == [None]


def test_invisible_characters_do_not_get_in():
    assert read(CUSTOMER["city"], ["\ufeffDes\xa0Moines\u200b\x07"]) == ["Des Moines"]


@given(
    st.sampled_from(list(CUSTOMER.values())),
    st.text(max_size=60) | st.floats() | st.integers() | st.booleans() | st.datetimes(),
)
def test_any_cell_is_read_or_refused_with_words_in_three_languages(spec, cell):
    if spec.kind is Kind.LINES:
        return
    try:
        parse(spec, cell, find_style([cell], {spec.kind}), COMPANY)
    except Refused as refusal:
        assert all(refusal.message.text(language) != refusal.message.code for language in ("en", "zh_Hans", "zh_Hant"))


def _day(plan) -> str:
    at = plan.orders[0].fields["ordered_at"]
    return datetime.fromtimestamp(at / 1000, ZoneInfo("America/Chicago")).date().isoformat()


def test_a_german_export_is_understood_without_a_question():
    plan = understood(
        [
            ["Kd.-Nr.", "Firma", "Straße", "PLZ", "Ort", "Telefon", "Ansprechpartner", "Bestelldatum", "Auftragsnummer", "Artikel-Nr.",
             "Artikelbezeichnung", "Menge", "Einzelpreis", "Betrag", "Bemerkung"],
            ["10001", "Getränke Müller", "Hauptstr. 12", "01067", "Dresden", "+49 351 123456", "Frau Größe", "05.03.2024", "A-1", "4711",
             "Pils 0,5l", "10", "12,99 €", "129,90 €", "Rampe"],
            ["10001", "Getränke Müller", "Hauptstr. 12", "01067", "Dresden", "+49 351 123456", "Frau Größe", "05.03.2024", "A-1", "4712",
             "Weizen", "1.200", "1.299,00 €", "1.558.800,00 €", ""],
            ["Summe", "", "", "", "", "", "", "", "", "", "", "1.210", "", "1.558.929,90 €", ""],
        ],
        company=EURO,
    )  # fmt: skip

    found = order(plan, "A-1")

    assert asked(plan) == []
    assert not plan.refused
    assert [(line["quantity"], line["unit_price_minor"], line["amount_minor"]) for line in found["lines"]] == [
        ("10", 1299, 12990),
        ("1200", 129900, 155880000),
    ]
    assert found["total_minor"] == 155892990
    assert found["note"] == "Rampe"
    assert customer(plan, "10001")["postal_code"] == "01067"
