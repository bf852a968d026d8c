"""Columns of a sheet -> the fields that they fill: where the heading is, and what each column is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from server.services.importing.cells import Cell, Row, Sheet, column_letter, is_blank, shown
from server.services.importing.headings import plain_key
from server.services.importing.targets import LINE, Target, Targets
from server.services.importing.values import find_location, sample

HEADING_ROWS = 40
LOCATION_SHARE = 0.3
_LINE_FIELDS = ("quantity", "amount_minor", "discount_minor")


class How(StrEnum):
    """By what a column was recognised."""

    NAME = "name"
    MEANING = "meaning"
    CONTENT = "content"
    GIVEN = "given"
    NOT = ""


@dataclass(slots=True)
class Column:
    """One column of a table. `name` is its heading as a person can say it; no two of a table have the same.

    Args: candidates: the fields it may be. targets: the fields it is. why: the code of the warning that says why it is none.
    """

    index: int
    heading: str
    name: str
    samples: list[str]
    filled: int
    candidates: list[Target] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    how: How = How.NOT
    holds_location: bool = False
    why: str = ""
    other: str = ""

    @property
    def letter(self) -> str:
        """The column's name in a spreadsheet."""
        return column_letter(self.index)


@dataclass(slots=True)
class Table:
    """A sheet with its heading found. Args: above: rows over the heading."""

    sheet: str
    above: list[Row]
    rows: list[Row]
    columns: list[Column]

    def column_of(self, key: str) -> Column | None:
        """The column that fills a field."""
        return next((column for column in self.columns if any(target.key == key for target in column.targets)), None)

    def fills(self, *types: str) -> bool:
        """Whether a column fills any field of these record types."""
        return any(target.type in types for column in self.columns for target in column.targets)


def find_table(
    sheet: Sheet, targets: Targets, wanted: Sequence[str] = (), *, has_heading: bool = True
) -> tuple[Table, bool]:
    """The table on a sheet. Args: wanted: column names that a person gave: they too tell where the heading is.

    Returns: the table, and whether its heading was recognised.
    """
    if not has_heading:
        return _table(sheet, [], [], sheet.rows), True
    names = {plain_key(name) for name in wanted}
    best, best_score = 0, 0
    for position, row in enumerate(sheet.rows[:HEADING_ROWS]):
        words = [shown(cell).strip() for cell in row.cells if isinstance(cell, str) and not is_blank(cell)]
        score = sum(
            2 * min(1, targets.known_as(word)[1]) + (plain_key(word) in names) for word in words if len(word) < 80
        )
        if score > best_score:
            best, best_score = position, score
    if best_score < 4 and not names and not (best_score and len(sheet.rows[best].cells) <= 2):
        best, recognised = _first_wide_row(sheet.rows), best_score > 0
    else:
        recognised = best_score > 0
    return _table(sheet, _headings(sheet.rows, best), sheet.rows[:best], sheet.rows[best + 1 :]), recognised


def _table(sheet: Sheet, headings: Sequence[str], above: list[Row], rows: list[Row]) -> Table:
    width = max([len(headings), *(_filled_width(row) for row in rows[:2000])], default=0)
    columns = [_column(index, headings, rows) for index in range(width)]
    _tell_apart(columns)
    named = {index for index, heading in enumerate(headings) if heading}
    return Table(sheet.name, above, rows, [column for column in columns if column.filled or column.index in named])


def _first_wide_row(rows: Sequence[Row]) -> int:
    widths = [sum(not is_blank(cell) for cell in row.cells) for row in rows[:HEADING_ROWS]]
    return next((index for index, width in enumerate(widths) if width >= max(widths) * 0.6), 0)


def _headings(rows: Sequence[Row], position: int) -> list[str]:
    """The texts of the heading; an empty cell takes the text above it, as where two rows of a heading are merged."""
    if not rows:
        return []
    own = [re.sub(r"\s+", " ", shown(cell)).strip() for cell in rows[position].cells]
    above = rows[position - 1] if position and rows[position - 1].number == rows[position].number - 1 else None
    if above is not None and sum(not is_blank(cell) for cell in above.cells) >= 3:
        upper = [re.sub(r"\s+", " ", shown(cell)).strip() for cell in above.cells]
        own = [text or (upper[index] if index < len(upper) else "") for index, text in enumerate(own)]
    while own and not own[-1]:
        own.pop()
    return own


def _filled_width(row: Row) -> int:
    return max((index + 1 for index, cell in enumerate(row.cells) if not is_blank(cell)), default=0)


def _column(index: int, headings: Sequence[str], rows: Sequence[Row]) -> Column:
    cells = [row.cells[index] for row in rows if index < len(row.cells)]
    heading = headings[index] if index < len(headings) else ""
    return Column(
        index,
        heading,
        heading[:80] or f"column {column_letter(index)}",
        sample(cells),
        sum(not is_blank(cell) for cell in cells),
    )


def _tell_apart(columns: Sequence[Column]) -> None:
    seen: dict[str, int] = {}
    for column in columns:
        if column.name in seen:
            column.name = f"{column.name} (column {column.letter})"
        seen[column.name] = column.index


def recognise(table: Table, targets: Targets, given: dict[str, list[Target]]) -> None:
    """Say of each column of a table what it may be, and where there is no doubt, what it is.

    Args: given: column name -> the fields that a person said it fills; an empty list leaves it out.
    """
    for column in table.columns:
        if column.name in given:
            column.targets, column.how = list(given[column.name]), How.GIVEN
            continue
        column.candidates, sureness = targets.known_as(re.sub(r" \(column [A-Z]+\)$", "", column.name))
        column.how = (How.NOT, How.MEANING, How.NAME)[sureness]
    _find_locations(table, targets)
    _mind_contents(table, targets)
    _choose_types(table)
    _drop_orders_without_lines(table)


def _cells(table: Table, column: Column, most: int = 400) -> list[Cell]:
    return [
        row.cells[column.index]
        for row in table.rows[:most]
        if column.index < len(row.cells) and not is_blank(row.cells[column.index])
    ]


def _find_locations(table: Table, targets: Targets) -> None:
    """A column whose texts hold latitude and longitude fills both; its own text is an address only if no other column is one."""
    pair = [targets.by_key.get("customer.latitude"), targets.by_key.get("customer.longitude")]
    for column in table.columns:
        is_coordinate = any(target in pair for target in column.candidates)
        if column.how is How.GIVEN or is_coordinate or None in pair:
            continue
        cells = _cells(table, column)
        if cells and sum(find_location(cell) is not None for cell in cells) >= LOCATION_SHARE * len(cells):
            others = [other for other in table.columns if other is not column]
            is_address = [
                t for t in column.candidates if not any(t in other.candidates + other.targets for other in others)
            ]
            column.holds_location, column.how = True, How.CONTENT
            column.candidates, column.targets = [], [target for target in pair if target] + is_address


def _mind_contents(table: Table, targets: Targets) -> None:
    """A heading like «Category» or «Store» may stand over names or over codes: what is written below it decides."""
    taken = {target.key for column in table.columns for target in [*column.candidates, *column.targets]}
    for column in table.columns:
        if column.how in (How.GIVEN, How.CONTENT) or not column.candidates:
            continue
        cells = [shown(cell) for cell in _cells(table, column)]
        with_digit = sum(bool(re.search(r"\d", cell)) for cell in cells)
        only_digits = sum(bool(re.fullmatch(r"[\d.\-]+", cell)) for cell in cells)
        swapped = []
        for target in column.candidates:
            code, name = _code_and_name(target, targets)
            if target is code and name and name.key not in taken and with_digit < 0.2 * len(cells):
                swapped.append(name)
            elif target is name and code and code.key not in taken and only_digits > 0.9 * len(cells):
                swapped.append(code)
        if cells and swapped:
            column.candidates, column.how = swapped, How.CONTENT


def _code_and_name(target: Target, targets: Targets) -> tuple[Target | None, Target | None]:
    """The two fields of a pair like category_code and category_name, or the code and the title of a record type."""
    stem = re.sub(r"_(code|name)$", "", target.field)
    names = [f"{stem}_name", stem, "store_name" if stem == target.type == "customer" else ""]
    if target.field == "store_name":
        return targets.by_key.get("customer.customer_code"), target
    code = targets.by_key.get(f"{target.type}.{stem}_code")
    return code, next((found for name in names if (found := targets.by_key.get(f"{target.type}.{name}"))), None)


def _choose_types(table: Table) -> None:
    """A heading like «Name» may belong to several record types: those decide that the other columns leave no doubt about."""
    open_columns = []
    sure: set[str] = {target.type for column in table.columns for target in column.targets}
    for column in table.columns:
        types = {_kind(target) for target in column.candidates}
        if len(types) == 1 and _one_field_a_type(column.candidates):
            column.targets = column.targets or list(column.candidates)
            sure |= types
        elif types:
            open_columns.append(column)
    free: dict[int, list[Target]] = {}
    for column in open_columns:
        taken = {target.key for other in table.columns for target in other.targets}
        free[column.index] = [t for t in column.candidates if _kind(t) in sure and t.key not in taken]
    for column in open_columns:
        mine = free[column.index]
        rivals = [other for other in open_columns if other is not column and _keys(mine) & _keys(free[other.index])]
        if not rivals and len({_kind(target) for target in mine}) == 1 and _one_field_a_type(mine):
            column.targets = mine


def _keys(targets: Sequence[Target]) -> set[str]:
    return {target.key for target in targets}


def _one_field_a_type(targets: Sequence[Target]) -> bool:
    return len({target.type for target in targets}) == len(targets)


def _kind(target: Target) -> str:
    """The record type that a column speaks for; the lines of an order name products as the catalogue does."""
    if target.type == LINE:
        return "order" if target.field in _LINE_FIELDS else "product"
    return target.type


def _drop_orders_without_lines(table: Table) -> None:
    """«Date» or «Note» in a list of shops is not an order's: orders need lines here, or at least their own number."""
    keys = {target.key for column in table.columns for target in [*column.targets, *column.candidates]}
    has_lines = keys & {f"{LINE}.quantity", f"{LINE}.amount_minor"}
    has_whose = any(key.startswith("customer.") or key in ("order.order_number", "order.ordered_at") for key in keys)
    if has_lines and has_whose:
        return
    has_heads = {"order.order_number", "order.ordered_at"} <= keys
    for column in table.columns:
        if column.how is not How.GIVEN:
            dropped = [t for t in column.targets if t.type == LINE or (t.type == "order" and not has_heads)]
            if dropped and len(dropped) == len(column.targets):
                column.why = "column.no-orders"
            column.targets = [target for target in column.targets if target not in dropped]
