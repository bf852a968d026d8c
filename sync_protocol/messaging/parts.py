"""How many parts a text message takes: GSM 7-bit where every character is in its alphabet, UCS-2 otherwise (3GPP TS 23.038)."""

from __future__ import annotations

from dataclasses import dataclass

GSM7, UCS2 = "gsm7", "ucs2"
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")  # behind an escape: two units each
_ALONE = {GSM7: 160, UCS2: 70}
_JOINED = {GSM7: 153, UCS2: 67}  # less the header that joins them


@dataclass(frozen=True, slots=True)
class Parts:
    """What a text takes. `units`: of 7 bits (gsm7) or 16 bits (ucs2); `left`: units that are free in the last part."""

    encoding: str
    units: int
    parts: int
    left: int


def parts_of(text: str) -> Parts:
    """Encoding, units and parts of a text. An empty text takes one part."""
    encoding = encoding_of(text)
    pieces = pieces_of(text)
    room = _ALONE[encoding] if len(pieces) == 1 else _JOINED[encoding]
    last = sum(_width(c, encoding) for c in pieces[-1])
    return Parts(encoding, sum(_width(c, encoding) for c in text), len(pieces), room - last)


def encoding_of(text: str) -> str:
    """The shorter encoding that has all characters of the text."""
    return GSM7 if all(c in _BASIC or c in _EXTENDED for c in text) else UCS2


def pieces_of(text: str) -> list[str]:
    """The text of each part; a character is never cut in two."""
    encoding = encoding_of(text)
    widths = [_width(c, encoding) for c in text]
    if sum(widths) <= _ALONE[encoding]:
        return [text]
    pieces, begin, used = [], 0, 0
    for at, width in enumerate(widths):
        if used + width > _JOINED[encoding]:
            pieces.append(text[begin:at])
            begin, used = at, 0
        used += width
    return [*pieces, text[begin:]]


def _width(character: str, encoding: str) -> int:
    if encoding == GSM7:
        return 2 if character in _EXTENDED else 1
    return 2 if ord(character) > 0xFFFF else 1
