"""What should be a customer's own, as it is compared: licence, telephone, name and place, without blanks and marks, in one case.

Columns that the database makes itself when a file is written: made anew for each of 100,000 customers at every look for
doubles, they cost more than all else of that page.
"""

from __future__ import annotations

import sqlalchemy as sa

from sync_protocol.records import RecordSchema

_MARKS = (" ", "-", "(", ")", ".", "/", "+")
_SHORTEST = {"licence": 2, "phone": 7, "name": 2}  # a shorter one tells nobody apart
KEYS = tuple(_SHORTEST)


def column_name(key: str) -> str:
    """The column of a typed table that is compared; NULL for whom there is nothing to compare. Raises: KeyError."""
    if key not in KEYS:
        raise KeyError(key)
    return f"alike_{key}_"


def columns(declared: type[RecordSchema]) -> list[sa.Column[str]]:
    """The columns of a record type: a customer has them, nobody else."""
    if declared.name != "customer":
        return []
    phone = '"contact_phone"'
    for mark in _MARKS:
        phone = f"replace({phone}, '{mark}', '')"
    place = 'lower(coalesce("postal_code", "city", \'\'))'
    made = {
        "licence": 'lower(trim("licence_number"))',
        "phone": phone,
        "name": f"lower(trim(\"store_name\")) || ' · ' || {place}",
    }
    return [
        sa.Column(
            column_name(key),
            sa.Text,
            sa.Computed(f"CASE WHEN length({text}) >= {_SHORTEST[key]} THEN {text} END", persisted=True),
        )
        for key, text in made.items()
    ]
