"""Why somebody wants to read a file, or to take it out of the house: as he wrote it, fit to be shown and printed."""

from __future__ import annotations

from unicodedata import category


def tidy(text: str) -> str:
    """What was written, with line ends and blanks of one kind, and without what cannot be shown: forms send lines with two
    characters between them, and what is pasted brings blanks and marks of its own."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(_shown(character) for character in lines).strip()


def _shown(character: str) -> str:
    if category(character) == "Zs":
        return " "
    return character if character in "\n\t" or character.isprintable() else ""
