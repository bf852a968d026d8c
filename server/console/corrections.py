"""The values of a proposal as inputs, so that they can be corrected before they are accepted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.console import forms
from server.console.access import scope
from server.services import editing
from server.services.deciding import Opened
from server.services.sensitive import Hidden, shown


def entered(opened: Opened) -> dict[str, str]:
    """Field -> what was asked for, as the text of its input; empty where the reader does not see it."""
    return {name: "" if _is_hidden(opened, name) else _text(opened, name) for name in opened.correctable}


def read(opened: Opened, texts: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """What was entered: field -> value, of the fields that were corrected; and field -> reason codes."""
    values: dict[str, Any] = {}
    wrong: dict[str, list[str]] = {}
    for name, text in texts.items():
        is_hidden = _is_hidden(opened, name)
        if (is_hidden and not text.strip()) or (not is_hidden and _plain(text) == _plain(_text(opened, name))):
            continue
        spec = opened.correctable[name]
        try:
            values[name] = forms.value_of(spec, text)
            if spec.target == "customer" and values[name]:
                values[name] = editing.customer_by_code(scope(), values[name])
                if values[name] is None:
                    raise forms.Wrong("reference.unknown")
        except forms.Wrong as error:
            wrong[name] = [str(error)]
    return values, wrong


def _is_hidden(opened: Opened, name: str) -> bool:
    return isinstance(shown(opened.correctable[name], opened.asked.get(name), close=opened.close), Hidden)


def _text(opened: Opened, name: str) -> str:
    spec, value = opened.correctable[name], opened.asked.get(name)
    return editing.code_of_customer(value) if spec.target == "customer" and value else forms.entered(spec, value)


def _plain(text: str) -> str:
    """A browser sends lines with their own ends, and an input without the spaces around."""
    return text.replace("\r\n", "\n").strip()
