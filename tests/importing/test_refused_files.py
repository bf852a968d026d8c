"""What could not be taken comes back whole, harmless, with its reasons, and can be imported when it is corrected."""

from __future__ import annotations

import csv
import io
import zipfile

import openpyxl
import pytest

from server.services.importing.reading import read_file
from server.services.importing.refused import harmless, refused_file
from tests.importing.files import as_known, customer, order, reasons, table, understood, warned, workbook

SHOPS = [
    ["Store Number", "Store Name", "Phone"],
    ["1", "Joe", "555-123-4567"],
    ["2", "=cmd|' /C calc'!A0", "ask"],
    ["3", "", ""],
]
LINES = [
    ["Order number", "Order date", "Store Number", "Store Name", "SKU", "Item name", "Qty"],
    ["A1", "2015-11-20", "1", "Joe", "C", "Cola", "6"],
    ["A1", "2015-11-20", "1", "Joe", "C", "Cola", "two"],
]


def rows_of(content: bytes, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=delimiter))


def test_the_original_rows_come_back_with_line_and_reasons():
    content, form = refused_file(understood(SHOPS))

    assert form == "csv"
    assert rows_of(content) == [
        ["Store Number", "Store Name", "Phone", "Roundbook: line", "Roundbook: reasons"],
        [
            "2",
            "'=cmd|' /C calc'!A0",
            "ask",
            "3",
            "Phone: «ask» is not a phone number; the row was taken without this value",
        ],
        ["3", "", "", "4", "no customer «3» in the file or in Roundbook, and the row has no name to make one"],
    ]


def test_the_reasons_are_in_the_readers_language():
    content, _ = refused_file(understood(SHOPS), "zh_Hans")

    assert rows_of(content)[1][-1] == "Phone：“ask”不是电话号码；该行已导入，但不含此值"


def test_the_delimiter_is_that_of_the_file():
    content, _ = refused_file(understood(table(SHOPS, ";")))

    assert rows_of(content, ";")[0][0] == "Store Number"


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "|calc", "%x", "=HYPERLINK(1)", "＝1+1", "＠SUM(A1)"]
)
def test_no_cell_is_a_formula_and_the_import_reads_the_text_as_it_was(text):
    rows = [["Store Number", "Store Name", "Phone"], ["1", text, "ask"]]

    content, _ = refused_file(understood(rows))
    cell = rows_of(content)[1][1]
    again = understood(content.replace(b"ask", b"555-123-4567"))

    assert cell[0] == "'" or cell.lstrip("-+").replace(".", "").isdigit()
    assert customer(again, "1")["store_name"] == text.strip()


def test_no_cell_is_cut_into_a_formula_by_a_spreadsheet_that_expects_another_delimiter():
    content, _ = refused_file(understood([["Store Number", "Store Name", "Phone"], ["1", "Joe;=1+1", "ask"]]))

    assert b'"Joe;=1+1"' in content


def test_numbers_stay_numbers():
    assert [harmless(text) for text in ("-12.50", "12", "1,5", "-x")] == ["-12.50", "12", "1,5", "'-x"]


def test_in_a_workbook_every_cell_is_text():
    content, form = refused_file(understood(SHOPS), form="xlsx")

    page = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    cells = [cell for row in page.iter_rows() for cell in row if cell.value is not None]

    assert form == "xlsx"
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr"}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


def test_refused_rows_of_several_sheets_come_back_on_their_sheets():
    data = workbook({"Shops": [["Store Number", "Store Name"], [9, None], [1, "Joe"]], "Lines": LINES})

    content, form = refused_file(understood(data))
    sheets = read_file(content, "x").sheets

    assert form == "xlsx"
    assert [(sheet.name, len(sheet.rows)) for sheet in sheets] == [("Shops", 2), ("Lines", 2)]


def test_a_corrected_file_is_taken_and_what_is_ours_in_it_is_no_column():
    content, _ = refused_file(understood(SHOPS))

    plan = understood(content.replace(b"ask", b"555-123-4567"))

    assert customer(plan, "2")["contact_phone"] == "555-123-4567"
    assert [column.name for column in plan.columns if not column.targets] == ["Roundbook: line", "Roundbook: reasons"]
    assert warned(plan) == set()


def test_what_is_refused_twice_carries_its_reasons_once():
    content, _ = refused_file(understood(SHOPS))
    again, _ = refused_file(understood(content))

    assert rows_of(again)[0] == rows_of(content)[0]
    assert [row[-1] for row in rows_of(again)] == [row[-1] for row in rows_of(content)]


def test_a_corrected_line_is_added_to_its_order_and_takes_no_other_lines_place():
    plan = understood(LINES)
    known = as_known(plan)
    content, _ = refused_file(plan)

    corrected = content.replace(b"two", b"2")
    then = understood(corrected, known=known)
    again = understood(corrected, known=as_known(then, known))

    assert [(line["product_code"], line["quantity"]) for line in order(then, "A1")["lines"]] == [("C", "6"), ("C", "2")]
    assert again.counts().keys() == {"same"}
    assert "line.same" in warned(again)
    assert reasons(again) == {}
