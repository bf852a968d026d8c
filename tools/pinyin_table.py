"""Write field_app/store/pinyin.txt from pypinyin's dictionaries (MIT licence): `python tools/pinyin_table.py`.

The dictionaries take 50 MB of memory once they are loaded, this table 4. It leaves the tones out, and of the 47,000 phrases it keeps those
that are not read as their characters are one by one.
"""

from __future__ import annotations

import pathlib
from collections import defaultdict
from collections.abc import Iterator

TABLE = pathlib.Path(__file__).resolve().parent.parent / "field_app" / "store" / "pinyin.txt"
FIRST, LAST = "\u3400", "\uffff"  # what a store or a person is called; rarer characters stay as they are


def table() -> str:
    """Lines of `syllable<TAB>its characters`, an empty line, lines of `phrase<TAB>its syllables`."""
    from pypinyin import lazy_pinyin
    from pypinyin.constants import PHRASES_DICT, PINYIN_DICT

    alone = {chr(code): lazy_pinyin(chr(code))[0] for code in PINYIN_DICT if FIRST <= chr(code) <= LAST}
    characters = defaultdict(list)
    for character in sorted(alone):
        characters[alone[character]].append(character)
    lines = [f"{syllable}\t{''.join(characters[syllable])}" for syllable in sorted(characters)]
    said = {phrase: lazy_pinyin(phrase) for phrase in PHRASES_DICT if all(one in alone for one in phrase)}
    kept = {phrase for phrase, syllables in said.items() if syllables != [alone[one] for one in phrase]}
    kept |= {phrase for phrase in said if any(part in kept for part in _parts(phrase))}
    return "\n".join([*lines, "", *(f"{phrase}\t{' '.join(said[phrase])}" for phrase in sorted(kept))]) + "\n"


def _parts(phrase: str) -> Iterator[str]:
    """Two characters and more within a phrase."""
    for begin in range(len(phrase)):
        for end in range(begin + 2, len(phrase) + 1):
            yield phrase[begin:end]


if __name__ == "__main__":
    TABLE.write_text(table(), encoding="utf-8")
