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
    encoding = GSM7 if all(c in _BASIC or c in _EXTENDED for c in text) else UCS2
    widths = [_width(c, encoding) for c in text]
    units = sum(widths)
    if units <= _ALONE[encoding]:
        return Parts(encoding, units, 1, _ALONE[encoding] - units)
    room = _JOINED[encoding]
    parts, used = 1, 0
    for width in widths:  # a character is never cut in two
        if used + width > room:
            parts, used = parts + 1, 0
        used += width
    return Parts(encoding, units, parts, room - used)


def _width(character: str, encoding: str) -> int:
    if encoding == GSM7:
        return 2 if character in _EXTENDED else 1
    return 2 if ord(character) > 0xFFFF else 1
