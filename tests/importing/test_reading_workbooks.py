"""Excel workbooks: sheets, headings that are not in the first row, errors, bombs."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date, datetime

import openpyxl
import pytest

from server.services.importing.messages import ImportProblem
from server.services.importing.reading import read_file
from tests.importing.files import asked, customer, left_out, matched, order, product, understood, warned, workbook

HEADING = ["Store Number", "Store Name", "City"]


def test_retailers_products_and_orders_on_sheets_of_their_own_belong_together():
    data = workbook(
        {
            "Shops": [["店号", "店铺名称"], [33010001, "福星便利店"]],
            "Products": [["商品编码", "商品名称", "零售价"], ["6901", "中华", 45.5]],
            "Orders": [["订单号", "下单日期", "店号"], ["D1", datetime(2024, 2, 20), 33010001]],
            "Lines": [["订单号", "商品编码", "数量"], ["D1", "6901", 3], ["D1", "6902", 2]],
        }
    )

    plan = understood(data)

    assert (len(plan.customers), len(plan.products), len(plan.orders), plan.order_lines) == (1, 1, 1, 2)
    assert order(plan, "D1")["lines"][0]["product_name"] == "中华"
    assert product(plan, "6901")["unit_price_minor"] == 4550
    assert "product.unknown" in warned(plan)
    assert not plan.refused


def test_a_heading_in_the_third_row_is_found_and_what_stands_above_is_told():
    data = workbook(
        {"Shops": [["List of shops"], [None, "as of March"], HEADING, [1, "Joe", "Ames"]]}, merged=["A1:C1"]
    )

    plan = understood(data)

    assert customer(plan, "1")["city"] == "Ames"
    assert plan.customers[0].lines == [4]
    assert "rows.above" in warned(plan)


def test_a_heading_of_two_rows_takes_the_upper_text_where_the_lower_is_empty():
    data = workbook(
        {
            "S": [
                ["Store Number", "Store Name", "Place", None],
                [None, None, "City", "Zip Code"],
                [7, "Joe", "Ames", 50010],
            ]
        }
    )

    plan = understood(data)

    assert customer(plan, "7") == {
        "customer_code": "7",
        "store_name": "Joe",
        "city": "Ames",
        "postal_code": "50010",
    }


def test_a_column_without_a_heading_is_left_out_by_its_letter():
    plan = understood(workbook({"S": [["Store Number", None, "Store Name"], [1, "?", "Joe"]]}))

    assert [column.name for column in plan.columns if not column.targets] == ["column B"]


def test_numbers_dates_and_leading_zeros_are_read_as_a_person_sees_them():
    book = openpyxl.Workbook()
    page = book.active
    page.append(["Store Number", "Store Name", "Zip", "Phone", "Licence expires on", "VIP"])
    page.append([56.0, "Joe", 2110, 6175550100, datetime(2026, 5, 1), True])
    page["C2"].number_format = "00000"
    out = io.BytesIO()
    book.save(out)

    plan = understood(out.getvalue())

    assert customer(plan, "56") == {
        "customer_code": "56",
        "store_name": "Joe",
        "postal_code": "02110",
        "contact_phone": "6175550100",
        "licence_expires_on": date(2026, 5, 1).isoformat(),
        "vip": True,
    }


def test_an_excel_error_is_given_back_but_a_lookup_that_found_nothing_is_an_empty_cell():
    plan = understood(workbook({"S": [HEADING, [1, "Joe", "#REF!"], [2, "Ann", "#N/A"], [3, "Bob", "N/A"]]}))

    assert left_out(plan) == {2: ["City: #REF! is an Excel error, not a value; the row was taken without this value"]}
    assert "city" not in customer(plan, "1")
    assert "city" not in customer(plan, "2")
    assert "city" not in customer(plan, "3")


def test_totals_and_repeated_headings_are_passed_over_and_told():
    rows = [
        HEADING,
        [1, "Joe", "Ames"],
        HEADING,
        [2, "Total Wine", "Ames"],
        ["合计", None, None],
        ["Total: 2", None, None],
    ]

    plan = understood(workbook({"S": rows}))

    assert len(plan.customers) == 2
    assert "Total Wine" in customer(plan, "2")["store_name"]
    told = next(warning for warning in plan.warnings if warning.code == "rows.total")
    assert told.values["lines"] == ["3", "5", "6"]


def test_hidden_sheets_and_sheets_of_something_else_are_left_out_and_named():
    data = workbook(
        {"S": [HEADING, [1, "Joe", "Ames"]], "Old": [HEADING, [2, "Ann", "x"]], "Notes": [["hello"]]}, hidden=["Old"]
    )

    plan = understood(data)

    assert len(plan.customers) == 1
    assert {"sheet.hidden", "sheet.ignored"} <= warned(plan)


def test_formulas_that_were_never_calculated_are_told():
    plan = understood(workbook({"S": [HEADING, [1, "Joe", "=A2&B2"]]}))

    assert "sheet.uncalculated" in warned(plan)


def test_many_empty_rows_behind_the_data_cost_nothing():
    book = openpyxl.Workbook()
    page = book.active
    page.append(HEADING)
    page.append([1, "Joe", "Ames"])
    page.cell(row=1_000_000, column=16_000).value = " "
    out = io.BytesIO()
    book.save(out)

    plan = understood(out.getvalue())

    assert plan.rows == 1
    assert len(matched(plan)) == 3


def test_a_workbook_that_would_unfold_to_far_more_than_it_weighs_is_refused_before_it_is_unfolded():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (30 * 2**20))

    with pytest.raises(ImportProblem, match="unfold"):
        read_file(out.getvalue(), "bomb.xlsx")


def test_entities_that_multiply_are_refused():
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    kind = f'<!DOCTYPE worksheet [<!ENTITY a0 "lol">{entities}]>'
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook({"S": [HEADING, [1, "Joe", "Ames"]]}))) as good,
        zipfile.ZipFile(out, "w") as bad,
    ):
        for part in good.infolist():
            content = good.read(part).decode()
            bad.writestr(part, kind + content.replace("Joe", "&a11;") if "sheet1" in part.filename else content)

    with pytest.raises(ImportProblem, match="damaged"):
        read_file(out.getvalue(), "bomb.xlsx")


@pytest.mark.parametrize("cut", [10, 200, 2000])
def test_a_damaged_workbook_is_said_to_be_damaged(cut):
    data = workbook({"S": [HEADING, [1, "Joe", "Ames"]]})

    with pytest.raises(ImportProblem, match="damaged"):
        read_file(data[:cut], "cut.xlsx")


def test_another_kind_of_zip_is_no_workbook():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")

    with pytest.raises(ImportProblem, match=re.escape("not an Excel workbook (.xlsx)")):
        read_file(out.getvalue(), "list.ods")


def test_a_chinese_distributors_workbook_is_understood_without_a_question():
    data = workbook(
        {
            "零售户资料": [
                ["××烟草商贸有限公司零售户台账"],
                ["制表日期：2024-03-01"],
                ["序号", "店号", "零售户名称", "负责人", "联系电话", "经营地址", "业态", "经营状态", "许可证号", "有效期至", "客户经理",
                 "送货线路", "拜访周期", "结算方式", "示范户", "经纬度"],
                [1, 33010000, "福星便利店", "王小明", 13800138000, "杭州市西湖区文三路10号", "便利店", "营业", "330101100000",
                 datetime(2026, 5, 1), "李经理", "城西1线", "7天", "现金", "否", "120.12345,30.25789"],
                ["合计", 1],
            ],
            "说明": [["本表由信息科导出"]],
        },
        merged=["A1:P1"],
    )  # fmt: skip

    plan = understood(data)

    assert asked(plan) == []
    assert customer(plan, "33010000") == {
        "customer_code": "33010000",
        "store_name": "福星便利店",
        "legal_representative": "王小明",
        "contact_phone": "13800138000",
        "address": "杭州市西湖区文三路10号",
        "business_type": "convenience_store",
        "business_status": "open",
        "monopoly_certificate_number": "330101100000",
        "licence_expires_on": "2026-05-01",
        "delivery_line": "城西1线",
        "visit_cycle_days": 7,
        "settlement_method": "cash",
        "model_household": False,
        "latitude": "30.25789",
        "longitude": "120.12345",
    }
    assert "column.book-by" in warned(plan)
