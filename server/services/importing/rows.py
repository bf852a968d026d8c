"""Rows of a table -> values of declared fields, or the reasons why a row cannot be taken."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from server.services.importing.answers import Answers
from server.services.importing.cells import Cell, Row, is_blank, shown
from server.services.importing.dates import DateOrder
from server.services.importing.messages import Message, Refused, message
from server.services.importing.numbers import parse_money
from server.services.importing.tables import Column, Table
from server.services.importing.targets import Target
from server.services.importing.values import Company, Style, clean, find_location, find_style, parse
from sync_protocol.fields import Kind
from sync_protocol.records import RecordSchema, check_values, line_type

CHECKED = ("customer", "product", "order")
_TOTALS = re.compile(
    r"(((grand|sub)[\s-]*)?totals?|sum|(gesamt|zwischen)?summe|gesamt|总计|总合计|合\s*计|小\s*计|總計|合\s*計|小\s*計)"
    r"[\s::]*[\d.,()]*",
    re.IGNORECASE,
)
_OUT_OF_RANGE = {"latitude": 90, "longitude": 180}


@dataclass(slots=True)
class ReadRow:
    """One row as understood. Args: values: record type -> field -> value. reasons: why it cannot be taken, if any.

    is_correction: it comes from a file of refused rows that was corrected. is_used: something of it stands in the plan.
    """

    table: Table
    row: Row
    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    reasons: list[Message] = field(default_factory=list)
    book: str = ""
    is_correction: bool = False
    is_used: bool = False

    @property
    def line(self) -> int:
        """The line of the file, or the row of the worksheet."""
        return self.row.number

    def get(self, key: str) -> Any:
        """The value of a field, "customer.store_name"; None if the row has none."""
        record_type, _, name = key.partition(".")
        return self.values.get(record_type, {}).get(name)

    def refuse(self, code: str, /, **values: Any) -> None:
        """Note one more reason why the row cannot be taken."""
        self.reasons.append(message(code, **values))


@dataclass(slots=True)
class Reading:
    """All rows of a table. Args: passed_over: lines of totals and repeated headings. rounded: column -> amounts rounded."""

    rows: list[ReadRow]
    passed_over: list[int]
    rounded: Counter[str]


_Reader = Callable[[Cell], tuple[Mapping[tuple[str, str], Any], Message | None, bool]]


def styles_of(table: Table, answers: Answers) -> dict[int, Style]:
    """Column index -> how the column writes its values. What one column leaves open, the others of the table decide."""
    styles: dict[int, Style] = {}
    for column in table.columns:
        if column.targets:
            cells = [row.cells[column.index] for row in table.rows if column.index < len(row.cells)]
            styles[column.index] = find_style(cells, {target.spec.kind for target in column.targets})
            if any(target.key == "order.currency" for target in column.targets):
                styles[column.index].currencies = Counter(clean(cell).upper() for cell in cells if not is_blank(cell))
    marks = Counter(style.mark for style in styles.values() if style.mark)
    orders = {style.date_order for style in styles.values()} - {DateOrder.UNDECIDED}
    for style in styles.values():
        style.mark = answers.decimal_mark or style.mark or (marks.most_common(1)[0][0] if marks else "")
        style.any_currency = answers.other_currency != "refuse"
        if answers.date_order:
            style.date_order, style.date_order_known = DateOrder(answers.date_order), True
        elif not style.date_order_known and len(orders) == 1:
            style.date_order, style.date_order_known = next(iter(orders)), True
    return styles


def read_rows(
    table: Table, styles: Mapping[int, Style], company: Company, *, book_column: Column | None = None
) -> Reading:
    """Read every row of a table by its columns."""
    readers = [(column, _reader(column, styles[column.index], company)) for column in table.columns if column.targets]
    heading = [column.name for column in table.columns]
    is_correction = any(column.why == "column.own" for column in table.columns)
    width = max((column.index for column in table.columns), default=0) + 1
    found, passed_over, rounded = [], [], Counter[str]()
    for row in table.rows:
        if _is_total(row, table) or _is_heading(row, heading, table):
            passed_over.append(row.number)
            continue
        read = ReadRow(table, row, is_correction=is_correction)
        for column, reader in readers:
            cell = row.cells[column.index] if column.index < len(row.cells) else None
            if is_blank(cell):
                continue
            values, reason, was_rounded = reader(cell)
            rounded[column.name] += was_rounded
            if reason is not None:
                read.reasons.append(message("field.reason", column=column.name, reason=reason))
            for (record_type, name), value in values.items():
                _lay(read.values.setdefault(record_type, {}), name, value)
        if book_column is not None and book_column.index < len(row.cells):
            read.book = re.sub(r"\s+", " ", clean(row.cells[book_column.index], styles.get(book_column.index)))[:100]
        if beyond := sum(not is_blank(cell) for cell in row.cells[width:]):
            read.refuse("row.wide", count=beyond)
        found.append(read)
    return Reading(found, passed_over, +rounded)


def _lay(values: dict[str, Any], name: str, value: Any) -> None:
    """Two columns that a person gave to one field are joined."""
    if isinstance(value, str) and isinstance(values.get(name), str) and values[name] != value:
        is_number = any(re.fullmatch(r"\d+[A-Za-z]?", part) for part in (values[name], value))  # of a house
        value = f"{values[name]}{' ' if is_number else ', '}{value}"
    values[name] = value


def _reader(column: Column, style: Style, company: Company) -> _Reader:
    """How a column reads a cell; equal cells are read once."""
    known: dict[tuple[type, Cell], tuple[Mapping[tuple[str, str], Any], Message | None, bool]] = {}

    def read(cell: Cell) -> tuple[Mapping[tuple[str, str], Any], Message | None, bool]:
        key = (type(cell), cell)
        if key not in known:
            try:
                values = _location(column, cell) if column.holds_location else _values(column, cell, style, company)
                known[key] = values, None, _was_rounded(column, cell, style, company)
            except Refused as refusal:
                known[key] = {}, refusal.message, False
        return known[key]

    return read


def _values(column: Column, cell: Cell, style: Style, company: Company) -> dict[tuple[str, str], Any]:
    found = {}
    for target in column.targets:
        value = parse(target.spec, cell, style, company)
        if value is None:
            continue
        if (most := _OUT_OF_RANGE.get(target.field)) and abs(float(value)) > most:
            raise Refused("coordinate.format", value=shown(cell)[:40])
        if target.key == "order.currency" and value.upper() != company.currency and not style.any_currency:
            raise Refused("money.currency", value=value, currency=company.currency)
        if codes := check_field(target, value):
            raise Refused(codes[0], value=shown(cell)[:40])
        found[target.type, target.field] = value
    return found


def _location(column: Column, cell: Cell) -> dict[tuple[str, str], Any]:
    found: dict[tuple[str, str], Any] = {}
    pair = find_location(cell)
    coordinates = [target for target in column.targets if target.spec.kind is Kind.COORDINATE]
    if pair is not None:
        found = {(target.type, target.field): degrees for target, degrees in zip(coordinates, pair, strict=True)}
    for target in column.targets:
        if target.spec.kind is not Kind.COORDINATE:
            text = re.sub(r"\s*\([^()]*\d\.\d[^()]*\)\s*$", "", clean(cell))
            text = re.sub(r"\s*[\t\n]\s*", ", ", text.strip())
            if text and not re.fullmatch(r"[\d.,\s()\-]+", text):
                found[target.type, target.field] = text
    return found


def check_field(target: Target, value: Any) -> list[str]:
    """What the declaration of a field has against a value: codes, empty if nothing."""
    if target.type in CHECKED:
        return next(iter(check_values(target.type, {target.field: value}, creating=False).values()), [])
    errors = _line_schema(line_type("order", "lines")).validate({target.field: value}, partial=True)
    return [str(code) for codes in errors.values() for code in codes]


@lru_cache(maxsize=4)
def _line_schema(declared: type[RecordSchema]) -> RecordSchema:
    return declared()


def _was_rounded(column: Column, cell: Cell, style: Style, company: Company) -> bool:
    if not any(target.spec.kind is Kind.MONEY for target in column.targets):
        return False
    try:
        return parse_money(cell, style.mark or ".", currency="", digits=company.currency_digits)[1]
    except Refused:
        return False


def _is_total(row: Row, table: Table) -> bool:
    """A row that sums others up: its first text says so, and it leaves most cells empty."""
    filled = [cell for cell in row.cells if not is_blank(cell)]
    if len(filled) > max(2, len(table.columns) * 0.6):
        return False
    first = next((shown(cell).strip() for cell in filled if isinstance(cell, str)), "")
    return bool(_TOTALS.fullmatch(first))


def _is_heading(row: Row, heading: Sequence[str], table: Table) -> bool:
    """The heading once more, as at the top of each printed page."""
    cells = [
        re.sub(r"\s+", " ", shown(row.cells[column.index])).strip() if column.index < len(row.cells) else ""
        for column in table.columns
    ]
    same = sum(cell == name for cell, name in zip(cells, heading, strict=True) if cell)
    return same >= 2 and same >= 0.8 * sum(bool(cell) for cell in cells)


def refused(rows: Iterable[ReadRow]) -> list[ReadRow]:
    """The rows that cannot be taken."""
    return [row for row in rows if row.reasons]
