"""Rows -> the products that they name, each once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from server.services.importing.customer_records import age, latest
from server.services.importing.identities import Products, code_of, name_of
from server.services.importing.known import Known, Wanted, first_of
from server.services.importing.messages import Message, message
from server.services.importing.rows import ReadRow
from server.services.importing.values import Company, told
from sync_protocol.records import record_type

TYPE = "product"


def plan_products(
    rows: Sequence[ReadRow], products: Products, known: Known, company: Company, warnings: list[Message]
) -> dict[str, Wanted]:
    """Product code -> what the file wants of it. A product without a name in file and catalogue is not made."""
    groups: dict[str, list[ReadRow]] = defaultdict(list)
    for row in rows:
        if row.reasons or not (row.values.get(TYPE) or row.values.get("order_line")):
            continue
        if code := products.code_for(row):
            groups[code].append(row)
            row.is_used = True
        elif row.table.fills(TYPE) and row.values.get(TYPE):
            row.refuse("product.missing")
    plan: dict[str, Wanted] = {}
    specs = record_type(TYPE).specs()
    differing: Counter[str] = Counter()
    example: dict[str, tuple[str, list[str]]] = {}
    without_code = 0
    for code, group in groups.items():
        group.sort(key=age)
        product_id = products.id_of(code)
        held = known.records.get(product_id)
        last = latest(group, TYPE)
        merged = last.values
        name = merged.get("product_name") or next((name_of(row) for row in reversed(group) if name_of(row)), None)
        if (held is None and not name) or (held is not None and held.removed):
            continue
        fields = {**merged, "product_code": code} | ({"product_name": name} if name else {})
        without_code += not any(code_of(row) for row in group)
        for field_name, values in last.several.items():
            differing[field_name] += 1
            example.setdefault(field_name, (code, first_of(told(specs[field_name], v, company) for v in values)))
        older = last.older_than(known.last_ordered.get(product_id))
        plan[code] = Wanted(TYPE, product_id, fields, [row.line for row in group], held=held, older=older)
    for field_name, count in differing.most_common():
        code, texts = example[field_name]
        warnings.append(
            message("product.conflict", count=count, field=specs[field_name].labels, code=code, values=texts)
        )
    if without_code:
        warnings.append(message("product.no-code", count=without_code))
    return plan
