"""When two spellings of a phone number are the same number."""

from __future__ import annotations

import re

_EXTENSION = re.compile(r" ?(x|ext\.?) ?[0-9]{1,6}$", re.IGNORECASE)


def phone_key(text: str | None, country: str = "") -> str:
    """The number as digits with its country's code, without zeros in front; "" if there are fewer than five digits.

    Args: country: the code of the company's own country, such as "86": put before a number that names none.
    """
    bare = _EXTENSION.sub("", (text or "").strip())
    digits = "".join(c for c in bare if c in "0123456789")
    if len(digits) < 5:
        return ""
    if bare.startswith("+"):
        return digits
    if digits.startswith("00"):
        return digits[2:]
    national = digits.lstrip("0")
    if not country or (national.startswith(country) and len(national) > 10):
        return national
    return country + national
