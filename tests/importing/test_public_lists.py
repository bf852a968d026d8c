"""Lists of retailers as public offices publish them are understood as a person understands them, without a question."""

from __future__ import annotations

from typing import Any

import pytest

from server.services.importing.plan import ImportPlan
from tests.importing import public_lists as lists
from tests.importing.files import as_known, asked, customer, left_out, matched, understood, warned

ALL = [name for name in dir(lists) if name.isupper()]


def columns(plan: ImportPlan) -> dict[str, str]:
    """Column -> the customer's fields, without the record type."""
    return {name: " ".join(key.removeprefix("customer.") for key in keys) for name, keys in matched(plan).items()}


def holds(found: dict[str, Any], **wanted: Any) -> bool:
    return {name: found.get(name) for name in wanted} == wanted


@pytest.mark.parametrize("name", ALL)
def test_a_public_list_is_taken_whole_without_a_question_and_again_without_effect(name):
    rows = getattr(lists, name)

    plan = understood(rows)
    again = understood(rows, known=as_known(plan))

    assert asked(plan) == []
    assert not plan.refused
    assert len(plan.customers) == len(rows) - 1
    assert again.counts() == {"same": len(rows) - 1}


@pytest.mark.parametrize("name", ALL)
def test_the_rows_of_a_public_list_are_known_again_when_only_some_of_them_come(name):
    rows = getattr(lists, name)
    known = as_known(understood(rows))

    some = understood([rows[0], rows[-1]], known=known)

    assert some.counts() == {"same": 1}


def test_an_address_is_put_together_out_of_street_number_street_and_further_lines():
    found = customer(understood(lists.SNAP), "1183")

    assert holds(found, address="12 N Main St, Ste 4", postal_code="50010-1234", region="STORY, IA", city="Ames")
    assert holds(found, licence_effective_on="1998-03-24", business_type="convenience_store")
    assert customer(understood(lists.SNAP), "1185")["postal_code"] == "50010-0009"


def test_a_coordinate_that_is_none_does_not_cost_the_customer():
    plan = understood(lists.SNAP)

    assert "latitude" not in customer(plan, "1184")
    assert customer(plan, "1184")["longitude"] == "-97.1"
    assert left_out(plan) == {3: ["Latitude: «bad» is not a coordinate; the row was taken without this value"]}


def test_trade_name_and_legal_name_are_two_and_square_feet_become_square_metres():
    plan = understood(lists.NEW_YORK)

    assert holds(customer(plan, "730001"), store_name="HUDSON MARKET", legal_name="HUDSON FOODS LLC")
    assert holds(customer(plan, "730001"), floor_area_m2="111.48", latitude="42.66", longitude="-73.77")
    assert holds(customer(plan, "730002"), store_name="MOHAWK CORP", address="5 STATE ST, 2ND FL, REAR")
    assert {"column.converted", "customer.legal-name", "column.code"} <= warned(plan)


def test_a_licence_has_its_term_and_an_account_of_several_shops_is_no_code():
    plan = understood(lists.CHICAGO)

    assert holds(customer(plan, "2501"), licence_number="88001", legal_name="LAKE TRADING INC.")
    assert holds(customer(plan, "2501"), licence_effective_on="2023-05-16", licence_expires_on="2025-05-15")
    assert holds(customer(plan, "2502"), latitude="41.89"), "where its own column is empty, the location counts"
    assert {"column.several", "column.gaps"} <= warned(plan)


def test_a_status_in_letters_and_a_point_in_the_address_column():
    plan = understood(lists.IOWA)

    assert holds(customer(plan, "2508"), store_name="Prairie Wines", customer_status="active", address="1 1st Ave")
    assert holds(customer(plan, "2509"), customer_status="dormant", latitude="41.6", longitude="-94")
    told = next(warning for warning in plan.warnings if warning.code == "status.read")
    assert told.text("en") == "«Store Status» was read as Customer status: A = Active, I = Dormant."


def test_the_building_number_of_an_address_comes_first_and_its_second_street_is_kept():
    plan = understood(lists.NEW_YORK_CITY)

    assert holds(customer(plan, "2041-DCA"), address="1201 FULTON ST", store_name="KINGS DELI", region="Brooklyn, NY")
    assert holds(customer(plan, "2042-DCA"), address="55 MAIN ST, 2 FL", store_name="QUEENS NEWS INC")


def test_an_owner_that_is_a_company_is_the_legal_name():
    plan = understood(lists.TEXAS)

    assert holds(customer(plan, "101"), legal_name="RIO GRANDE INC", address="2 Bay St, Unit B")
    assert holds(customer(plan, "101"), licence_expires_on="2026-01-30") is False
    assert holds(customer(plan, "100"), licence_expires_on="2026-01-30", customer_status="active")


def test_where_letters_go_is_put_together_too():
    plan = understood(lists.WASHINGTON)

    assert holds(customer(plan, "070001"), address="1 PIKE ST, Suite A", city="SEATTLE", region="WA")
    assert customer(plan, "070001")["mailing_address"] == "PO BOX 1, SEATTLE, WA 98111"
    assert holds(customer(plan, "070001"), customer_status="active", contact_phone="2065550101")


def test_four_lines_of_an_address_stand_in_their_order_and_none_twice():
    plan = understood(lists.UNITED_KINGDOM)

    assert customer(plan, "1001")["address"] == "Unit 3, 12 High Street, Whitby, North Yorkshire"
    assert holds(customer(plan, "1001"), latitude="54.48", longitude="-0.61", postal_code="YO21 1AA")


def test_a_licensee_who_trades_under_no_other_name_gives_the_shop_its_name():
    plan = understood(lists.AUSTRALIA)

    assert holds(customer(plan, "32001"), store_name="Wattle Cellars", legal_name="WATTLE PTY LTD", city="Parramatta")
    assert customer(plan, "32002")["store_name"] == "GUM TREE PTY LTD"
    assert columns(plan)["Category"] == "licence_type"


def test_a_map_export_has_the_kind_of_shop_under_shop_and_the_number_behind_a_german_street():
    plan = understood(lists.OPEN_STREET_MAP)

    assert holds(customer(plan, "node/1"), store_name="Kiosk am Tor", business_type="kiosk", address="Torstraße 12")
    assert customer(plan, "node/2")["business_type"] == "convenience_store"


def test_a_chinese_licence_says_its_first_and_last_day_in_one_column():
    plan = understood(lists.CHINA)

    assert holds(customer(plan, "330106100001"), licence_effective_on="2021-03-01", licence_expires_on="2026-02-28")
    assert holds(customer(plan, "330106100002"), monopoly_certificate_number="330106100002", licence_type="retail")


def test_a_taiwanese_business_is_known_by_its_number():
    assert holds(customer(understood(lists.TAIWAN), "12345675"), licence_number="12345675", store_name="幸福商店")


def test_a_customer_list_of_an_erp_keeps_remarks_and_the_day_of_the_file():
    plan = understood(lists.ERP)

    assert holds(
        customer(plan, "K001"), remarks="早上送货", file_opened_on="2020-03-01", business_type="convenience_store"
    )
    assert holds(customer(plan, "K002"), business_status="suspended", region="浙江省上城区")
