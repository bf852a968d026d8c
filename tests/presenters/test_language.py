"""Every sentence of the app is in both Chinese catalogues, with the same places to fill in, compiled as it is written."""

from __future__ import annotations

import ast
import gettext
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

import field_app
from field_app import language

SOURCES = Path(field_app.__file__).parent
TRANSLATING = {"_", "gettext", "ngettext"}
CODES = ("zh_Hans", "zh_Hant")


def calls() -> Iterator[tuple[Path, ast.Call]]:
    """Every call that translates something."""
    for path in sorted(SOURCES.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TRANSLATING:
                yield path, node


def said() -> list[str]:
    """Every sentence of the app in English."""
    found = []
    for path, call in calls():
        for argument in call.args[: 2 if getattr(call.func, "id", "") == "ngettext" else 1]:
            assert isinstance(argument, ast.Constant) and isinstance(argument.value, str), (
                f"{path.name}:{call.lineno} translates what is no plain sentence"
            )
            found.append(argument.value)
    return found


def catalogue(code: str) -> list[Message]:
    """The messages of a catalogue."""
    with (language.FOLDER / code / "LC_MESSAGES" / "field.po").open("rb") as file:
        found: Catalog = read_po(file)
    return [message for message in found if message.id]


def singular(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def text(message: Message) -> str:
    return message.string if isinstance(message.string, str) else message.string[0]


def places(sentence: str) -> set[str]:
    return {name for _text, name, _spec, _conversion in string.Formatter().parse(sentence) if name}


@pytest.mark.parametrize("code", CODES)
def test_every_sentence_is_translated_and_none_is_left_over(code: str) -> None:
    sentences = set()
    for _path, call in calls():
        sentences.add(call.args[0].value)  # type: ignore[attr-defined]

    translated = {singular(message) for message in catalogue(code) if text(message)}

    assert sentences - translated == set()
    assert translated - sentences == set()


@pytest.mark.parametrize("code", CODES)
def test_a_translation_fills_in_the_same_places(code: str) -> None:
    for message in catalogue(code):
        assert places(text(message)) == places(singular(message)), singular(message)
        assert not message.fuzzy


@pytest.mark.parametrize("code", CODES)
def test_what_is_compiled_is_what_is_written(code: str) -> None:
    folder = language.FOLDER / code / "LC_MESSAGES"
    with (folder / "field.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for message in catalogue(code):
        if isinstance(message.id, str):
            assert compiled.gettext(message.id) == text(message)
        else:
            assert compiled.ngettext(*message.id, 2) == text(message)


def test_the_language_can_be_changed_at_any_moment() -> None:
    try:
        for code, word in (("en", "Customers"), ("zh_Hans", "客户"), ("zh_Hant", "客戶"), ("de", "Customers")):
            language.use(code)
            assert language.gettext("Customers") == word
    finally:
        language.use("en")


def test_the_two_chinese_catalogues_are_written_in_their_own_characters() -> None:
    simplified = {singular(message): text(message) for message in catalogue("zh_Hans")}
    traditional = {singular(message): text(message) for message in catalogue("zh_Hant")}
    only_simplified = set("户订单联诉历档还没这张员识码选择发录书际应设备锁们个时间图标")
    for sentence, words in traditional.items():
        assert not set(words) & only_simplified, (sentence, words)
    assert sum(simplified[sentence] != traditional[sentence] for sentence in simplified) > 150
