"""Secret values on their way to devices: the last four characters of a long text, nothing else (decision 4)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from sync_protocol.fields import Sensitivity
from sync_protocol.records.base import RecordSchema, knows, record_type

HIDDEN = "…"
_SHOWN = 4


def shortened(type_name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a record as a device gets them; also of a proposal or conflict that is about a secret field."""
    found = _secrets_shortened(type_name, fields)
    if type_name == "proposal" and "change" in found:
        change = json.loads(found["change"])
        parts = {part: _secrets_shortened(change["type"], change[part]) for part in ("set", "was") if part in change}
        found["change"] = json.dumps({**change, **parts}, ensure_ascii=False, sort_keys=True)
    if type_name == "conflict" and found.get("field") in secrets_of(found.get("of_type", "")):
        values = {part: json.loads(found[part]) for part in ("kept", "lost", "was") if part in found}
        found |= {part: json.dumps(_short(value), ensure_ascii=False) for part, value in values.items()}
    return found


def secrets_of(type_name: str) -> frozenset[str]:
    """The secret fields of a record type; none of one that this release does not declare."""
    return _secrets_declared(record_type(type_name)) if knows(type_name) else frozenset()


@cache
def _secrets_declared(declared: type[RecordSchema]) -> frozenset[str]:
    return frozenset(name for name, spec in declared.specs().items() if spec.sensitivity is Sensitivity.SECRET)


def is_shortened(type_name: str, name: str, value: Any) -> bool:
    """Whether this is what a device was shown of a secret, and not the secret."""
    return name in secrets_of(type_name) and isinstance(value, str) and value.startswith(HIDDEN)


def _secrets_shortened(type_name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """A secret that is no text, such as a cost price, does not travel at all."""
    secret = secrets_of(type_name)
    if secret.isdisjoint(fields):
        return dict(fields)
    return {
        name: _short(value) if name in secret else value
        for name, value in fields.items()
        if name not in secret or isinstance(value, str)
    }


def _short(value: Any) -> Any:
    if not isinstance(value, str):
        return None
    return HIDDEN + value[-_SHOWN:] if len(value) > 2 * _SHOWN else HIDDEN
