"""What a file is made of before anything is understood: cells, rows, sheets."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time

Cell = str | int | float | bool | datetime | date | time | None

ROW_LIMIT = 250_000
COLUMN_LIMIT = 300
CELL_LIMIT = 2_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a sheet. Args: number: the line of the file, or the row of the worksheet, that it starts on."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows under one name, blank rows left out."""

    name: str
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Source:
    """A file as it was read.

    Args: name: its file name. form: "csv" or "xlsx". encoding, delimiter: of a CSV file. hidden: worksheets that were not
        read, because they are hidden. uncalculated: worksheets with formulas whose results the file does not hold.
    """

    name: str
    form: str
    sheets: list[Sheet]
    encoding: str = ""
    delimiter: str = ""
    hidden: list[str] = field(default_factory=list)
    uncalculated: list[str] = field(default_factory=list)


def is_blank(cell: Cell) -> bool:
    """Whether a cell holds nothing that a person would see."""
    return cell is None or (isinstance(cell, str) and not cell.strip("\ufeff\u200b \t\r\n\xa0\u3000"))


def shown(cell: Cell) -> str:
    """A cell as a person reads it: 52632 for 52632.0, a day without midnight."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "seconds") if cell.time() != time(0) else cell.date().isoformat()
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    return str(cell)


def column_letter(index: int) -> str:
    """The name of a column in a spreadsheet: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
