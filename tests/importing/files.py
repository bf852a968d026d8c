"""Makes files as head offices have them, and understands one in a line."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl

from server.services.importing.answers import Answers
from server.services.importing.known import Held, Known, Wanted
from server.services.importing.plan import ImportPlan, plan_import
from server.services.importing.reading import read_file
from server.services.importing.values import Company

Rows = Sequence[Sequence[Any]]
COMPANY = Company("Acme", "USD", 2, ZoneInfo("America/Chicago"))
EURO = Company("Muster", "EUR", 2, ZoneInfo("Europe/Berlin"))
YUAN = Company("福星", "CNY", 2, ZoneInfo("Asia/Shanghai"))


def table(rows: Rows, delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    """A CSV file."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode(encoding)


def workbook(sheets: dict[str, Rows], hidden: Sequence[str] = (), merged: Sequence[str] = ()) -> bytes:
    """An Excel workbook. Args: merged: ranges of the first sheet."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(list(row))
        page.sheet_state = "hidden" if name in hidden else "visible"
    for cells in merged:
        book.worksheets[0].merge_cells(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def understood(
    content: bytes | Rows, *, known: Known | None = None, company: Company = COMPANY, **answers: Any
) -> ImportPlan:
    """The plan for a file."""
    data = content if isinstance(content, bytes) else table(content)
    source = read_file(data, "list.csv", encoding=answers.get("encoding", ""), delimiter=answers.get("delimiter", ""))
    return plan_import(source, Answers(**answers), known or Known(), company)


def as_known(plan: ImportPlan, known: Known | None = None) -> Known:
    """What would be there after the plan was written."""
    after = Known(books=dict(known.books) if known else {})
    for held in (known.records if known else {}).values():
        after.add(held)
    for wanted in plan.records:
        fields = {**(wanted.held.fields if wanted.held else {}), **wanted.changes}
        after.add(Held(wanted.id, wanted.type, wanted.book or "book", wanted.customer, "1-x", False, fields))
    return after


def customer(plan: ImportPlan, code: str) -> dict[str, Any]:
    """What the file wants of a customer."""
    return _one(plan.customers, "customer_code", code)


def product(plan: ImportPlan, code: str) -> dict[str, Any]:
    """What the file wants of a product."""
    return _one(plan.products, "product_code", code)


def order(plan: ImportPlan, number: str) -> dict[str, Any]:
    """What the file wants of an order."""
    return _one(plan.orders, "order_number", number)


def _one(records: Sequence[Wanted], field: str, value: str) -> dict[str, Any]:
    found = [wanted.fields for wanted in records if wanted.fields.get(field) == value]
    assert len(found) == 1, f"{len(found)} with {field} {value}"
    return found[0]


def matched(plan: ImportPlan) -> dict[str, list[str]]:
    """Column -> fields."""
    return {column.name: [target.key for target in column.targets] for column in plan.columns if column.targets}


def reasons(plan: ImportPlan) -> dict[int, list[str]]:
    """Line -> why it was refused, in English."""
    return {row.line: [reason.text("en") for reason in row.reasons] for row in plan.refused}


def left_out(plan: ImportPlan) -> dict[int, list[str]]:
    """Line -> the values that it was taken without and why, in English."""
    return {row.line: [left.told().text("en") for left in row.left_out] for row in plan.left_out}


def warned(plan: ImportPlan) -> set[str]:
    """Codes of the warnings."""
    return {warning.code for warning in plan.warnings}


def asked(plan: ImportPlan) -> list[str]:
    """Kinds of the open questions."""
    return [question.kind for question in plan.questions]
