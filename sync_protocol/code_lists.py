"""What a company made of the choices of a field: the same on a device, on the console and in an import.

Codes are for ever: one that is no longer offered keeps its words where it was chosen before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sync_protocol.fields import FieldSpec, Labels

LAST = 2**31


@dataclass(frozen=True, slots=True)
class _Entry:
    words: str
    hans: str
    hant: str
    place: int
    withdrawn: bool

    def labels(self, came: Labels | None) -> Labels:
        """In three languages; where the company says nothing: as it came with the same English words, else its own words."""
        other = came if came and came.en == self.words else Labels(self.words, self.words, self.words)
        return Labels(self.words, self.hans or other.zh_hans, self.hant or other.zh_hant)


class CodeLists:
    """The entries of all lists of a company. Empty: the choices are those that come with Roundbook.

    Args: entries: the fields of `code_entry` records, oldest first: of two for one code the later counts.
    """

    def __init__(self, entries: Iterable[Mapping[str, Any]] = ()) -> None:
        self._lists: dict[str, dict[str, _Entry]] = {}
        for fields in entries:
            words, hans, hant = (str(fields.get(name) or "") for name in ("words", "words_zh_hans", "words_zh_hant"))
            place = fields.get("place")
            entry = _Entry(words, hans, hant, LAST if place is None else place, bool(fields.get("withdrawn")))
            self._lists.setdefault(str(fields.get("code_list")), {})[str(fields.get("code"))] = entry

    def labels(self, spec: FieldSpec, code: str) -> Labels | None:
        """The words of a code, whether or not it is offered; None if nobody knows it."""
        own = self._lists.get(spec.code_list, {}).get(code) if spec.code_list else None
        came = spec.choices.get(code)
        return own.labels(came) if own else came

    def code_of(self, spec: FieldSpec, words: str) -> str | None:
        """The code of the company that is written so, or is called so in any language; None if it has none."""
        wanted = words.strip().casefold()
        for code, entry in (self._lists.get(spec.code_list, {}) if spec.code_list else {}).items():
            if wanted in {
                code.casefold(),
                *(text.casefold() for text in (entry.words, entry.hans, entry.hant) if text),
            }:
                return code
        return None

    def offered(self, spec: FieldSpec) -> list[tuple[str, Labels]]:
        """The choices of a field in their order: by place, then as they come with Roundbook, then those of the company."""
        own = self._lists.get(spec.code_list, {}) if spec.code_list else {}
        if not own:
            return list(spec.choices.items())
        found = {**spec.choices, **{code: entry.labels(spec.choices.get(code)) for code, entry in own.items()}}
        order = sorted(found, key=lambda code: own[code].place if code in own else LAST)
        return [(code, found[code]) for code in order if code not in own or not own[code].withdrawn]
