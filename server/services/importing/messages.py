"""What an import has to tell: problems of a file, reasons of a refused row, warnings, questions; in three languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from server.services.importing.texts import REPORTS
from server.services.importing.words import WORDS
from sync_protocol.fields import Labels

TEXTS = {**REPORTS, **WORDS}


@dataclass(frozen=True, slots=True)
class Message:
    """A text by its code. Args: values: what stands in its places; Labels among them are read in the language asked for."""

    code: str
    values: Mapping[str, Any]

    def text(self, language: str = "en") -> str:
        """The message for a person. A code without a text (of a check that a record type declares itself) is shown raw."""
        if self.code not in TEXTS:
            return self.code
        return TEXTS[self.code][language].format_map(
            {name: _shown(value, language) for name, value in self.values.items()}
        )

    def to_json(self, language: str = "en") -> dict[str, Any]:
        """The message for a program, with its text."""
        return {"code": self.code, "text": self.text(language)}


def message(code: str, /, **values: Any) -> Message:
    """A message of this code."""
    return Message(code, values)


def _shown(value: Any, language: str) -> str:
    if isinstance(value, Labels):
        return value[language]
    if isinstance(value, Message):
        return value.text(language)
    if isinstance(value, (list, tuple)):
        return (", " if language == "en" else "、").join(_shown(part, language) for part in value)
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)


class ImportProblem(Exception):
    """A file that cannot be imported as a whole. Nothing was written."""

    def __init__(self, code: str, /, **values: Any) -> None:
        self.message = Message(code, values)
        super().__init__(self.message.text())


class Refused(Exception):
    """A cell that cannot be taken, with the reason; its row comes back."""

    def __init__(self, code: str, /, **values: Any) -> None:
        self.message = Message(code, values)
        super().__init__(self.message.text())
