"""The choices of a field in the reader's language, as the company's code lists have them; read once a request."""

from __future__ import annotations

from flask import g

from server.console.language import language
from server.services.catalogues import code_lists
from server.storage.database import reading
from sync_protocol.code_lists import CodeLists
from sync_protocol.fields import FieldSpec

_NONE = CodeLists()


def _lists(spec: FieldSpec) -> CodeLists:
    return read() if spec.code_list else _NONE


def read() -> CodeLists:
    """The lists of the company. A page whose choices hang on what it shows reads them first: it asks as much for every record."""
    if "code_lists" not in g:
        with reading() as connection:
            g.code_lists = code_lists.load(connection)
    found: CodeLists = g.code_lists
    return found


def choice_words(spec: FieldSpec) -> list[tuple[str, str]]:
    """The codes that are offered, with their words."""
    return [(code, labels[language()]) for code, labels in _lists(spec).offered(spec)]


def choice_word(spec: FieldSpec, code: str) -> str:
    """A code in words; one that nobody knows is shown as it is."""
    labels = _lists(spec).labels(spec, code)
    return labels[language()] if labels else code
