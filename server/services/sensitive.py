"""What a page shows of private and secret values (decision 4): the last four digits, or that there is something, or all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sync_protocol.fields import FieldSpec, Sensitivity

HIDDEN = "••••"
_DIGITS_SHOWN = 4


class Hidden(str):
    """What stands for a value that the reader does not see, whatever its kind is."""

    __slots__ = ()


def shown(spec: FieldSpec, value: Any, *, close: bool) -> Any:
    """A value as a page may show it. Args: close: the reader has need of private values, such as by a seat on the book."""
    if value in (None, "") or spec.sensitivity is Sensitivity.OPEN:
        return value
    if spec.sensitivity is Sensitivity.SECRET and isinstance(value, str):  # an account number: enough to know it by
        return Hidden(f"{HIDDEN} {value[-_DIGITS_SHOWN:]}" if len(value) > 2 * _DIGITS_SHOWN else HIDDEN)
    return value if close else Hidden(HIDDEN)


def shown_all(specs: Mapping[str, FieldSpec], fields: Mapping[str, Any], *, close: bool) -> dict[str, Any]:
    """All values of a record as a page may show them."""
    return {name: shown(spec, fields.get(name), close=close) for name, spec in specs.items()}
