"""A plan is carried out by the same push as everybody's work: whole, once, and again without effect."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa

from server.services import books, users
from server.services.importing.loading import company_of, load_known
from server.services.importing.messages import ImportProblem
from server.services.importing.writing import UNASSIGNED, write_plan
from server.services.parts import config
from server.services.push import office_push
from server.storage.database import reading
from server.storage.tables import change_set, log, record
from server.storage.typed import line_table, typed_table
from tests.importing.files import understood, warned

ROWS = [
    ["Store Number", "Store Name", "County", "Tags of the business", "Order date", "SKU", "Item name", "Price", "Qty"],
    ["1", "Joe", "Polk", "beer; wine", "2015-11-20", "C", "Cola", "$2.00", "6"],
    ["1", "Joe", "Polk", "beer; wine", "2015-11-20", "P", "Pils", "$1.50", "2"],
    ["2", "Ann", "Linn", "", "2015-11-21", "C", "Cola", "$2.00", "1"],
    ["3", "Bob", "", "", "", "", "", "", ""],
]


def imported(rows, **answers):
    known = load_known()
    plan = understood(rows, known=known, company=company_of(config()), **answers)
    return plan, write_plan(plan, known)


def rows_in(name):
    with reading() as connection:
        return [dict(row) for row in connection.execute(sa.select(typed_table(name))).mappings()]


def positions():
    with reading() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(log))


def test_everything_of_a_file_is_there_afterwards(office):
    _, written = imported(ROWS, book_by="County")

    assert written.new == {"customer": 3, "product": 2, "order": 2}
    assert {row["store_name"]: row["customer_code"] for row in rows_in("customer")} == {
        "Joe": "1",
        "Ann": "2",
        "Bob": "3",
    }
    assert {row["product_code"]: row["unit_price_minor"] for row in rows_in("product")} == {"C": 200, "P": 150}
    assert sorted(row["total_minor"] for row in rows_in("order")) == [200, 1500]
    with reading() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(line_table("order", "lines"))) == 3


def test_customers_are_in_the_book_that_the_column_names_and_their_orders_with_them(office):
    imported(ROWS, book_by="County")

    names = {book.id: book.name for book in books.books()}
    assert {row["store_name"]: names[row["book_id"]] for row in rows_in("customer")} == {
        "Joe": "Polk",
        "Ann": "Linn",
        "Bob": UNASSIGNED,
    }
    assert sorted(names[row["book_id"]] for row in rows_in("order")) == ["Linn", "Polk"]
    assert {row["book_id"] for row in rows_in("product")} == {books.reference_book()}


def test_without_a_column_for_books_all_are_unassigned(office):
    imported(ROWS)

    assert [book.name for book in books.books()] == [UNASSIGNED]


def test_the_same_file_again_writes_nothing(office):
    imported(ROWS, book_by="County")
    before = positions()

    plan, written = imported(ROWS, book_by="County")

    assert (written.sets, plan.counts()) == (0, {"same": 7})
    assert positions() == before


def test_a_changed_value_becomes_an_edit_of_that_field_alone(office):
    imported(ROWS)
    with reading() as connection:
        before = {row.id: row.rev for row in connection.execute(sa.select(record.c.id, record.c.rev))}
    changed = [ROWS[0], *[[*row[:1], "Joe & Sons", *row[2:3], "wine; cider", *row[4:]] for row in ROWS[1:3]], *ROWS[3:]]

    _, written = imported(changed)

    assert written.changed == {"customer": 1}
    joe = next(row for row in rows_in("customer") if row["customer_code"] == "1")
    assert (joe["store_name"], json.loads(joe["business_tags"])) == ("Joe & Sons", ["wine", "cider"])
    assert joe["rev"] == before[joe["id"]] + 1
    with reading() as connection:
        body = connection.scalar(sa.select(sa.func.max(change_set.c.seq)).where(change_set.c.action == "import"))
    assert body is not None


def test_what_a_person_edited_since_stays_and_is_told(office):
    imported(ROWS)
    joe = next(row for row in rows_in("customer") if row["customer_code"] == "1")
    office.user("garcia", "department_manager")
    edit = {
        "op": "edit",
        "type": "customer",
        "record": joe["id"],
        "customer": joe["id"],
        "seat": "maintainer",
        "term": 0,
        "base": next(held.ver for held in load_known().records.values() if held.id == joe["id"]),
        "set": {"store_name": "Joe's Corner"},
    }
    assert office_push(users.by_login("garcia").id, joe["book_id"], "edit", [edit], system=True)["state"] == "applied"

    plan, written = imported(ROWS)

    assert written.sets == 0
    assert "value.kept" in warned(plan)
    assert {row["store_name"] for row in rows_in("customer")} == {"Joe's Corner", "Ann", "Bob"}


def test_who_imports_is_the_author(office):
    garcia = office.user("garcia", "department_manager")
    known = load_known()

    write_plan(understood(ROWS, known=known, company=company_of(config())), known, author=garcia)

    assert {row["author"] for row in rows_in("product")} == {garcia}


def test_what_follows_from_orders_is_computed_after_an_import(office):
    imported(ROWS)

    assert all(row["grade"] is not None for row in rows_in("customer"))


def test_nothing_is_written_while_a_question_is_open(office):
    known = load_known()
    plan = understood([["Code", "Name"], ["1", "Joe"]], known=known)

    with pytest.raises(ImportProblem, match="2 questions are open"):
        write_plan(plan, known)

    assert rows_in("customer") == []


def test_a_large_import_goes_in_sets_that_the_push_takes(office):
    heading = ["Store Number", "Store Name", "Business scope"]
    steps: list[tuple[int, int]] = []
    known = load_known()
    plan = understood([heading, *[[str(n), f"Shop {n}", "x" * 3000] for n in range(450)]], known=known)

    written = write_plan(plan, known, progress=lambda done, total: steps.append((done, total)))

    assert written.sets == len(steps) > 450 * 3000 // (256 * 1024)
    assert steps[-1] == (450, 450)
    assert len(rows_in("customer")) == 450


def test_an_import_that_stopped_half_way_goes_on_where_it_stopped(office, monkeypatch):
    calls = []

    def stops(*arguments, **options):
        if len(calls) == 1:
            raise RuntimeError("power cut")
        calls.append(1)
        return office_push(*arguments, **options)

    monkeypatch.setattr("server.services.importing.writing.office_push", stops)
    with pytest.raises(RuntimeError):
        imported(ROWS, book_by="County")
    monkeypatch.undo()

    imported(ROWS, book_by="County")

    assert len(rows_in("customer")) == 3
    assert len(rows_in("order")) == 2
    assert imported(ROWS, book_by="County")[1].sets == 0


def test_a_refusal_of_the_server_names_the_record_and_the_field(office, monkeypatch):
    def refuses(*_arguments, **_options):
        why = [{"field": "store_name", "code": "erased"}]
        return {"state": "refused", "changes": [{"n": 1, "state": "refused", "why": why}]}

    monkeypatch.setattr("server.services.importing.writing.office_push", refuses)

    with pytest.raises(ImportProblem, match="store_name erased"):
        imported(ROWS)


def test_a_list_that_uses_the_companys_own_words_gets_its_codes(office):
    entry = {
        "code_list": "business_types",
        "code": "market_stall",
        "words": "Market stall",
        "words_zh_hans": "集市摊位",
    }
    change = {"op": "create", "type": "code_entry", "record": "01900000-0000-7000-8000-00000000c0de", "customer": None}
    changes = [{**change, "seat": "maintainer", "term": 0, "set": entry}]
    office_push(users.SYSTEM, books.reference_book(), "edit catalogue", changes, system=True)
    rows = [["Customer code", "Store name", "Business type"], ["1", "Joe", "MARKET STALL"], ["2", "Ann", "集市摊位"]]

    plan, _ = imported([*rows, ["3", "Bob", "Kiosk"]])

    found = {row["customer_code"]: row["business_type"] for row in rows_in("customer")}
    assert found == {"1": "market_stall", "2": "market_stall", "3": "Kiosk"}
    assert "value.unlisted" in warned(plan)
