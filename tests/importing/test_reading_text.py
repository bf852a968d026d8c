"""CSV as programs and people write it: encodings, delimiters, quotation marks, line ends."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.services.importing.cells import CELL_LIMIT, COLUMN_LIMIT
from server.services.importing.messages import ImportProblem
from server.services.importing.reading import read_file
from tests.importing.files import customer, table, understood

SHOPS = [["店号", "店铺名称", "地址"], ["001", "福星便利店", "文三路10号"], ["002", "东风超市", "文三路11号"]]
TAIWAN = [["客戶編號", "客戶名稱", "營業地址"], ["T1", "大安雜貨店", "和平東路一段"], ["T2", "永康商號", "民權路"]]
WEST = [["Kd.-Nr.", "Firma", "Straße"], ["1", "Getränke Müller", "Königsallee 5"], ["2", "Café Zoë", "Größenweg 1"]]


@pytest.mark.parametrize(
    ("rows", "encoding", "found"),
    [
        (SHOPS, "utf-8", "utf-8"),
        (SHOPS, "utf-8-sig", "utf-8-sig"),
        (SHOPS, "utf-16", "utf-16"),
        (SHOPS, "utf-16-be", "utf-16-be"),
        (SHOPS, "gb18030", "gb18030"),
        (SHOPS, "gbk", "gb18030"),
        (TAIWAN, "big5", "cp950"),
        (WEST, "cp1252", "cp1252"),
        (WEST, "utf-8", "utf-8"),
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encoding_and_delimiter_are_found_out(rows, encoding, found, delimiter):
    source = read_file(table(rows, delimiter, encoding), "shops.csv")

    assert (source.encoding, source.delimiter) == (found, delimiter)
    assert [list(row.cells) for row in source.sheets[0].rows] == rows


def test_utf_16_without_a_mark_is_known_by_its_zeros():
    source = read_file(table([["Store", "City"], ["Joe", "Ames"]], encoding="utf-16-le"), "a.csv")

    assert source.encoding == "utf-16-le"


def test_a_given_encoding_counts_and_a_wrong_one_is_named():
    data = table(SHOPS, encoding="gb18030")

    assert read_file(data, "a.csv", encoding="gb18030").sheets[0].rows[1].cells[1] == "福星便利店"
    with pytest.raises(ImportProblem, match="cannot be read as ascii"):
        read_file(data, "a.csv", encoding="ascii")


def test_decimal_commas_do_not_pass_for_delimiters():
    rows = [["Artikelnummer", "Preis"], *[[str(n), f"{n},50"] for n in range(20)]]

    assert read_file(table(rows, ";"), "a.csv").delimiter == ";"


def test_a_quoted_cell_may_hold_line_breaks_and_delimiters_and_lines_keep_their_numbers():
    data = b'Store Number,Store Name,Address\r\n1,"Joe; ""the"" Shop","1 Main St\r\nSuite 2"\r\n2,Ann,x\r\n'

    plan = understood(data)

    assert customer(plan, "1")["store_name"] == 'Joe; "the" Shop'
    assert customer(plan, "1")["address"] == "1 Main St Suite 2"
    assert [wanted.lines for wanted in plan.customers] == [[2], [4]]


def test_line_ends_of_old_macs_and_blank_lines_are_no_trouble():
    plan = understood(b"Store Number,Store Name\r1,Joe\r\r,,\r2,Ann\r")

    assert len(plan.customers) == 2


def test_excels_own_first_line_says_the_delimiter():
    plan = understood(b'sep=|\r\nStore Number|Store Name\r\n1|Joe, "Ann"; Co\r\n')

    assert customer(plan, "1")["store_name"] == 'Joe, "Ann"; Co'
    assert plan.customers[0].lines == [3]


def test_an_open_quotation_mark_is_a_problem_that_names_its_line():
    data = b'Store Number,Store Name\n1,Joe\n2,"Ann\n' + b"3,Bob\n" * 500

    with pytest.raises(ImportProblem, match="opens in line 3"):
        read_file(data, "a.csv")


def test_what_is_too_large_is_said_to_be(monkeypatch):
    monkeypatch.setattr("server.services.importing.text_files.ROW_LIMIT", 3)
    monkeypatch.setattr("server.services.importing.reading.FILE_LIMIT_MB", 1)

    with pytest.raises(ImportProblem, match="more than 3 rows"):
        read_file(b"a,b\n" * 5, "a.csv")
    with pytest.raises(ImportProblem, match="at most 1 MB"):
        read_file(b"a,b\n" * 600_000, "a.csv")
    with pytest.raises(ImportProblem, match="more than 300 columns"):
        read_file(b"a" + b",a" * COLUMN_LIMIT, "a.csv")


def test_a_cell_of_a_million_characters_refuses_its_row_only():
    plan = understood([["Store Number", "Store Name"], ["1", "x" * 1_000_000], ["2", "Ann"]])

    assert [row.line for row in plan.refused] == [2]
    assert len(plan.customers) == 1
    assert CELL_LIMIT > 1_000_000


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"  \n \n", "empty"),
        (b",,,\n,,\n", "empty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "Save as"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"<html><table><tr><td>Store</td></tr></table>", "HTML"),
        (b'{"stores": []}', "JSON"),
        (b"\x81\x30\xff\xff\x81", "characters"),
    ],
)
def test_what_is_no_table_gets_a_word_on_what_to_do(data, words):
    with pytest.raises(ImportProblem, match=words):
        read_file(data, "list.xls")


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_with_a_problem(data):
    try:
        plan = understood(data)
    except ImportProblem as problem:
        assert problem.message.text("zh_Hans")
    else:
        assert plan.rows >= 0


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=20), min_size=4, max_size=4),
        max_size=8,
    )
)
def test_any_cells_under_a_good_heading_are_taken_or_come_back(cells):
    heading = ["Store Number", "Store Name", "Order date", "Qty"]

    plan = understood([heading, *cells])

    taken = {line for wanted in plan.customers for line in wanted.lines}
    told = {row.line for row in plan.refused}
    assert plan.rows == len(taken | told)
