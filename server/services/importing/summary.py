"""What was understood of a file, as lines of text for a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from server.services.importing import outcome
from server.services.importing.known import Wanted
from server.services.importing.messages import message
from server.services.importing.plan import ImportPlan
from server.services.importing.tables import Column

REFUSED_SHOWN = 10
WARNINGS_SHOWN = 20
_DELIMITERS = {",": ",", ";": ";", "\t": "tab", "|": "|"}


def summary(plan: ImportPlan, language: str) -> Iterable[str]:
    """The lines to be shown before anything is written."""
    say = _Words(language)
    form = ", ".join(
        part
        for part in (plan.source.form.upper(), plan.source.encoding, _DELIMITERS.get(plan.source.delimiter, ""))
        if part
    )
    yield say("sum.file", name=plan.source.name, form=form, rows=plan.rows)
    yield ""
    yield say("sum.columns")
    for table in plan.tables:
        if len(plan.tables) > 1:
            yield f"  [{table.sheet}]"
        width = min(40, max((_width(column.name) for column in table.columns), default=0))
        for column in table.columns:
            if column.why != "column.own":
                yield f"  {_padded(column.name, width)}  {_goal(column, say)}"
    yield ""
    yield say("sum.understood")
    for code, records in (("customers", plan.customers), ("products", plan.products), ("orders", plan.orders)):
        if records:
            yield f"  {len(records):>9,} {say(f'sum.{code}')}: {_parts(records, say)}"
    if plan.order_lines:
        yield f"  {plan.order_lines:>9,} {say('sum.lines')}"
    if found := outcome.books(plan):
        yield ""
        yield say("sum.books")
        for name, count in sorted(found.items(), key=lambda item: (-item[1], item[0]))[:20]:
            yield f"  {count:>9,} {name}"
        if len(found) > 20:
            yield "  " + say("sum.more", count=len(found) - 20)
    yield from _refused(plan, say)
    yield from _told(plan, say)


class _Words:
    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, code: str, /, **values: object) -> str:
        return message(code, **values).text(self.language)


def _goal(column: Column, say: _Words) -> str:
    if not column.targets:
        return f"–  {say('sum.left-out')}"
    labels = " + ".join(target.label(say.language) for target in column.targets)
    return f"→  {labels}" + (f" ({say('sum.location')})" if column.holds_location else "")


def _parts(records: Sequence[Wanted], say: _Words) -> str:
    counts = Counter("new" if w.is_new else "same" if w.is_same else "changed" for w in records)
    return say("sum.parts", new=counts["new"], changed=counts["changed"], same=counts["same"])


def _refused(plan: ImportPlan, say: _Words) -> Iterable[str]:
    if not plan.refused:
        return
    yield ""
    yield say("sum.refused", count=len(plan.refused))
    for row in plan.refused[:REFUSED_SHOWN]:
        reasons = "; ".join(reason.text(say.language) for reason in row.reasons)
        sheet = f"[{row.table.sheet}] " if len(plan.tables) > 1 else ""
        yield f"  {sheet}{say('sum.line', line=row.line)}: {reasons}"
    if len(plan.refused) > REFUSED_SHOWN:
        yield "  " + say("sum.more", count=len(plan.refused) - REFUSED_SHOWN)


def _told(plan: ImportPlan, say: _Words) -> Iterable[str]:
    if plan.warnings:
        yield ""
        yield say("sum.notes")
        for warning in plan.warnings[:WARNINGS_SHOWN]:
            yield f"  - {warning.text(say.language)}"
        if len(plan.warnings) > WARNINGS_SHOWN:
            yield "  " + say("sum.more", count=len(plan.warnings) - WARNINGS_SHOWN)
    if plan.questions:
        yield ""
        yield say("sum.questions")
        for question in plan.questions:
            yield f"  ? {question.message.text(say.language)}"
            yield f"    {say('sum.answer-with', option=question.option)}"


def _width(text: str) -> int:
    return sum(2 if ord(character) > 0x2E7F else 1 for character in text)


def _padded(text: str, width: int) -> str:
    return text + " " * max(0, width - _width(text))
