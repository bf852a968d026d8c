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
    words: Labels
    place: int
    withdrawn: bool


class CodeLists:
    """The entries of all lists of a company. Empty: the choices are those that come with Roundbook.

    Args: entries: the fields of `code_entry` records, oldest first: of two for one code the later counts.
    """

    def __init__(self, entries: Iterable[Mapping[str, Any]] = ()) -> None:
        self._lists: dict[str, dict[str, _Entry]] = {}
        for fields in entries:
            words = str(fields.get("words") or "")
            hans, hant = (str(fields.get(f"words_{name}") or words) for name in ("zh_hans", "zh_hant"))
            place = fields.get("place")
            entry = _Entry(Labels(words, hans, hant), LAST if place is None else place, bool(fields.get("withdrawn")))
            self._lists.setdefault(str(fields.get("code_list")), {})[str(fields.get("code"))] = entry

    def labels(self, spec: FieldSpec, code: str) -> Labels | None:
        """The words of a code, whether or not it is offered; None if nobody knows it."""
        own = self._lists.get(spec.code_list, {}).get(code) if spec.code_list else None
        return own.words if own else spec.choices.get(code)

    def offered(self, spec: FieldSpec) -> list[tuple[str, Labels]]:
        """The choices of a field in their order: by place, then as they come with Roundbook, then those of the company."""
        own = self._lists.get(spec.code_list, {}) if spec.code_list else {}
        if not own:
            return list(spec.choices.items())
        found = {**spec.choices, **{code: entry.words for code, entry in own.items()}}
        order = sorted(found, key=lambda code: own[code].place if code in own else LAST)
        return [(code, found[code]) for code in order if code not in own or not own[code].withdrawn]
