"""From a form to values and back, one function for each kind of field; what was typed wrongly is named by field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from babel.numbers import get_currency_precision

from server.console.company import company
from server.console.formats import local, time_zone
from sync_protocol.fields import FieldSpec, Kind


class Wrong(ValueError):
    """What was typed is not a value of this kind. The message is a reason code."""


def entered(spec: FieldSpec, value: Any) -> str:
    """A stored value as the text of its input."""
    if value is None:
        return ""
    if spec.kind is Kind.MONEY:
        return f"{Decimal(value).scaleb(-_precision()):f}"
    if spec.kind is Kind.FLAG:
        return "yes" if value else "no"
    if spec.kind is Kind.TAGS:
        return ", ".join(value)
    if spec.kind is Kind.INSTANT:
        return local(value).strftime("%Y-%m-%dT%H:%M")
    return str(value)


def value_of(spec: FieldSpec, text: str) -> Any:
    """The value that a text of an input stands for; None if it is empty. Raises: Wrong."""
    text = text.replace("\r\n", "\n").strip()
    if not text:
        return [] if spec.kind is Kind.TAGS else None
    return _READERS.get(spec.kind, str)(text)


def _precision() -> int:
    return get_currency_precision(company().currency)


def _decimal(text: str, code: str = "decimal.format") -> Decimal:
    try:
        value = Decimal(text.replace(" ", "").replace(" ", "").replace(",", "").replace("，", ""))
    except InvalidOperation as error:
        raise Wrong(code) from error
    if not value.is_finite() or abs(value) >= 10**15:
        raise Wrong(code)
    return value


def _money(text: str) -> int:
    minor = _decimal(text, "money.format").scaleb(_precision())
    if minor != minor.to_integral_value():
        raise Wrong("money.format")
    return int(minor)


def _plain_decimal(text: str) -> str:
    plain = f"{_decimal(text).normalize():f}"
    return "0" if plain in ("-0", "") else plain


def _count(text: str) -> int:
    value = _decimal(text, "integer.type")
    if value != value.to_integral_value():
        raise Wrong("integer.type")
    return int(value)


def _flag(text: str) -> bool:
    if text not in ("yes", "no"):
        raise Wrong("flag.type")
    return text == "yes"


def _tags(text: str) -> list[str]:
    parts = [part.strip() for part in text.replace("，", ",").replace("、", ",").replace("\n", ",").split(",")]
    return list(dict.fromkeys(part for part in parts if part))


def _instant(text: str) -> int:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise Wrong("instant.format") from error
    return int((at if at.tzinfo else at.replace(tzinfo=time_zone())).timestamp() * 1000)


_READERS: Mapping[Kind, Callable[[str], Any]] = {
    Kind.MONEY: _money,
    Kind.DECIMAL: _plain_decimal,
    Kind.COUNT: _count,
    Kind.FLAG: _flag,
    Kind.TAGS: _tags,
    Kind.INSTANT: _instant,
}
