"""Two columns for one field: which one counts, where that can be seen; where not, it stays a question."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from server.services.importing.cells import Row
from server.services.importing.headings import words_of
from server.services.importing.parts import drop_contained
from server.services.importing.tables import MAIN_PLACE, Column, How, Table
from server.services.importing.targets import Target, Targets
from sync_protocol.fields import Kind

_LEVELS = (
    ({"state", "province", "bundesland", "st"}, "^(省|省份|所在省|省市|州)$"),
    ({"county", "region", "landkreis", "departement", "prefecture"}, "(縣市|地市|地级市)$"),
    ({"district", "borough", "council", "lga"}, "(区县|县区|区|县|鄉鎮市區|鄉鎮|行政区|行政區)$"),
)
_SURENESS = (How.NOT, How.MEANING, How.CONTENT, How.NAME, How.GIVEN)


def settle_doubles(table: Table, targets: Targets) -> None:
    """Leave each field of a table to one column, as far as names and contents say which; `why` tells what became of the other."""
    drop_contained(table)
    for column in list(_doubled(table)):
        if not _is_twin_of_any(table, column):
            continue
        rivals = [other for other in table.columns if other is not column and _share(other, column)]
        levels = [rival for rival in rivals if _is_other_level(table, column, rival)]
        twins = [rival for rival in rivals if rival not in levels]
        before = [twin for twin in twins if twin.index < column.index]
        if any(_level(column) < _level(finer) for finer in levels):
            is_chinese = not column.heading.isascii()  # where the large comes before the small
            column.place = _level(column) if is_chinese else MAIN_PLACE + 10 - _level(column)
            column.glue = "" if is_chinese else column.glue
        elif surer := next((twin for twin in twins if _surer(twin, column)), None):
            _leave_out(column, "column.weaker", surer)
        elif same := next((twin for twin in before if _hold_the_same(table, twin, column)), None):
            _leave_out(column, "column.spare", same)
        elif finer := next((twin for twin in twins if _says_more_broadly(table, column, twin)), None):
            _leave_out(column, "column.broader", finer)
        elif before:
            column.targets = _second_place(column, table, targets) or column.targets


def _leave_out(column: Column, why: str, other: Column) -> None:
    column.targets, column.why, column.other = [], why, other.name


def _doubled(table: Table) -> Iterable[Column]:
    for column in table.columns:
        if column.how is not How.GIVEN and any(_share(other, column) for other in table.columns if other is not column):
            yield column


def _is_twin_of_any(table: Table, column: Column) -> bool:
    return any(_share(other, column) for other in table.columns if other is not column)


def _share(one: Column, other: Column) -> bool:
    """Whether two columns say the same; a part of a field and what only fills its gaps are not the field."""
    if one.place or other.place or one.fills_gaps or other.fills_gaps:
        return False
    return bool({target.key for target in one.targets} & {target.key for target in other.targets})


def _surer(one: Column, other: Column) -> bool:
    return _SURENESS.index(one.how) > _SURENESS.index(other.how)


def _hold_the_same(table: Table, one: Column, other: Column) -> bool:
    return all(_cell(row, one) == _cell(row, other) for row in table.rows)


def _says_more_broadly(table: Table, broad: Column, fine: Column) -> bool:
    """Whether each value of the fine column goes with one value of the broad one, but not the other way: county and state."""
    if any(target.spec.kind is not Kind.TEXT for target in (*broad.targets, *fine.targets)):
        return False
    return _determines(table.rows, fine, broad) and not _determines(table.rows, broad, fine)


def _is_other_level(table: Table, column: Column, rival: Column) -> bool:
    """Whether one column is the state of what the other has as county: then both are said, whatever the list holds."""
    levels = {_level(column), _level(rival)}
    return len(levels) == 2 and 0 not in levels and not _hold_the_same(table, column, rival)


def _level(column: Column) -> int:
    """How fine a heading divides a country: a state, a county, a district; 0 if it does not say."""
    words = set(words_of(column.heading))
    chinese = re.sub(r"[名称稱]+$", "", column.heading.strip())
    return next((n for n, (known, ending) in enumerate(_LEVELS, 1) if words & known or re.search(ending, chinese)), 0)


def _determines(rows: Sequence[Row], one: Column, other: Column) -> bool:
    known: dict[Any, Any] = {}
    return all(known.setdefault(_cell(row, one), _cell(row, other)) == _cell(row, other) for row in rows)


def _cell(row: Row, column: Column) -> Any:
    return (row.cells[column.index] if column.index < len(row.cells) else None) or None


def _second_place(column: Column, table: Table, targets: Targets) -> list[Target]:
    """A shop with two numbers to call has the second one where the declaration has a place for it."""
    first = column.targets[0]
    if len(column.targets) > 1 or first.spec.kind is not Kind.PHONE:
        return []
    return [
        other
        for other in targets.all
        if other.key != first.key
        and other.type == first.type
        and (other.spec.kind, other.spec.row, other.spec.group) == (first.spec.kind, first.spec.row, first.spec.group)
        and table.column_of(other.key) is None
    ][:1]
