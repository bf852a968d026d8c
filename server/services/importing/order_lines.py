"""Lines of a past order: made from a row, checked, and joined with the lines that the order has already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from server.services.importing.identities import Products, name_of
from server.services.importing.known import Known, Wanted
from server.services.importing.rows import ReadRow

LINES_LIMIT = 200
Line = dict[str, Any]


def line_of(
    row: ReadRow, catalogue: Mapping[str, Wanted], products: Products, known: Known
) -> tuple[Line | None, bool]:
    """The order line of a row; None if it names no product.

    Returns: the line, and whether quantity times price differs from the amount that the file gives.
    """
    code = products.code_for(row)
    if code is None:
        return None, False
    line: Line = {"product_code": code}
    in_catalogue = catalogue.get(code)
    held = known.records.get(products.id_of(code))
    if in_catalogue is not None or held is not None:
        line["product"] = products.id_of(code)
    name = name_of(row) or (in_catalogue.fields.get("product_name") if in_catalogue else None)
    name = name or (held.fields.get("product_name") if held else None)
    if name:
        line["product_name"] = name
    line |= {key: value for key, value in row.values.get("order_line", {}).items() if key not in line}
    return line, _reckon(line)


def _reckon(line: Line) -> bool:
    """Fill in what follows from the rest: the amount, or a price that comes out even. Returns: whether they disagree."""
    quantity = Decimal(line["quantity"])
    price, amount, discount = (line.get(f"{name}_minor") for name in ("unit_price", "amount", "discount"))
    if price is not None:
        reckoned = int((quantity * price).quantize(Decimal(1), ROUND_HALF_UP)) - abs(discount or 0)
        if amount is None:
            line["amount_minor"] = reckoned
        else:
            return bool(abs(reckoned - amount) > max(Decimal(1), abs(quantity) / 2))
    elif amount is not None and quantity and not discount:
        even = Decimal(amount) / quantity
        if even == even.to_integral_value():
            line["unit_price_minor"] = int(even)
    return False


def union(held: Sequence[Line], mine: Sequence[Line], *, adding: bool) -> tuple[list[Line], list[int]]:
    """The lines of an order after an import: none is lost, and the same import changes nothing.

    A line that equals one that is there is that one. Another of the same product is an edit of it, in the order in which they
    stand; but where lines that were refused before are brought in (`adding`), it is one more line.
    Returns: the lines, and which of `mine` (their indexes) were there already.
    """
    lines = [dict(line) for line in held]
    free = set(range(len(lines)))
    rest, same = [], []
    for index, line in enumerate(mine):
        equal = next((place for place in sorted(free) if lines[place] == line), None)
        if equal is None:
            rest.append(line)
        else:
            free.discard(equal)
            same.append(index)
    for line in rest:
        place = next((p for p in sorted(free) if lines[p].get("product_code") == line.get("product_code")), None)
        if place is None or adding:
            lines.append(dict(line))
        else:
            free.discard(place)
            lines[place] = {**lines[place], **line}
    return lines, same
