"""Which of several columns with names is the shop's name, which the name of the company behind it, which its type."""

from __future__ import annotations

import re

from server.services.importing.cells import Cell, is_blank, shown
from server.services.importing.headings import words_of
from server.services.importing.tables import Column, How, Table
from server.services.importing.targets import Targets

STORE, LEGAL, OWNER, TYPE = (
    f"customer.{name}" for name in ("store_name", "legal_name", "legal_representative", "business_type")
)
_LEGAL_WORDS = {"legal", "entity", "company", "corporate", "corporation", "firm", "firma", "business", "registered"}
_LEGAL_CHINESE = re.compile(r"公司|企业|企業|单位|單位|商业|商業")
_COMPANY = re.compile(
    r"\b(l\.?l\.?c|inc|corp|corporation|ltd|limited|co|lp|llp|plc|pty|gmbh|ag|s\.?a|s\.?r\.?l|b\.?v)\b\.?|公司|合作社|集团|集團",
    re.I,
)
_TRADE = re.compile(r"\bdba\b|doing.?business|trad(e|ing)|operating|字号|字號|招牌|\b2$", re.IGNORECASE)
_TYPE_WORD = re.compile(r"[a-z_]+(;[a-z_]+)*")


def find_types(table: Table, targets: Targets) -> None:
    """«shop» over words like «convenience», beside a column of names, is the type of the shop."""
    kind = targets.by_key[TYPE]
    claim = [column for column in table.columns if any(target.key == STORE for target in column.candidates)]
    if any(kind in column.candidates for column in table.columns):
        return
    for column in claim:
        cells = [shown(cell).strip() for cell in _cells(table, column)]
        others = [other for other in claim if other is not column and "name" in words_of(other.heading)]
        known = {word for code, labels in kind.spec.choices.items() for word in (code, labels.zh_hans, labels.zh_hant)}
        is_open = column.how is not How.GIVEN and "name" not in words_of(column.heading)
        if cells and others and is_open and all(_TYPE_WORD.fullmatch(cell) or cell in known for cell in cells):
            column.candidates, column.how = [kind], How.CONTENT


def settle_names(table: Table, targets: Targets) -> None:
    """The name over the door is the store's name; the name of the company behind it is the legal name, and stands in for the other."""
    store, legal, owner = targets.by_key[STORE], targets.by_key[LEGAL], targets.by_key[OWNER]
    claim = [column for column in table.columns if store in column.targets and column.how is not How.GIVEN]
    if len(claim) > 1 and table.column_of(LEGAL) is None:
        over_the_door = [column for column in claim if _TRADE.search(column.heading)]
        behind = [column for column in claim if _is_legal(column.heading)]
        if len(over_the_door) == 1 and len(claim) == 2:
            behind = [column for column in claim if column not in over_the_door]
        if len(behind) == 1:
            behind[0].targets = [legal if target is store else target for target in behind[0].targets]
    owners = [column for column in table.columns if column.targets == [owner] and column.how is not How.GIVEN]
    if table.column_of(LEGAL) is None and len(owners) == 1:
        cells = [shown(cell) for cell in _cells(table, owners[0])]
        if cells and sum(bool(_COMPANY.search(cell)) for cell in cells) > 0.5 * len(cells):
            owners[0].targets, owners[0].how = [legal], How.CONTENT
    named = table.column_of(LEGAL)
    is_named = table.column_of(STORE) or any(store in column.candidates for column in table.columns)
    if named is not None and not is_named and named.how is not How.GIVEN:
        named.targets = [store, *named.targets]


def _is_legal(heading: str) -> bool:
    is_named = bool(_LEGAL_WORDS & set(words_of(heading)) or _LEGAL_CHINESE.search(heading))
    return is_named and not _TRADE.search(heading)


def _cells(table: Table, column: Column, most: int = 400) -> list[Cell]:
    rows = table.rows[:most]
    cells = [row.cells[column.index] for row in rows if column.index < len(row.cells)]
    return [cell for cell in cells if not is_blank(cell)]
