"""What people type: no form and no address brings in the character 0, which PostgreSQL keeps in no text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Flask, Request, abort, request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.datastructures.structures import iter_multi_items

NUL = "\x00"


class Typed(ImmutableMultiDict[str, Any]):
    """The fields of a form or an address; the character 0 is left out of their texts, as it is of what a browser shows."""

    def __init__(self, mapping: Any = None) -> None:
        super().__init__(None if mapping is None else list(_without(iter_multi_items(mapping))))


class TypedRequest(Request):
    """A request whose forms and addresses are `Typed`."""

    parameter_storage_class = Typed


def register(app: Flask) -> None:
    """Read requests so; a path with that character in it leads nowhere."""
    app.request_class = TypedRequest
    app.before_request(_lead_nowhere)


def _lead_nowhere() -> None:
    if NUL in request.path:
        abort(404)


def _without(items: Iterable[tuple[str, Any]]) -> Iterable[tuple[str, Any]]:
    for name, value in items:
        yield name.replace(NUL, ""), value.replace(NUL, "") if isinstance(value, str) else value
