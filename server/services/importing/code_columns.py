"""Where no column is the customer code: which one tells the customers of a list apart, so that it may stand in for it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from server.services.importing.cells import is_blank
from server.services.importing.headings import words_of
from server.services.importing.known import Known, folded
from server.services.importing.messages import Refused, message
from server.services.importing.rows import ReadRow
from server.services.importing.tables import Column, How, Table
from server.services.importing.targets import Targets
from server.services.importing.values import Company, find_style, parse
from sync_protocol.fields import Kind

CODE = "customer.customer_code"
_LICENCES = {"customer.licence_number", "customer.monopoly_certificate_number"}
_NO_CODES = {"objectid", "oid", "fid", "rowid", "rownumber", "linenumber", "index", "serialnumber"}
_CHINESE = re.compile(r"(编号|編號|编码|編碼|代码|代碼|代号|代號|证号|證號|号|號)$")
_VALUE = re.compile(r"\S{1,60}")


def find_codes(table: Table, rows: Sequence[ReadRow], targets: Targets, known: Known, company: Company) -> None:
    """Take the first column of ids, different for every customer of a list, as the customer code, and say so."""
    named = table.column_of("customer.store_name")
    own = table.column_of(CODE)
    if named is None or table.fills("order", "order_line", "product") or not rows:
        return
    if own is not None and (own.how is How.GIVEN or _is_of_customers(own.heading)):
        return
    fitting = [(column, values) for column in table.columns if (values := _values(column, rows, targets, company))]
    there = [one for one in fitting if _known(one[1], known)]
    if not fitting or (not there and own is None and _are_there_without_code(rows, known)):
        return
    column, values = (there or fitting)[0]
    if own is None:
        column.notes.append(message("column.code", column=column.name))
    elif _known(values, known) > _known([row.get(CODE) for row in rows], known) or not _is_one_each(rows):
        own.targets, own.why, own.other = [], "column.several", column.name
    else:
        return
    column.targets, column.why, column.other = [targets.by_key[CODE], *column.targets], "", ""
    if column.how is How.NOT:
        column.how = How.CONTENT
    column.candidates = column.candidates or list(column.targets)
    for row, value in zip(rows, values, strict=True):
        row.values.setdefault("customer", {})["customer_code"] = value


def _values(column: Column, rows: Sequence[ReadRow], targets: Targets, company: Company) -> list[str]:
    """The values of a column that can be codes: there in every row, different for every customer; empty if it is none."""
    keys = {target.key for target in column.targets}
    if (
        column.how is How.GIVEN
        or not (not column.why or (column.why == "column.weaker" and _is_id(column.heading)))
        or (keys and not keys <= _LICENCES)
        or not (keys or _is_id(column.heading))
    ):
        return []
    cells = [row.row.cells[column.index] if column.index < len(row.row.cells) else None for row in rows]
    if any(is_blank(cell) for cell in cells):
        return []
    spec = targets.by_key[CODE].spec
    style = find_style(cells, {Kind.TEXT})
    try:
        values = [parse(spec, cell, style, company) for cell in cells]
    except Refused:
        return []
    if not all(isinstance(value, str) and _VALUE.fullmatch(value) for value in values):
        return []
    seen: dict[str, tuple[str, str]] = {}
    is_one_each = all(seen.setdefault(value, _who(row)) == _who(row) for value, row in zip(values, rows, strict=True))
    return values if is_one_each else []


def _is_of_customers(heading: str) -> bool:
    return bool({"store", "customer", "shop", "outlet"} & set(words_of(heading)))


def _known(values: Sequence[str | None], known: Known) -> int:
    """How many of these codes are there: what an earlier list was known by, its corrected rows are known by too."""
    return sum(value in known.customer_codes for value in values if value)


def _is_one_each(rows: Sequence[ReadRow]) -> bool:
    """Whether a code stands for one customer: «Account number» may be that of a company with many shops."""
    places: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for row in rows:
        if code := row.get(CODE):
            places[code].add(_who(row))
    return all(len({place for _, place in found if place}) < 2 for found in places.values())


def _who(row: ReadRow) -> tuple[str, str]:
    return folded(row.get("customer.store_name")), folded(row.get("customer.address"))


def _are_there_without_code(rows: Sequence[ReadRow], known: Known) -> bool:
    return any(_who(row) in known.customer_places for row in rows)


def _is_id(heading: str) -> bool:
    words = words_of(heading)
    if not words or "".join(words) in _NO_CODES:
        return False
    if len(words) == 1 and words[0] in ("number", "no"):
        return False
    if {"district", "tract", "ward", "county", "type", "phone", "fax", "street", "house"} & set(words):
        return False
    if {"id", "number", "code", "identifier", "uid", "uuid", "guid"} & set(words):
        return "code" not in words or len(words) < 3
    return bool(re.fullmatch(r"[a-z]{2,10}id", words[-1]) or _CHINESE.search(heading)) and "paid" not in words
