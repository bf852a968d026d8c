"""What could not be taken, or not whole, comes back: the rows as they were, with the reasons, in a file that can be imported again."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

from server.services.importing.cells import shown
from server.services.importing.plan import OWN_COLUMN, ImportPlan
from server.services.importing.rows import ReadRow
from server.services.importing.tables import Table
from server.services.releases.streamed import StreamedBook

LINE_HEADING = f"{OWN_COLUMN} line"
REASONS_HEADING = f"{OWN_COLUMN} reasons"
_NUMBER = re.compile(r"-?[0-9]+([.,][0-9]+)?")
# The wide ones count where the spreadsheet speaks an East Asian language.
FORMULA_BEGINS = tuple("=+-@\t\r\n|%＝＋－＠")
_EXCEL_CELL = 32_767
_POISON = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")  # what XML cannot hold


def refused_file(plan: ImportPlan, language: str = "en", *, form: str = "") -> tuple[bytes, str]:
    """The refused rows of a plan as a file, with those whose values were left out. Args: form: "csv" or "xlsx"; empty for what fits: a workbook for several sheets.

    Returns: its bytes, and its form.
    """
    sheets = [(table, [row for row in plan.returned if row.table is table]) for table in plan.tables]
    sheets = [(table, rows) for table, rows in sheets if rows]
    form = form or ("xlsx" if len(sheets) > 1 else "csv")
    if form == "xlsx":
        return _workbook(sheets, language), form
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=plan.source.delimiter or ",", quoting=csv.QUOTE_ALL)
    for table, rows in sheets:
        writer.writerows(_lines(table, rows, language))
    return text.getvalue().encode("utf-8-sig"), form


def _lines(table: Table, rows: Sequence[ReadRow], language: str) -> list[list[str]]:
    """Heading and rows. The columns keep their places; what is ours stands behind them."""
    width = max([column.index + 1 for column in table.columns] + [len(row.row.cells) for row in rows])
    heading = [""] * width
    for column in table.columns:
        heading[column.index] = column.heading
    own = [column.index for column in table.columns if column.why == "column.own"]
    lines = [[harmless(text) for text in [*_without(heading, own), LINE_HEADING, REASONS_HEADING]]]
    for row in rows:
        cells = [shown(cell) for cell in row.row.cells] + [""] * (width - len(row.row.cells))
        between = "; " if language == "en" else "；"
        found = [*row.reasons, *(left.told() for left in row.left_out)]
        reasons = between.join(dict.fromkeys(reason.text(language) for reason in found))
        lines.append([harmless(text) for text in [*_without(cells, own), str(row.line), reasons]])
    return lines


def _without(cells: Sequence[str], indexes: Sequence[int]) -> list[str]:
    return [cell for index, cell in enumerate(cells) if index not in indexes]


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula. The import takes the apostrophe away again."""
    if text.startswith(FORMULA_BEGINS) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def _workbook(sheets: Sequence[tuple[Table, list[ReadRow]]], language: str) -> bytes:
    from openpyxl.cell import WriteOnlyCell

    book = StreamedBook()
    for table, rows in sheets:
        with book.sheet(re.sub(r"[\[\]:*?/\\]", " ", table.sheet)[:31]) as page:
            for line in _lines(table, rows, language):
                cells = []
                for text in line:
                    cell = WriteOnlyCell(page, value=_POISON.sub("", text)[:_EXCEL_CELL])
                    cell.data_type = "s"
                    cells.append(cell)
                page.append(cells)
    return book.finish()
