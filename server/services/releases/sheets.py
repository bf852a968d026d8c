"""Workbooks that leave the house: every text is a text. No cell is a formula, whatever somebody typed into a field.

A cell that a spreadsheet might take for one is marked as text twice: by its type, and by the mark that an apostrophe leaves, so
that it stays a text when somebody edits it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from server.services.releases.streamed import StreamedBook

Cell = str | int | Decimal | date | datetime | None

# The wide ones count where the spreadsheet speaks an East Asian language.
FORMULA_BEGINS = tuple("=+-@\t\r\n|%＝＋－＠")
CELL_MOST = 32_767
_POISON = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff￾￿]")  # what XML cannot hold
_NAME = re.compile(r"[\[\]:*?/\\']")


def workbook(sheets: Iterable[tuple[str, Sequence[str], Iterable[Sequence[Cell]]]]) -> bytes:
    """An Excel file. Args: sheets: name, headings, rows; numbers and days stay numbers and days, all else is text."""
    from openpyxl.cell import WriteOnlyCell  # 0.3 s: only who writes a workbook pays it
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book, bold = StreamedBook(), Font(bold=True)
    for name, headings, rows in sheets:

        def layout(page: Any, headings: Sequence[str] = headings) -> None:
            page.freeze_panes = "A2"
            for n, heading in enumerate(headings, 1):
                page.column_dimensions[get_column_letter(n)].width = _width(heading, first=n == 1)

        with book.sheet(_NAME.sub(" ", plain(name))[:31].strip() or "Sheet", layout) as page:

            def text(value: str, page: Any = page) -> Any:
                cell = WriteOnlyCell(page, value=plain(value))
                cell.data_type = "s"
                if value.startswith(FORMULA_BEGINS):
                    cell.quotePrefix = True
                return cell

            head = [text(heading) for heading in headings]
            for cell in head:
                cell.font = bold
            page.append(head)
            for row in rows:
                page.append([text(value) if isinstance(value, str) else value for value in row])
    return book.finish()


def _width(heading: str, *, first: bool) -> int:
    """How wide a column is, in characters: its heading fits; the first one holds names."""
    return max(28 if first else 12, min(40, 3 + sum(2 if ord(c) > 0x2E80 else 1 for c in heading)))


def plain(text: str) -> str:
    """A text as a cell can hold it."""
    return _POISON.sub("", text)[:CELL_MOST]
