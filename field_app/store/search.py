"""Words by which records are found: what is declared as searched, its pinyin, and phone numbers without their signs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from field_app.store.pinyin import syllables
from sync_protocol.fields import Kind

_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff]")
_NOT_DIGITS = re.compile(r"[^0-9]")
_PHONE_LIKE = re.compile(r"[0-9 ()+./\-]{3,}")
TRIGRAM = 3


def words_for(value: str, kind: Kind) -> list[str]:
    """The words by which one searched value is found."""
    words = [value.casefold(), *spelled(value)]
    if kind is Kind.PHONE:
        words.append(_NOT_DIGITS.sub("", value))
    return words


@lru_cache(512)
def spelled(text: str) -> Sequence[str]:
    """Chinese as it is typed on a Latin keyboard: whole pinyin and initials. Nothing for text without Chinese."""
    if not _HAN.search(text):
        return ()
    said = syllables(text)
    return ("".join(said).casefold(), "".join(one[:1] for one in said).casefold())


def terms(text: str) -> list[str]:
    """What a person typed, as terms that must all be found. A phone number is one term, whatever signs are in it."""
    text = text.strip().casefold()
    if _PHONE_LIKE.fullmatch(text) and len(_NOT_DIGITS.sub("", text)) >= TRIGRAM:
        return [_NOT_DIGITS.sub("", text)]
    return text.split()
