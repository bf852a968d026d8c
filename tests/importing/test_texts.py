"""Every text of the import is there in three languages, with the same places to be filled."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from server.services import importing
from server.services.importing.messages import TEXTS, message
from sync_protocol.fields import LANGUAGES, Labels

SOURCES = [path.read_text() for path in Path(importing.__path__[0]).glob("*.py")]


@pytest.mark.parametrize("code", sorted(TEXTS))
def test_a_text_has_the_same_places_in_each_language(code):
    places = [
        {name for _, name, _, _ in string.Formatter().parse(TEXTS[code][language]) if name} for language in LANGUAGES
    ]

    assert places[0] == places[1] == places[2]
    assert all(TEXTS[code][language].strip() for language in LANGUAGES)


def test_every_code_that_the_import_names_has_a_text():
    named = {
        code
        for text in SOURCES
        for code in re.findall(r'(?:message|Refused|ImportProblem|refuse)\(\s*"([a-z.-]+)"', text)
    }

    assert len(named) > 50
    assert named <= TEXTS.keys()


def test_labels_and_messages_inside_a_message_are_read_in_its_language():
    inner = message("required")
    outer = message("field.reason", column=Labels("City", "城市", "城市"), reason=inner)

    assert outer.text("en") == "City: is missing"
    assert outer.text("zh_Hant") == "城市：缺少"
