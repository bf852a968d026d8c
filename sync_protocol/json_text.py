"""JSON as bytes, by the fastest means at hand: orjson where it is installed, the standard library elsewhere.

Both write the same bytes for what travels (tests/specification/test_canonical.py holds them to it), so nobody can tell
which of them a device or a server has.
"""

from __future__ import annotations

import json
from typing import Any

try:
    import orjson
except ImportError:  # on a device for which nobody has built it
    orjson = None  # type: ignore[assignment,unused-ignore]

_in_order = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
_by_name = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, sort_keys=True)


def dumps(value: Any) -> bytes:
    """Without white space, members in their order. Raises: ValueError, TypeError."""
    if orjson is None:
        return _in_order.encode(value).encode()
    try:
        return orjson.dumps(value)
    except TypeError:  # integers beyond 64 bits, and what is no JSON
        return _in_order.encode(value).encode()


def dumps_by_name(value: Any) -> bytes:
    """The same, the members of every object sorted by their names. Raises: ValueError, TypeError."""
    if orjson is None:
        return _by_name.encode(value).encode()
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        return _by_name.encode(value).encode()


def loads(raw: bytes | str) -> Any:
    """The value of a text that we, or somebody we trust, wrote. Raises: ValueError."""
    if orjson is None:
        return json.loads(raw)
    try:
        return orjson.loads(raw)
    except ValueError:  # escaped lone surrogates, deep nesting: rare, and the standard library can
        return json.loads(raw)


def is_as_written(raw: bytes, value: Any) -> bool:
    """Whether `raw` is just what `dumps` makes of `value`: then it named no member twice, and nothing was rounded."""
    try:
        return dumps(value) == raw
    except (ValueError, TypeError):
        return False
