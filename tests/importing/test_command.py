"""`roundbook import`, as a person and as a program call it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from roundbook.commands.import_ import command
from tests.importing.files import table, workbook

SHOPS = [["Store Number", "Store Name", "City"], ["1", "Joe", "Ames"], ["2", "#REF!", "Adel"]]
UNCLEAR = [["Code", "Name"], ["1", "Joe"]]


@pytest.fixture
def run(tmp_path, home, monkeypatch):
    """Calls the command with a file of these rows, in a folder of its own."""
    folder = tmp_path / "desk"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("ROUNDBOOK_HOME", str(home))

    def call(content, *options, name="shops.csv", typed=None) -> Result:
        path = Path(name)
        path.write_bytes(content if isinstance(content, bytes) else table(content))
        return CliRunner().invoke(command, [name, *options], input=typed)

    return call


def outcome(result: Result):
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout.splitlines()[-1])


def test_it_shows_what_it_understood_and_what_it_wrote(run):
    result = run(SHOPS)

    assert result.exit_code == 0
    for words in (
        "Store Number  →  Customer code (Customer)",
        "1 retailers: 1 new",
        "line 3: Store Name: #REF! is an Excel error",
        "Written: 1 new",
    ):
        assert words in result.output


def test_a_trial_for_programs_prints_one_object_as_its_last_line_and_writes_nothing(run):
    found = outcome(run(SHOPS, "--dry-run", "--json"))

    assert {key: found[key] for key in ("retailers", "products", "orders", "order_lines", "refused", "written")} == {
        "retailers": 1,
        "products": 0,
        "orders": 0,
        "order_lines": 0,
        "refused": 1,
        "written": None,
    }
    assert found["columns_matched"] == {
        "Store Number": ["customer.customer_code"],
        "Store Name": ["customer.store_name"],
        "City": ["customer.city"],
    }
    assert found["columns_unmatched"] == []
    assert found["refused_reasons"] == {"Store Name: cell.error": 1}
    assert not Path("shops-refused.csv").exists()
    assert outcome(run(SHOPS, "--json"))["new"] == 1


def test_a_trial_makes_no_database_where_there_is_none(run, tmp_path, monkeypatch):
    monkeypatch.setenv("ROUNDBOOK_HOME", str(tmp_path / "nowhere"))

    outcome(run(SHOPS, "--dry-run", "--json"))

    assert not (tmp_path / "nowhere").exists()


def test_the_same_file_again_writes_nothing_and_says_so(run):
    run(SHOPS, "--yes")

    result = run(SHOPS, "--yes")

    assert "nothing was written" in result.output
    assert outcome(run(SHOPS, "--json"))["written"] == {"new": {}, "changed": {}, "sets": 0}


def test_refused_rows_lie_beside_the_file_and_can_be_imported_after_correction(run):
    found = outcome(run(SHOPS, "--json"))
    path = Path(found["refused_file"])
    rows = list(csv.reader(path.read_text("utf-8-sig").splitlines()))

    again = outcome(run(path.read_bytes().replace(b"#REF!", b"Ann"), "--json", name="shops-refused.csv"))

    assert path == Path("shops-refused.csv")
    assert rows[1][:4] == ["2", "#REF!", "Adel", "3"]
    assert (again["new"], again["refused"]) == (1, 0)


def test_refused_rows_go_where_they_are_wanted(run):
    found = outcome(run(SHOPS, "--json", "--refused", "back.xlsx"))

    assert found["refused_file"] == "back.xlsx"
    assert Path("back.xlsx").read_bytes().startswith(b"PK")


def test_what_it_cannot_decide_it_says_with_the_option_to_give_and_writes_nothing(run):
    result = run(UNCLEAR, "--yes")

    assert result.exit_code == 2
    assert '--column "Name=…"' in result.output
    assert "Nothing was written: 2 questions are open." in result.output


def test_for_programs_open_questions_are_in_the_object(run):
    result = run(UNCLEAR, "--json")
    found = json.loads(result.stdout.splitlines()[-1])

    assert result.exit_code == 2
    assert found["written"] is None
    assert found["questions"][1]["choices"] == ["customer.store_name", "product.product_name", "-"]


def test_an_option_answers_it(run):
    found = outcome(run(UNCLEAR, "--json", "--column", "Code=customer_code", "--column", "Name=Store name"))

    assert found["new"] == 1


def test_a_person_is_asked_and_may_answer_by_number_or_by_field(run, monkeypatch):
    monkeypatch.setattr("roundbook.commands.import_._somebody_is_there", lambda: True)

    result = run(UNCLEAR, typed="nonsense\ncustomer.customer_code\n1\ny\n")

    assert result.exit_code == 0, result.output
    assert "Write this?" in result.output
    assert "Written: 1 new" in result.output


def test_a_person_may_say_no(run, monkeypatch):
    monkeypatch.setattr("roundbook.commands.import_._somebody_is_there", lambda: True)

    run(SHOPS, typed="n\n")

    assert outcome(run(SHOPS, "--json"))["new"] == 1


def test_books_are_made_by_a_column(run):
    found = outcome(run(SHOPS, "--json", "--book-by", "City"))

    assert found["books"] == {"Ames": 1}


@pytest.mark.parametrize(
    ("content", "options", "words"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", [], "Save as"),
        (SHOPS, ["--column", "Shop=city"], "no column «Shop»"),
        (SHOPS, ["--column", "City"], "NAME=FIELD"),
        (SHOPS, ["--column", "City=town_hall"], "«town_hall» is no field"),
        (SHOPS, ["--book-by", "Round"], "no column «Round»"),
        (SHOPS, ["--as", "nobody"], "nobody is no user who may import"),
    ],
)
def test_what_is_wrong_is_said_in_a_line_without_a_traceback(run, content, options, words):
    result = run(content, *options)

    assert result.exit_code in (1, 2)
    assert words in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize(("language", "words"), [("zh_Hans", "零售户: 新增 1"), ("zh_Hant", "零售戶: 新增 1")])
def test_it_speaks_the_languages_of_the_product(run, language, words):
    result = run(SHOPS, "--language", language)

    assert words in result.output
    assert "Excel 错误" in result.output or "Excel 錯誤" in result.output


def test_the_fields_are_listed_from_their_declarations(run):
    result = CliRunner().invoke(command, ["--fields"])

    assert "customer.store_name" in result.output
    assert "店铺名称" in result.output
    assert "customer.grade" not in result.output


def test_an_excel_workbook_is_taken_like_a_csv(run):
    found = outcome(run(workbook({"S": SHOPS}), "--json", name="shops.xlsx"))

    assert (found["format"], found["retailers"], found["refused"]) == ("xlsx", 1, 1)
