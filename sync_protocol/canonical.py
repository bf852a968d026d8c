"""Canonical JSON (RFC 8785) of what travels, and its digest.

The wire has no floats and its member names are ASCII, so the canonical form is plain JSON with sorted keys and without
white space; a test compares it with an independent implementation of the RFC.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from sync_protocol import json_text

DEPTH_LIMIT = 32
_INTEGER_LIMIT = 2**53


class NotCanonical(ValueError):
    """The value cannot travel: a float, a name that is not ASCII, a lone surrogate, or nesting beyond reason."""


def canonical(value: Any) -> bytes:
    """The canonical bytes of a JSON value made of objects, arrays, strings, integers, true, false and null.

    Raises: NotCanonical.
    """
    _check(value, 0)
    try:
        return json_text.dumps_by_name(value)
    except UnicodeEncodeError as error:
        raise NotCanonical("text.surrogate") from error


def _check(value: Any, depth: int) -> None:
    if isinstance(value, dict):
        if not _are_names(value):
            raise NotCanonical("name.not-ascii")
        inner: Iterable[Any] = value.values()
    elif isinstance(value, list | tuple):
        inner = value
    else:
        _check_number(value)
        return
    if depth >= DEPTH_LIMIT:
        raise NotCanonical("too-deep")
    for item in inner:
        kind = type(item)
        if kind is str or kind is bool or item is None:
            continue
        if kind is int:
            if not -_INTEGER_LIMIT < item < _INTEGER_LIMIT:
                raise NotCanonical("integer.range")
        else:
            _check(item, depth + 1)


def _are_names(value: dict[Any, Any]) -> bool:
    try:
        return "".join(value).isascii()
    except TypeError:
        return False


def _check_number(value: Any) -> None:
    if isinstance(value, float):
        raise NotCanonical("float")
    if isinstance(value, int) and abs(value) >= _INTEGER_LIMIT:
        raise NotCanonical("integer.range")


def digest(value: Any) -> str:
    """SHA-256 of the canonical bytes, 64 hex digits."""
    return hashlib.sha256(canonical(value)).hexdigest()


class DuplicateMember(ValueError):
    """A JSON object names one member twice."""


def parse(raw: bytes) -> Any:
    """Read JSON that came from outside: UTF-8, no duplicate members, no NaN. Raises: ValueError (also for nesting too deep)."""
    try:
        found = json_text.loads(raw)
        if json_text.is_as_written(raw, found):  # the plain case: compact, as our own devices write it
            return found
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
