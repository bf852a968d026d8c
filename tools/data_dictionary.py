"""Write docs/data-dictionary.md from the declarations of the record types: `python tools/data_dictionary.py`."""

from __future__ import annotations

import pathlib
from collections.abc import Iterable, Iterator

from sync_protocol.fields import FieldSpec, Kind, Sensitivity
from sync_protocol.records import Nature, RecordSchema, line_type, record_types

PAGE = pathlib.Path(__file__).resolve().parent.parent / "docs" / "data-dictionary.md"

HEAD = """\
# Data dictionary

One definition for every field. Written by `python tools/data_dictionary.py` from the declarations in
`sync_protocol/records/`, and held to them by a test: change the declaration, not this page.

- **Kind**: money is whole minor units of the company's currency; decimals are strings; instants are milliseconds since
  1970 UTC; days are `YYYY-MM-DD`. *Kind* ends in `*` where a new record must have the field.
- **Class**: what an edit by the holder of the seat does. *static*: an application that the supervisor confirms;
  *dynamic*: takes effect at once and can be returned at the review; *system*: computed, nobody types it.
- **Seat**: the one role on a book that maintains the field.
- **Rule**: what happens to two edits that had not seen each other. *latest*: the later one counts, the other is kept
  as a conflict; *ask*: a person decides; *elements*: element by element.
- **Reach**: *private* and *secret* values go to a device only in part, or not at all, where there is no need.
- **Row**: the number of the requirement that asks for it.
"""

NATURES = {
    Nature.FILE: "the customer file",
    Nature.FACT: "a fact: what happened",
    Nature.COMMITMENT: "a commitment of the company",
    Nature.REFERENCE: "of the whole company, in the reference book",
    Nature.OFFICE: "a decision of the office, by role",
    Nature.OWN: "what an app notes on the desk of its user, once and for good",
    Nature.PROTOCOL: "written by the server alone",
}
COLUMNS = ("Field", "English", "简体中文", "Group", "Kind", "Class", "Seat", "Rule", "Reach", "Row")


def page() -> str:
    """The whole page, as it must stand in the repository."""
    parts = [HEAD]
    for name, record_type in record_types().items():
        parts += [_heading(2, record_type), NATURES[record_type.nature].capitalize() + ".\n", _table(record_type)]
        for field_name, spec in record_type.specs().items():
            if spec.kind is Kind.LINES:
                inner = line_type(name, field_name)
                parts += [_heading(3, inner), f"Elements of `{name}.{field_name}`.\n", _table(inner)]
        parts += _code_lists(record_type)
    return "\n".join(parts)


def _heading(depth: int, record_type: type[RecordSchema]) -> str:
    return f"{'#' * depth} {record_type.labels.en} · {record_type.labels.zh_hans} (`{record_type.name}`)\n"


def _table(record_type: type[RecordSchema]) -> str:
    rows = [_cells(record_type, name, spec) for name, spec in record_type.specs().items()]
    return "\n".join(_lines([COLUMNS, ["---"] * len(COLUMNS), *rows])) + "\n"


def _cells(record_type: type[RecordSchema], name: str, spec: FieldSpec) -> list[str]:
    kind = f"{spec.kind} → {spec.target}" if spec.target else str(spec.kind)
    if spec.unit:
        kind += f" ({spec.unit.en})"
    return [
        f"`{name}`",
        spec.labels.en,
        spec.labels.zh_hans,
        record_type.groups[spec.group].en,
        kind + ("*" if record_type.declared()[name].required else ""),
        spec.klass,
        spec.seat or "",
        spec.rule,
        "" if spec.sensitivity is Sensitivity.OPEN else spec.sensitivity,
        str(spec.row or ""),
    ]


def _lines(rows: Iterable[Iterable[str]]) -> Iterator[str]:
    for cells in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _code_lists(record_type: type[RecordSchema]) -> list[str]:
    lists = [
        f"- `{name}`: " + "; ".join(f"`{code}` {words.en} · {words.zh_hans}" for code, words in spec.choices.items())
        for name, spec in record_type.specs().items()
        if spec.choices
    ]
    return ["Codes:\n", "\n".join(lists) + "\n"] if lists else []


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
