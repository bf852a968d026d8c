"""Sheets -> tables: where the heading is, and which columns stand under it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import zip_longest

from server.services.importing.cells import Cell, Row, Sheet, column_letter, is_blank, shown
from server.services.importing.headings import plain_key
from server.services.importing.messages import Message
from server.services.importing.targets import Target, Targets
from server.services.importing.values import sample

HEADING_ROWS = 40
MAIN_PLACE = 30  # of a field's own column among those that hold its parts


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
        place, glue, prefix: of a part of a field, its order in the whole and what joins it. fills_gaps: it counts where the others
        are empty. holds_range: its cells name a first and a last day. words: what its words stand for. notes: what is to be told.
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
    place: int = 0
    glue: str = ", "
    prefix: str = ""
    fills_gaps: bool = False
    holds_range: bool = False
    words: dict[str, str] = field(default_factory=dict)
    notes: list[Message] = field(default_factory=list)

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
    sheet: Sheet, targets: Targets, wanted: Sequence[str] = (), *, has_heading: bool = True, is_text: bool = False
) -> tuple[Table, bool]:
    """The table on a sheet. Args: wanted: column names that a person gave: they too tell where the heading is. is_text: rows are
        cut at delimiters, so that a cell too many means that cells moved, not that a column has no heading.

    Returns: the table, and whether its heading was recognised.
    """
    if not has_heading:
        return _table(sheet, [], [], sheet.rows, is_text=False), True
    names = {plain_key(name) for name in wanted}
    best, best_score = 0, 0
    for position in range(min(HEADING_ROWS, len(sheet.rows))):
        headings = [text for text in _headings(sheet.rows, position) if text and len(text) < 80]
        score = sum(2 * (targets.known_as(text)[1] > 0) + (plain_key(text) in names) for text in headings)
        if score > best_score:
            best, best_score = position, score
    if best_score < 4 and not names and not (best_score and len(sheet.rows[best].cells) <= 2):
        best = _first_wide_row(sheet.rows)
    headings, rows = _headings(sheet.rows, best), sheet.rows[best + 1 :]
    return _table(sheet, headings, sheet.rows[:best], rows, is_text=is_text), best_score > 0


def _table(sheet: Sheet, headings: Sequence[str], above: list[Row], rows: list[Row], *, is_text: bool) -> Table:
    width = max([len(headings), *(_filled_width(row) for row in rows[:2000])], default=0)
    columns = [_column(index, headings, rows) for index in range(width)]
    _tell_apart(columns)
    named = {index for index, heading in enumerate(headings) if heading}
    least = len(rows) // 2 if is_text else 0
    kept = [c for c in columns if c.index in named or c.filled > (least if c.index >= len(headings) else 0)]
    return Table(sheet.name, above, rows, kept)


def _first_wide_row(rows: Sequence[Row]) -> int:
    widths = [sum(not is_blank(cell) for cell in row.cells) for row in rows[:HEADING_ROWS]]
    return next((index for index, width in enumerate(widths) if width >= max(widths) * 0.6), 0)


def _headings(rows: Sequence[Row], position: int) -> list[str]:
    """The texts of a row; an empty cell takes the text above it, as where two rows of a heading are merged."""
    if not rows:
        return []
    row, above = rows[position], rows[position - 1] if position else None
    own = [_text(cell) for cell in row.cells]
    is_words = all(isinstance(cell, str) for cell in row.cells if not is_blank(cell))
    if above is not None and is_words and above.number == row.number - 1:
        upper = [_text(cell) for cell in above.cells]
        if sum(map(bool, upper)) >= max(2, sum(map(bool, own))):
            own = [mine or over for mine, over in zip_longest(own, upper, fillvalue="")]
    while own and not own[-1]:
        own.pop()
    return own


def _text(cell: Cell) -> str:
    """A cell as a heading: text only, on one line."""
    return re.sub(r"\s+", " ", shown(cell)).strip() if isinstance(cell, str) else ""


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
