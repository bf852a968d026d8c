"""Columns of a table -> the fields that they fill: by name, by meaning, by what stands in them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from server.services.importing.areas import SQUARE_METRE, factor_in
from server.services.importing.cells import Cell, is_blank, shown
from server.services.importing.dates import split_range
from server.services.importing.headings import meaning
from server.services.importing.messages import message
from server.services.importing.name_columns import find_types, settle_names
from server.services.importing.parts import find_parts
from server.services.importing.statuses import find_statuses
from server.services.importing.tables import Column, How, Table
from server.services.importing.targets import LINE, Target, Targets
from server.services.importing.values import find_location

LOCATION_SHARE = 0.3
RANGE_SHARE = 0.3
_OF_SHOPS_TOO = {
    "product_name",
    "category_code",
    "category_name",
    "vendor",
    "vendor_code",
    "unit",
    "offered",
    "high_end",
}
_LINE_FIELDS = ("quantity", "amount_minor", "discount_minor")


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
    find_parts(table, targets)
    _find_locations(table, targets)
    _mind_contents(table, targets)
    find_types(table, targets)
    _mind_whose_note(table)
    _choose_types(table)
    _drop_orders_without_lines(table)
    _drop_products_without_names(table, targets)
    settle_names(table, targets)
    find_statuses(table, targets)
    _find_ranges(table, targets)
    _find_areas(table)


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
        is_coordinate = any(target in pair for target in column.candidates) or column.place
        if column.how is How.GIVEN or is_coordinate or None in pair:
            continue
        cells = _cells(table, column)
        if cells and sum(find_location(cell) is not None for cell in cells) >= LOCATION_SHARE * len(cells):
            others = [other for other in table.columns if other is not column]
            is_address = [
                target
                for target in column.candidates
                if any(re.search(r"[^\W\d_]{3}", re.sub(r"(?i)point", "", str(cell))) for cell in cells)
                and not any(target in other.candidates + other.targets for other in others)
            ]
            column.holds_location, column.how = True, How.CONTENT
            column.candidates, column.targets = [], [target for target in pair if target] + is_address
            own = [other for other in others if any(target in pair for target in (*other.candidates, *other.targets))]
            if own and not is_address:
                column.fills_gaps = True
                column.notes.append(message("column.gaps", column=column.name, others=[f"«{o.name}»" for o in own]))


def _mind_contents(table: Table, targets: Targets) -> None:
    """A heading like «Category» or «Store» may stand over names or over codes: what is written below it decides."""
    taken = {target.key for column in table.columns for target in [*column.candidates, *column.targets]}
    for column in table.columns:
        if column.how in (How.GIVEN, How.CONTENT) or not column.candidates:
            continue
        cells = [shown(cell) for cell in _cells(table, column)]
        with_digit = sum(bool(re.search(r"\d", cell)) for cell in cells)
        only_digits = sum(bool(re.fullmatch(r"[\d.\-]+", cell)) for cell in cells)
        like_codes = with_digit > 0.5 * len(cells) and not any(" " in cell.strip() for cell in cells)
        swapped = []
        for target in column.candidates:
            code, name = _code_and_name(target, targets)
            is_key = target.field == f"{target.type}_code" or target.type == LINE
            is_named_elsewhere = "name" not in meaning(column.name) and any(
                target in other.candidates for other in table.columns if other is not column
            )
            if target is code and not is_key and name and name.key not in taken and with_digit < 0.2 * len(cells):
                swapped.append(name)
            elif (
                target is name
                and code
                and code.key not in taken
                and (only_digits > 0.9 * len(cells) or (is_named_elsewhere and like_codes))
            ):
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


def _mind_whose_note(table: Table) -> None:
    """«Remarks» are those of the order where there are lines of orders, else those of the customer."""
    keys = {target.key for column in table.columns for target in column.candidates}
    whose = "order" if keys & {f"{LINE}.quantity", f"{LINE}.amount_minor"} else "customer"
    for column in table.columns:
        if {target.type for target in column.candidates} == {"customer", "order"}:
            column.candidates = [target for target in column.candidates if target.type == whose]


def _keys(targets: Sequence[Target]) -> set[str]:
    return {target.key for target in targets}


def _one_field_a_type(targets: Sequence[Target]) -> bool:
    return len({target.type for target in targets}) == len(targets)


def _kind(target: Target) -> str:
    """The record type that a column speaks for; the lines of an order name products as the catalogue does."""
    if target.type == LINE:
        return "order" if target.field in _LINE_FIELDS else "product"
    return target.type


def _find_ranges(table: Table, targets: Targets) -> None:
    """«Valid» over «2021-03-01 to 2026-02-28» says both the first and the last day."""
    ends = [targets.by_key.get("customer.licence_effective_on"), targets.by_key.get("customer.licence_expires_on")]
    for column in table.columns:
        if not any(target in ends for target in column.targets) or None in ends:
            continue
        cells = _cells(table, column)
        if sum(split_range(cell) is not None for cell in cells) >= RANGE_SHARE * max(1, len(cells)):
            column.holds_range = True
            others = [other for other in table.columns if other is not column]
            column.targets += [t for t in ends if t and t not in column.targets
                               and not any(t in other.targets for other in others)]  # fmt: skip


def _find_areas(table: Table) -> None:
    for column in table.columns:
        is_area = any(t.spec.unit is not None and t.spec.unit.en == SQUARE_METRE for t in column.targets)
        if is_area and (factor := factor_in(column.heading)) is not None:
            column.notes.append(message("column.converted", column=column.name, factor=str(factor)))


def _kind_of_shop(column: Column, table: Table, targets: Targets) -> Target | None:
    """«Category» in a list of licences is their type, in a list of shops that of the shop."""
    if not any(target.field.startswith("category") for target in column.targets):
        return None
    has_licences = any(table.column_of(f"customer.{name}") for name in ("licence_number", "licence_expires_on"))
    keys = (["customer.licence_type"] if has_licences else []) + ["customer.business_type"]
    return next((targets.by_key[key] for key in keys if table.column_of(key) is None), None)


def _drop_products_without_names(table: Table, targets: Targets) -> None:
    """«Category» or «Description» in a list of shops says nothing of goods, where nothing names any."""
    found = [*(t for c in table.columns for t in c.targets), *(t for c in table.columns for t in c.candidates)]
    keys = {target.key for target in found}
    names = {f"{kind}.product_{what}" for kind in ("product", LINE) for what in ("code", "name")}
    rest = {target.field for target in found if _kind(target) == "product"} - _OF_SHOPS_TOO
    sure = {
        target.key
        for column in table.columns
        for target in column.targets
        if target.key in names and (rest or "product" in meaning(column.name))
    }
    has_shops = any(target.type == "customer" for column in table.columns for target in column.targets)
    if sure or not has_shops or keys & {f"{LINE}.quantity", f"{LINE}.amount_minor"}:
        return
    for column in table.columns:
        if column.how is not How.GIVEN and column.targets and all(_kind(t) == "product" for t in column.targets):
            kind = _kind_of_shop(column, table, targets)
            column.targets, column.candidates = [kind] if kind else [], []
            column.why, column.how = "" if kind else "column.no-products", How.MEANING if kind else column.how


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
