"""Rows of a table -> values of declared fields, or the reasons why a row cannot be taken."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from server.services.importing.answers import Answers
from server.services.importing.areas import factor_in
from server.services.importing.cells import Cell, Row, is_blank, shown
from server.services.importing.dates import DateOrder, split_range
from server.services.importing.messages import Message, Refused, message
from server.services.importing.numbers import parse_money
from server.services.importing.parts import called, joined
from server.services.importing.statuses import code_of
from server.services.importing.tables import MAIN_PLACE, Column, Table
from server.services.importing.targets import LINE, Target
from server.services.importing.values import Company, Style, clean, find_location, find_style, parse
from sync_protocol.fields import Kind
from sync_protocol.records import RecordSchema, check_values, line_type, record_type

CHECKED = ("customer", "product", "order")
IDENTITY = ("customer.customer_code", "order.order_number", "order.currency")
WHERE = ("customer.address", "customer.city", "customer.postal_code")  # part of who it is, where there is no code
_TOTALS = re.compile(
    r"(((grand|sub)[\s-]*)?totals?|sum|(gesamt|zwischen)?summe|gesamt|总计|总合计|合\s*计|小\s*计|總計|合\s*計|小\s*計)"
    r"[\s::]*[\d.,()]*",
    re.IGNORECASE,
)
_OUT_OF_RANGE = {"latitude": 90, "longitude": 180}


@dataclass(slots=True)
class LeftOut:
    """A value that cannot be read and that its row can do without. Args: key: the field. value: as it stands. reason: why."""

    column: str
    key: str
    value: str
    reason: Message

    def told(self) -> Message:
        """For the file that comes back: the row was taken, the value was not."""
        return message("value.left", column=self.column, reason=self.reason)


@dataclass(slots=True)
class ReadRow:
    """One row as understood. Args: values: record type -> field -> value. reasons: why it cannot be taken, if any.

    left_out: the values that it was taken without.

    is_correction: it comes from a file of refused rows that was corrected. is_used: something of it stands in the plan.
    """

    table: Table
    row: Row
    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    reasons: list[Message] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    book: str = ""
    is_correction: bool = False
    is_used: bool = False

    @property
    def line(self) -> int:
        """The line of the file, or the row of the worksheet."""
        return self.row.number

    def get(self, key: str) -> Any:
        """The value of a field, "customer.store_name"; None if the row has none."""
        type_name, _, name = key.partition(".")
        return self.values.get(type_name, {}).get(name)

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
            if column.holds_range:
                cells = [part for cell in cells for part in (split_range(cell) or (cell,))]
                styles[column.index] = find_style(cells, {target.spec.kind for target in column.targets})
            styles[column.index].factor = factor_in(column.heading)
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
    filling = sorted((c for c in table.columns if c.targets), key=lambda c: (c.fills_gaps, c.place or MAIN_PLACE))
    readers = [(column, _reader(column, styles[column.index], company)) for column in filling]
    heading = [column.name for column in table.columns]
    is_correction = any(column.why == "column.own" for column in table.columns)
    width = max((column.index for column in table.columns), default=0) + 1
    found, passed_over, rounded = [], [], Counter[str]()
    for row in table.rows:
        if _is_total(row, table) or _is_heading(row, heading, table):
            passed_over.append(row.number)
            continue
        read = ReadRow(table, row, is_correction=is_correction)
        laid: dict[tuple[str, str], Column] = {}
        for column, reader in readers:
            cell = row.cells[column.index] if column.index < len(row.cells) else None
            if is_blank(cell):
                continue
            values, reason, was_rounded = reader(cell)
            rounded[column.name] += was_rounded
            if reason is not None:
                _cannot_be_read(read, column, cell, reason)
            for field_of, value in values.items():
                _lay(read.values.setdefault(field_of[0], {}), field_of[1], value, column, laid.get(field_of))
                laid[field_of] = column
        if book_column is not None and book_column.index < len(row.cells):
            read.book = re.sub(r"\s+", " ", clean(row.cells[book_column.index], styles.get(book_column.index)))[:100]
        if beyond := sum(not is_blank(cell) for cell in row.cells[width:]):
            read.refuse("row.wide", count=beyond)
        _mind_length(read, laid)
        found.append(read)
    return Reading(found, passed_over, +rounded)


def _lay(values: dict[str, Any], name: str, value: Any, column: Column, last: Column | None) -> None:
    """Lay a value where it belongs. The parts of a field are joined, and so are two columns that a person gave to one field."""
    before = values.get(name)
    if column.fills_gaps and before is not None:
        return
    if last is not None and isinstance(value, str) and isinstance(before, str):
        if column.place or last.place:
            value = joined(before, last, value, column)
        elif before != value:
            is_number = any(re.fullmatch(r"\d+[A-Za-z]?", part) for part in (before, value))  # of a house
            value = f"{before}{' ' if is_number else ', '}{value}"
    elif column.prefix and isinstance(value, str):
        value = called(value, column)
    values[name] = value


def _cannot_be_read(read: ReadRow, column: Column, cell: Cell, reason: Message) -> None:
    """Without who it is, or what and how much it is worth, a row comes back; any other value it can do without."""
    if any(is_needed(target) for target in column.targets):
        read.reasons.append(message("field.reason", column=column.name, reason=reason))
    else:
        read.left_out.append(LeftOut(column.name, column.targets[0].key, shown(cell)[:40], reason))


def is_needed(target: Target) -> bool:
    """Whether a row comes back when this value cannot be read: what it is, and money and quantities of orders and goods."""
    if target.type == LINE or target.key in IDENTITY or target.spec.kind is Kind.MONEY:
        return True
    return record_type(target.type).declared()[target.field].required


def _mind_length(read: ReadRow, laid: Mapping[tuple[str, str], Column]) -> None:
    """What was put together out of parts may be longer than the field takes."""
    for (type_name, name), column in laid.items():
        if not column.place or type_name not in CHECKED:
            continue
        value = read.values[type_name][name]
        if codes := next(iter(check_values(type_name, {name: value}, creating=False).values()), []):
            read.left_out.append(
                LeftOut(column.name, f"{type_name}.{name}", value[:40], message(codes[0], value=value[:40]))
            )
            del read.values[type_name][name]


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
    days = split_range(cell) if column.holds_range else None
    for target in column.targets:
        if column.holds_range:
            if days is None and len(column.targets) > 1 and not target.field.endswith("expires_on"):
                continue
            part = days[target.field.endswith("expires_on")] if days else cell
            value = parse(target.spec, part, style, company)
        else:
            value = parse(target.spec, cell, style, company)
        if column.words and target.spec.kind is Kind.CHOICE and isinstance(value, str):
            value = code_of(column, shown(cell)) or value
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


def mind_who(rows: Iterable[ReadRow]) -> None:
    """Where a customer has no code, his address is part of who he is: a row that cannot be read there comes back."""
    for row in rows:
        where = [left for left in row.left_out if left.key in WHERE]
        if where and not row.get("customer.customer_code"):
            row.left_out = [left for left in row.left_out if left not in where]
            row.reasons += [message("field.reason", column=left.column, reason=left.reason) for left in where]
