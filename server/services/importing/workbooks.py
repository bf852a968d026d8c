"""Bytes of an Excel workbook -> its worksheets, with bounds on what a small file may unfold to."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import timedelta
from typing import Any

from server.services.importing.cells import COLUMN_LIMIT, ROW_LIMIT, Cell, Row, Sheet, is_blank
from server.services.importing.messages import ImportProblem

INFLATED_LIMIT = 256 * 2**20
RATIO_LIMIT = 100  # real workbooks shrink to a fifth, at most to a fiftieth
PARTS_LIMIT = 500
BLANK_LIMIT = 1_100_000  # more than a worksheet has
WIDE_LIMIT = 100
_ZEROS = re.compile(r"0{2,20}")


def check_archive(data: bytes) -> None:
    """Judge a workbook by its table of contents, before a byte of it is unfolded.

    Raises: ImportProblem `workbook.damaged`, `workbook.bomb`, `workbook.other`.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise ImportProblem("workbook.damaged") from error
    inflated = sum(part.file_size for part in parts)
    swollen = any(
        part.file_size > 2**22 and part.file_size > RATIO_LIMIT * max(1, part.compress_size) for part in parts
    )
    if len(parts) > PARTS_LIMIT or inflated > INFLATED_LIMIT or swollen:
        raise ImportProblem("workbook.bomb", megabytes=INFLATED_LIMIT // 2**20)
    names = {part.filename for part in parts}
    if "xl/workbook.xml" not in names:
        raise ImportProblem("workbook.other")


def read_workbook(data: bytes) -> tuple[list[Sheet], list[str], list[str]]:
    """Worksheets of a workbook.

    Returns: the visible ones, names of the hidden ones, names of those with formulas that were never calculated.
    Raises: ImportProblem.
    """
    import openpyxl  # 0.3 s: only who opens a workbook pays it

    check_archive(data)
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        try:
            hidden = [page.title for page in book.worksheets if page.sheet_state != "visible"]
            sheets = [Sheet(page.title, _rows(page)) for page in book.worksheets if page.sheet_state == "visible"]
        finally:
            book.close()
    except ImportProblem:
        raise
    except Exception as error:  # a damaged part surfaces as almost anything: KeyError, ParseError, zlib.error …
        raise ImportProblem("workbook.damaged") from error
    return sheets, hidden, _uncalculated(data, sheets)


def _rows(page: Any) -> list[Row]:
    page.reset_dimensions()  # what the file says about its size may be a lie
    rows: list[Row] = []
    seen: dict[str, str] = {}
    blank = wide = 0
    for number, cells in enumerate(page.iter_rows(), start=1):
        wide += len(cells) > COLUMN_LIMIT
        if wide > WIDE_LIMIT or any(not is_blank(cell.value) for cell in cells[COLUMN_LIMIT:]):
            raise ImportProblem("columns.too-many", line=number, limit=COLUMN_LIMIT)
        values = [_value(cell) for cell in cells[:COLUMN_LIMIT]]
        while values and is_blank(values[-1]):
            values.pop()
        if values:
            same = (seen.setdefault(value, value) if isinstance(value, str) else value for value in values)
            rows.append(Row(number, tuple(same)))
        blank += not values
        if len(rows) > ROW_LIMIT or blank > BLANK_LIMIT:
            raise ImportProblem("rows.too-many", limit=ROW_LIMIT)
    return rows


def _value(cell: Any) -> Cell:
    """The value a person sees: a number that is formatted as 00000 is a code with its leading zeros."""
    value: Any = cell.value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        form = cell.number_format or ""
        if _ZEROS.fullmatch(form) and value >= 0 and value == int(value):
            return str(int(value)).zfill(len(form))
        return value
    if isinstance(value, timedelta):
        return str(value)
    return value  # type: ignore[no-any-return]


def _uncalculated(data: bytes, sheets: list[Sheet]) -> list[str]:
    """Names of worksheets with formulas that hold no result: programs write such files, and their cells would read empty."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = [name for name in archive.namelist() if re.fullmatch(r"xl/worksheets/[^/]+\.xml", name)]
        with_formula = {name for name in parts if _holds_bare_formula(archive, name)}
    if not with_formula:
        return []
    names = {f"xl/worksheets/sheet{number}.xml": sheet.name for number, sheet in enumerate(sheets, start=1)}
    return sorted(names.get(part, part) for part in with_formula)


def _holds_bare_formula(archive: zipfile.ZipFile, name: str) -> bool:
    rest = b""
    with archive.open(name) as part:
        while piece := part.read(2**20):
            if re.search(rb"<f[ >/][^<]*(</f>)?\s*<v\s*/>|<f>[^<]*</f></c>|</f><v></v>", rest + piece):
                return True
            rest = piece[-500:]
    return False
