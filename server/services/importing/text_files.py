"""Bytes of a CSV file -> its rows: which encoding, which delimiter."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections import Counter
from collections.abc import Iterator

from server.services.importing.cells import CELL_LIMIT, COLUMN_LIMIT, ROW_LIMIT, Row, is_blank
from server.services.importing.messages import ImportProblem

DELIMITERS = (",", ";", "\t", "|")
LINES_IN_A_CELL = 200
_SAMPLE_CHARACTERS = 400_000
_BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
# What retailer lists are full of, in the two ways of writing Chinese: it tells GBK from Big5, which share most of their bytes.
_COMMON = {
    "gb18030": set(
        "的店市路号区县街商超烟酒客户名称地址电话编日期数量金额单价产品订零售联系人经营营业状态备注东西南北中大小福"
    ),
    "cp950": set(
        "的店市路號區縣街商超菸酒客戶名稱地址電話編日期數量金額單價產品訂零售聯繫人經營營業狀態備註東西南北中大小福"
    ),
}


def decode(data: bytes, encoding: str = "") -> tuple[str, str]:
    """Read bytes as text. Args: encoding: the one to take; empty to find it out.

    Returns: the text and the encoding. Raises: ImportProblem `encoding.unknown`.
    """
    if encoding:
        try:
            return data.decode(encoding).lstrip("\ufeff"), encoding
        except (UnicodeDecodeError, LookupError) as error:
            raise ImportProblem("encoding.wrong", encoding=encoding) from error
    for mark, name in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _decoded(data, name) or _no_encoding(), name
    head = data[:4096]
    if head.count(0) > len(head) // 5:
        name = "utf-16-le" if head[1::2].count(0) >= head[::2].count(0) else "utf-16-be"
        return _decoded(data, name) or _no_encoding(), name
    plain = _decoded(data, "utf-8")
    if plain is not None:
        return plain, "utf-8"
    candidates = {name: text for name in ("gb18030", "cp950", "cp1252") if (text := _decoded(data, name)) is not None}
    if not candidates:
        return _no_encoding(), ""
    best = max(candidates, key=lambda name: _likelihood(name, candidates[name][:_SAMPLE_CHARACTERS]))
    return candidates[best], best


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _no_encoding() -> str:
    raise ImportProblem("encoding.unknown")


def _likelihood(encoding: str, text: str) -> float:
    """How much text that was decoded like this looks like writing, 0 to 1."""
    foreign = [match.start() for match in re.finditer(r"[^\x00-\x7f]", text)]
    if not foreign:
        return 0.0
    if encoding == "cp1252":
        return sum(_is_western(text, index) for index in foreign) / len(foreign)
    low, high = (0xB0, 0xD7) if encoding == "gb18030" else (0xA4, 0xC6)  # the lead bytes of everyday characters
    everyday = common = 0
    for index in foreign:
        code = text[index].encode(encoding, "replace")
        everyday += len(code) == 2 and low <= code[0] <= high and (encoding != "gb18030" or code[1] >= 0xA1)
        common += text[index] in _COMMON[encoding]
    return 0.6 * everyday / len(foreign) + 0.4 * min(1.0, 3 * common / len(foreign))


def _is_western(text: str, index: int) -> float:
    """Whether a character beyond ASCII stands as in European writing: a letter beside plain letters, or common punctuation."""
    around = text[max(0, index - 1) : index] + text[index + 1 : index + 2]
    if text[index].isalpha():
        return float(any(neighbour.isascii() and neighbour.isalpha() for neighbour in around))
    return 0.7 if text[index] in "–—‘’“”„€£°®™«»§²½\xa0" else 0.0


def read_rows(text: str, delimiter: str = "") -> tuple[list[Row], str]:
    """Rows of delimited text. Args: delimiter: the one to take; empty to find it out.

    Returns: the rows, blank ones left out, and the delimiter. Raises: ImportProblem `rows.too-many`, `columns.too-many`,
        `quote.open`.
    """
    announced = re.match(r'"?sep=(.)"?\r?\n', text)  # Excel's own way to say it
    skipped = 0
    if announced:
        delimiter, text, skipped = delimiter or announced[1], text[announced.end() :], 1
    delimiter = delimiter or find_delimiter(text)
    rows: list[Row] = []
    seen: dict[str, str] = {}  # the same words come again and again: keep each once
    for line, cells in _records(text, delimiter):
        if len(cells) > COLUMN_LIMIT:
            raise ImportProblem("columns.too-many", line=line + skipped, limit=COLUMN_LIMIT)
        row = Row(line + skipped, tuple(seen.setdefault(cell, cell) if len(cell) < 100 else cell for cell in cells))
        if not all(is_blank(cell) for cell in row.cells):
            rows.append(row)
        if len(rows) > ROW_LIMIT:
            raise ImportProblem("rows.too-many", limit=ROW_LIMIT)
    return rows, delimiter


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of each record. A quotation mark that swallows the rest of the file is a problem, not a cell."""
    previous_limit = csv.field_size_limit(CELL_LIMIT)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    line = 1
    try:
        for cells in reader:
            if reader.line_num - line > LINES_IN_A_CELL:
                raise ImportProblem("quote.open", line=line)
            yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise ImportProblem("quote.open", line=line) from error
    finally:
        csv.field_size_limit(previous_limit)


def find_delimiter(text: str) -> str:
    """The delimiter that cuts the first rows into the most columns, evenly, the heading like the rest."""
    return max(DELIMITERS, key=lambda delimiter: _evenness(text, delimiter))


def _evenness(text: str, delimiter: str) -> float:
    sample = text[:_SAMPLE_CHARACTERS]
    try:
        widths = [len(cells) for _, cells in itertools.islice(_records(sample, delimiter), 100) if any(cells)]
    except ImportProblem:
        return 0.0
    wide = [width for width in widths if width > 1]
    if not wide:
        return 0.0
    usual, times = Counter(wide).most_common(1)[0]
    return times / len(widths) * (1 + 0.1 * min(usual, 20)) + 0.5 * (wide[0] == usual)
