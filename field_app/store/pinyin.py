"""Chinese in the letters of a Latin keyboard, from a table of 4 MB; see docs/decisions/0018."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import NamedTuple


class _Table(NamedTuple):
    alone: dict[str, str]
    phrases: dict[str, tuple[str, ...]]
    longest: int


def syllables(text: str) -> list[str]:
    """A text as syllables without tones; what is not Chinese stays together as it is.

    Of several readings a character has the one of the longest phrase that it stands in, from the left; else its usual one.
    """
    table = _table()
    found: list[str] = []
    other, at = "", 0
    while at < len(text):
        alone = table.alone.get(text[at])
        if alone is None:
            other += text[at]
            at += 1
            continue
        if other:
            found.append(other)
            other = ""
        phrase = _phrase(table, text, at)
        found += table.phrases[phrase] if phrase else (alone,)
        at += len(phrase) or 1
    return [*found, other] if other else found


def _phrase(table: _Table, text: str, at: int) -> str:
    for length in range(min(table.longest, len(text) - at), 1, -1):
        if (phrase := text[at : at + length]) in table.phrases:
            return phrase
    return ""


@cache
def _table() -> _Table:
    alone: dict[str, str] = {}
    phrases: dict[str, tuple[str, ...]] = {}
    characters, _, longer = (files("field_app.store") / "pinyin.txt").read_text(encoding="utf-8").partition("\n\n")
    known: dict[str, str] = {}
    for line in characters.splitlines():
        syllable, _, together = line.partition("\t")
        known[syllable] = syllable
        alone |= dict.fromkeys(together, syllable)
    for line in longer.splitlines():
        phrase, _, said = line.partition("\t")
        phrases[phrase] = tuple(known.get(one, one) for one in said.split(" "))
    return _Table(alone, phrases, max(map(len, phrases)))
