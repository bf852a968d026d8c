"""Areas in the units that people measure in, as square metres."""

from __future__ import annotations

import re
from decimal import Decimal

SQUARE_METRE = "m²"
_UNITS = (
    (re.compile(r"sq(uare)?[\s._-]*(ft|feet|foot|footage)\b|\bsf\b|\bft\s*[²2]|平方英尺|平方呎|平方尺", re.IGNORECASE), Decimal("0.09290304")),
    (re.compile(r"坪"), Decimal("3.305785")),
    (re.compile(r"sq(uare)?[\s._-]*y(ar)?ds?\b", re.IGNORECASE), Decimal("0.83612736")),
)  # fmt: skip


def factor_in(text: str) -> Decimal | None:
    """What a number in the unit that a text names is multiplied with to be square metres; None if it names none."""
    return next((factor for pattern, factor in _UNITS if pattern.search(text)), None)


def without_unit(text: str) -> str:
    """A text without the unit that it names, and the dot of its abbreviation."""
    for pattern, _ in _UNITS:
        text = pattern.sub("", text)
    return text.strip().removesuffix(".").strip()


def converted(number: Decimal, factor: Decimal) -> Decimal:
    """Square metres, to the hundredth."""
    return (number * factor).quantize(Decimal("0.01"))
