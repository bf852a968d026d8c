"""How long a list of ten thousand customers takes to be understood and written."""

from __future__ import annotations

import io
import time

import openpyxl
from flask import Flask

from server.services import parts, users
from server.services.importing.answers import Answers
from server.services.importing.loading import company_of, load_known
from server.services.importing.plan import plan_import
from server.services.importing.reading import read_file
from server.services.importing.writing import write_plan

ROWS = 10_000


def workbook(count: int = ROWS) -> bytes:
    """An Excel list of customers that nobody has yet."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Customers")
    sheet.append(["Customer code", "Store name", "Address", "City", "Contact phone", "Contact person"])
    for n in range(count):
        sheet.append(
            [f"X{n:05}", f"Shop {n}", f"{n} Main St", "Ames", f"515-{n % 900 + 100}-{n % 9000 + 1000}", f"P {n}"]
        )
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def measure(app: Flask) -> float:
    """Import it. Returns: seconds of a processor, those of a database beside this process left out."""
    data = workbook()
    with app.app_context():
        began = time.process_time()
        known = load_known()
        source = read_file(data, "list.xlsx", encoding="")
        plan = plan_import(source, Answers(), known, company_of(parts.config()))
        assert not plan.questions, [question.message.text("en") for question in plan.questions]
        written = write_plan(plan, known, author=users.SYSTEM)
        took = time.process_time() - began
    assert written.new["customer"] == ROWS
    return round(took, 1)
