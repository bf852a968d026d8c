"""Import on the console: bring a file, see what was understood, set it right, write it, get back what was refused."""

from __future__ import annotations

import io
import re

import pytest

from server.services.importing import waiting
from sync_protocol.records import record_type
from tests.console.browser import LANGUAGES, Person, shown
from tests.importing.files import table, workbook

SHOPS = [["Store Number", "Store Name", "Citty"], ["1", "Joe", "Ames"], ["", "", "Nevada"]]
UNCLEAR = [["Code", "Name", "Since"], ["1", "Joe", "2020-05-01"]]


@pytest.fixture
def garcia(console):
    """Somebody who may import, signed in."""
    console.user("garcia", "department_manager")
    console.user("admin", "administrator")
    console.user("li")
    return Person(console.app, "garcia")


def bring(person, rows, name="shops.csv"):
    """Bring a file. Returns: the address of its page, or the answer where it was not taken."""
    content = rows if isinstance(rows, bytes) else table(rows)
    answer = person.post(
        "/import", {"file": (io.BytesIO(content), name)}, page="/import", content_type="multipart/form-data"
    )
    return answer.headers["Location"] if answer.status_code == 303 else answer


def write(person, address, **answers):
    return person.post(address, answers, page=address)


def test_what_was_understood_is_shown_before_anything_is_written(garcia):
    page = garcia.page(bring(garcia, SHOPS))

    for words in ("Store Number", "Customer code", "Joe", "«Citty» was left out. Is it City (Customer)?"):
        assert words in shown(page)
    assert "nothing in this row can be used" in shown(page)
    assert "Joe" not in shown(garcia.page("/customers"))


def test_it_is_written_and_the_outcome_stays_to_be_looked_at(garcia):
    address = bring(garcia, SHOPS)

    answer = write(garcia, address)

    assert answer.status_code == 303
    done = shown(garcia.page(answer.headers["Location"]))
    assert "Written: 1 new records, 0 changed." in done
    assert "Joe" in shown(garcia.page("/customers"))
    assert garcia.get(address).headers["Location"] == answer.headers["Location"]


def test_a_column_is_assigned_by_a_choice_and_the_address_keeps_it(garcia):
    address = bring(garcia, SHOPS)

    page = garcia.page(f"{address}?column:Citty=customer.city")
    write(garcia, address, **{"column:Citty": "customer.city"})

    assert re.search(r'value="customer.city" selected', page)
    assert "Ames" in shown(garcia.page(re.search(r'href="(/customers/[0-9a-f-]{36})"', garcia.page("/customers"))[1]))


def test_a_file_with_open_questions_is_not_written_until_they_are_answered(garcia):
    address = bring(garcia, UNCLEAR)

    page = garcia.page(address)
    refused = write(garcia, address)
    taken = write(garcia, address, **{"column:Code": "customer.customer_code", "column:Name": "customer.store_name"})

    assert "may be Store name (Customer), Product name (Product). Which is it?" in shown(page)
    assert refused.status_code == 422
    assert taken.status_code == 303


def test_refused_rows_are_handed_out_before_and_after(garcia):
    address = bring(garcia, SHOPS)

    before = garcia.get(f"{address}/refused")
    write(garcia, address)
    after = garcia.get(f"{address}/refused")

    assert before.text == after.text
    assert "Nevada" in after.text
    assert after.headers["Content-Disposition"] == "attachment; filename=shops-refused.csv"


def test_where_nothing_was_refused_there_is_no_file_of_it(garcia):
    address = bring(garcia, SHOPS[:2])

    assert garcia.get(f"{address}/refused").status_code == 302
    write(garcia, address)
    assert garcia.get(f"{address}/refused").status_code == 302


def test_books_come_from_a_column(garcia, console):
    address = bring(garcia, SHOPS[:2])

    page = garcia.page(f"{address}?book_by=Citty")
    write(garcia, address, book_by="Citty")

    assert "Ames 1" in shown(page)
    assert "Ames" in shown(Person(console.app, "admin").page("/books"))


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old.xls", "Save as"),
        (b"", "empty.csv", "The file is empty."),
        (b"%PDF-1.4", "list.csv", "This is a PDF file."),
        (b"PK\x03\x04broken", "list.xlsx", "The workbook is damaged."),
    ],
)
def test_what_is_no_table_is_told_at_the_door(garcia, content, name, words):
    answer = bring(garcia, content, name)

    assert answer.status_code == 422
    assert words in shown(answer.text)


def test_no_file_is_told_too(garcia):
    answer = garcia.post("/import", {}, page="/import")

    assert answer.status_code == 422
    assert "Choose a file first." in shown(answer.text)


def test_characters_that_cannot_be_read_are_set_right_on_the_page(garcia):
    address = bring(garcia, "店号,店名\n1,福星\x80\n".encode("cp1252", "ignore") + b"\x81\x30\xff\xff\x81,x\n")

    answer = garcia.get(address)

    assert answer.status_code == 422
    assert "characters" in shown(answer.text)
    assert garcia.get(f"{address}?encoding=utf-16").status_code in (200, 422)


@pytest.mark.parametrize("query", ["column:Shop=customer.city", "column:Citty=nonsense", "book_by=Round"])
def test_an_address_that_names_what_is_not_there_says_so(garcia, query):
    address = bring(garcia, SHOPS)

    assert garcia.get(f"{address}?{query}").status_code == 422


def test_a_file_is_only_for_the_person_who_brought_it(garcia, console):
    address = bring(garcia, SHOPS)
    admin = Person(console.app, "admin")

    for path in (address, f"{address}/refused", f"{address}/done"):
        assert admin.get(path).headers["Location"] == "/import"
    assert admin.post(address, page="/import").headers["Location"] == "/import"
    assert admin.post(f"{address}/discard", page="/import").headers["Location"] == "/import"
    assert garcia.get(address).status_code == 200


def test_who_may_not_import_finds_no_door(garcia, console):
    li = Person(console.app, "li")

    assert li.get("/import").status_code == 403
    assert li.get(bring(garcia, SHOPS)).status_code == 403


def test_a_discarded_file_is_gone(garcia, console):
    address = bring(garcia, SHOPS)

    garcia.post(f"{address}/discard", page=address)

    assert garcia.get(address).headers["Location"] == "/import"
    assert not (console.home / "objects" / address.lstrip("/").replace("import", "imports", 1) / "file").exists()


def test_what_was_left_lying_for_a_week_is_let_go_when_the_person_brings_another(garcia, monkeypatch):
    left = bring(garcia, SHOPS)
    kept = bring(garcia, SHOPS)
    assert garcia.get(left).status_code == 200

    monkeypatch.setattr(waiting, "KEPT_MS", -1)  # any time is a week
    last = bring(garcia, SHOPS)

    assert [garcia.get(address).status_code for address in (left, kept, last)] == [302, 302, 200]


def test_a_file_that_waits_is_sealed_on_the_disk(garcia, console):
    bring(garcia, SHOPS)

    kept = [path.read_bytes() for path in (console.home / "objects").rglob("*") if path.is_file()]

    assert kept
    assert not any(b"Joe" in content or b"shops.csv" in content for content in kept)


@pytest.mark.parametrize("name", ["../../lists/evil.csv", "a" * 300 + ".csv", "<b>bold.csv"])
def test_a_file_name_is_only_a_name(garcia, name):
    address = bring(garcia, SHOPS, name)

    page = garcia.page(address)

    assert "<b>" not in page
    assert "lists" not in shown(page)
    assert garcia.get(f"{address}/refused").status_code == 200


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_speak_the_readers_language(garcia, language):
    address = bring(garcia, [*SHOPS, *UNCLEAR])
    garcia.speak(language)

    words = {"en": ("Understood", "Write it"), "zh_Hans": ("识别结果", "写入"), "zh_Hant": ("辨識結果", "寫入")}[
        language
    ]
    page = shown(garcia.page(address))

    assert all(word in page for word in words)
    assert shown(garcia.page("/import"))


def test_a_workbook_of_several_sheets_shows_each(garcia):
    data = workbook({"Shops": [["店号", "店名"], [1, "福星"]], "Goods": [["商品编码", "商品名称"], ["6901", "中华"]]})

    page = shown(garcia.page(bring(garcia, data, "客户.xlsx")))

    assert "Sheet Shops" in page
    assert "Sheet Goods" in page


def test_a_row_taken_without_a_value_comes_back_from_the_console_too(garcia):
    rows = [["Store Number", "Store Name", "Latitude"], ["1", "Joe", "bad"]]
    address = bring(garcia, rows)

    page = shown(garcia.page(address))
    before = garcia.get(f"{address}/refused")
    done = write(garcia, address).headers["Location"]
    after = garcia.get(f"{address}/refused")

    assert "line 2 «bad»" in page
    assert "Written: 1 new records" in shown(garcia.page(done)) and "Values left out: 1." in shown(garcia.page(done))
    assert before.data == after.data
    assert "the row was taken without this value" in after.data.decode("utf-8-sig")


@pytest.mark.parametrize("language", ["zh_Hans", "zh_Hant"])
def test_what_a_column_was_understood_as_reads_in_the_language_of_the_page(garcia, language):
    address = bring(garcia, SHOPS)
    declared = record_type("customer").specs()
    garcia.post("/language", {"language": language})

    understood = re.findall(r'<option value="">([^<]*)</option>', garcia.page(address))

    for name in ("customer_code", "store_name"):
        assert declared[name].labels[language] in understood
        assert declared[name].labels.en not in understood
