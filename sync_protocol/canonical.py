"""Canonical JSON (RFC 8785) of what travels, and its digest.

The wire has no floats and its member names are ASCII, so the canonical form is plain JSON with sorted keys and without
white space; a test compares it with an independent implementation of the RFC.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

_encoder = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


class NotCanonical(ValueError):
    """The value cannot travel: a float, a name that is not ASCII, a lone surrogate, or nesting beyond reason."""


def canonical(value: Any) -> bytes:
    """The canonical bytes of a JSON value made of objects, arrays, strings, integers, true, false and null.

    Raises: NotCanonical.
    """
    _check(value, 0)
    try:
        return _encoder.encode(value).encode()
    except UnicodeEncodeError as error:
        raise NotCanonical("text.surrogate") from error


def _check(value: Any, depth: int) -> None:
    if depth > 32:
        raise NotCanonical("too-deep")
    if isinstance(value, dict):
        for name, inner in value.items():
            if not isinstance(name, str) or not name.isascii():
                raise NotCanonical("name.not-ascii")
            if not isinstance(inner, str):
                _check(inner, depth + 1)
    elif isinstance(value, list | tuple):
        for inner in value:
            if not isinstance(inner, str):
                _check(inner, depth + 1)
    elif isinstance(value, float):
        raise NotCanonical("float")
    elif isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**53:
        raise NotCanonical("integer.range")


def digest(value: Any) -> str:
    """SHA-256 of the canonical bytes, 64 hex digits."""
    return hashlib.sha256(canonical(value)).hexdigest()


class DuplicateMember(ValueError):
    """A JSON object names one member twice."""


def parse(raw: bytes) -> Any:
    """Read JSON that came from outside: UTF-8, no duplicate members, no NaN. Raises: ValueError (also for nesting too deep)."""
    try:
        return json.loads(raw.decode(), object_pairs_hook=_unique, parse_constant=_refuse)
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise DuplicateMember("a member is named twice")
    return found


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")
