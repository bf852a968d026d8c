"""What an import came to, as one JSON object for programs and as figures for pages."""

from __future__ import annotations

from collections import Counter
from typing import Any

from server.services.importing.plan import ImportPlan
from server.services.importing.writing import UNASSIGNED, Written


def as_json(plan: ImportPlan, written: Written | None, language: str = "en") -> dict[str, Any]:
    """The outcome for a program. Args: written: None where nothing was written."""
    counts = plan.counts()
    return {
        "file": plan.source.name,
        "format": plan.source.form,
        "encoding": plan.source.encoding or None,
        "delimiter": plan.source.delimiter or None,
        "sheets": [table.sheet for table in plan.tables],
        "rows": plan.rows,
        "retailers": len(plan.customers),
        "products": len(plan.products),
        "orders": len(plan.orders),
        "order_lines": plan.order_lines,
        "refused": len(plan.refused),
        "refused_reasons": dict(reasons(plan)),
        "left_out": sum(len(row.left_out) for row in plan.left_out),
        "left_out_reasons": dict(
            Counter(f"{v.column}: {v.reason.code}" for row in plan.left_out for v in row.left_out)
        ),
        "columns_matched": {c.name: [target.key for target in c.targets] for c in plan.columns if c.targets},
        "columns_unmatched": [c.name for c in plan.columns if not c.targets and c.why != "column.own"],
        "new": counts["new"],
        "changed": counts["changed"],
        "unchanged": counts["same"],
        "books": books(plan),
        "warnings": [warning.to_json(language) for warning in plan.warnings],
        "questions": [
            {
                **question.message.to_json(language),
                "option": question.option,
                "choices": [c.value for c in question.choices],
            }
            for question in plan.questions
        ],
        "written": None
        if written is None
        else {"new": dict(written.new), "changed": dict(written.changed), "sets": written.sets},
    }


def reasons(plan: ImportPlan) -> Counter[str]:
    """How many rows were refused for which reason; without the values, so that equal reasons come together."""
    found: Counter[str] = Counter()
    for row in plan.refused:
        for reason in row.reasons:
            inner = reason.values.get("reason")
            column = reason.values.get("column")
            found[f"{column}: {inner.code}" if inner is not None and column else reason.code] += 1
    return found


def books(plan: ImportPlan) -> dict[str, int]:
    """Book -> how many new customers come into it."""
    return dict(Counter(wanted.book or UNASSIGNED for wanted in plan.customers if wanted.is_new))
