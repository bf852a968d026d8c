"""Numbers and money as people write them; which mark parts the decimals is decided by the whole column."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from server.services.importing.cells import Cell
from server.services.importing.messages import Refused

_NUMBER = re.compile(r"[0-9][0-9.,' \u00a0\u202f\u2019]*|[.,][0-9]+")
_SYMBOLS = {
    "$": ("USD", "CAD", "AUD", "NZD", "HKD", "TWD", "SGD", "MXN", "BRL", "CLP", "COP", "ARS"),
    "€": ("EUR",), "£": ("GBP",), "¥": ("CNY", "JPY"), "元": ("CNY", "TWD", "HKD"), "圓": ("TWD", "HKD", "JPY"), "円": ("JPY",),
    "₩": ("KRW",), "₹": ("INR",), "₽": ("RUB",), "zł": ("PLN",), "kr": ("SEK", "NOK", "DKK", "ISK"), "R$": ("BRL",),
    "NT$": ("TWD",), "HK$": ("HKD",), "US$": ("USD",), "C$": ("CAD",), "A$": ("AUD",), "RMB": ("CNY",), "人民币": ("CNY",),
    "人民幣": ("CNY",), "Fr.": ("CHF",),
}  # fmt: skip
_MARKS = sorted(_SYMBOLS, key=len, reverse=True)
_MULTIPLES = {"万": 10_000, "萬": 10_000, "k": 1000, "亿": 100_000_000, "億": 100_000_000}
_LONGEST = 40


def find_decimal_mark(cells: Iterable[Cell]) -> str:
    """The decimal mark that the values of a column show: "." or ",", or "" where none of them tells."""
    votes = {".": 0, ",": 0}
    for cell in cells:
        if not isinstance(cell, str) or len(cell) > _LONGEST:
            continue
        marks = [character for character in cell if character in ".,"]
        if not marks:
            continue
        last = marks[-1]
        other = "," if last == "." else "."
        digits = len(re.sub(r"[^0-9]", "", cell[cell.rindex(last) :]))
        if other in marks:
            votes[last] += 1
        elif marks.count(last) > 1:  # 1.299.000: only the mark of thousands comes twice
            votes[other] += 1
        elif digits != 3 or re.match(r"\D*0?[.,]", cell):
            votes[last] += 1
    if votes["."] == votes[","]:
        return ""
    return max(votes, key=lambda mark: votes[mark])


def parse_number(cell: Cell, mark: str, *, units: Sequence[str] = ()) -> Decimal:
    """A cell as a number. Args: mark: the decimal mark. units: what may stand behind it ("ml").

    Raises: Refused `number.unreadable`.
    """
    if isinstance(cell, bool):
        raise Refused("number.unreadable", value=str(cell))
    if isinstance(cell, (int, float)):
        return _of_machine(cell)
    text = unicodedata.normalize("NFKC", str(cell)).strip()
    negative = text.startswith("(") and text.endswith(")")
    text = text.strip("()").strip()
    for unit in units:
        text = text[: -len(unit)].strip() if text.lower().endswith(unit.lower()) else text
    multiple = 1
    for word, value in _MULTIPLES.items():
        if text.lower().endswith(word):
            text, multiple = text[: -len(word)].strip(), value
    if text[:1] in "-−–":
        negative, text = True, text[1:].strip()
    elif text.endswith("-"):  # SAP writes 12.50-
        negative, text = True, text[:-1].strip()
    scientific = re.fullmatch(r"[0-9]+([.,][0-9]+)?[eE][+-]?[0-9]{1,2}", text)
    if len(text) > _LONGEST or not (_NUMBER.fullmatch(text.removeprefix("+")) or scientific):
        raise Refused("number.unreadable", value=str(cell)[:80])
    thousands = "," if mark == "." else "."
    plain = re.sub(r"[' \u00a0\u202f\u2019+]", "", text) if not scientific else text
    if plain.count(mark) > 1 or (mark in plain and thousands in plain[plain.index(mark) :]):
        raise Refused("number.mark", value=str(cell)[:80], mark=mark)
    grouped = (
        rf"[0-9]{{1,3}}({re.escape(thousands)}[0-9]{{2,3}})*{re.escape(thousands)}[0-9]{{3}}({re.escape(mark)}[0-9]*)?"
    )
    if thousands in plain and not re.fullmatch(grouped, plain):
        raise Refused("number.mark", value=str(cell)[:80], mark=mark)
    try:
        number = Decimal(plain.replace(thousands, "").replace(mark, ".")) * multiple
    except InvalidOperation as error:
        raise Refused("number.unreadable", value=str(cell)[:80]) from error
    return -number if negative else number


def parse_money(cell: Cell, mark: str, *, currency: str, digits: int) -> tuple[int, bool]:
    """A cell as minor units. Args: currency: the one that it must be in; empty takes any. digits: how many decimals it has.

    Returns: minor units, and whether it had to be rounded. Raises: Refused `number.unreadable`, `money.currency`, `money.range`.
    """
    number = cell
    if isinstance(cell, str):
        number, found = _without_currency(unicodedata.normalize("NFKC", cell).strip())
        if found and currency and currency not in found:
            raise Refused("money.currency", value=cell[:80], currency=currency)
    minor = parse_number(number, mark).scaleb(digits)
    if abs(minor) >= 2**53:
        raise Refused("money.range", value=str(cell)[:80])
    whole = minor.quantize(Decimal(1), ROUND_HALF_UP)
    return int(whole), abs(minor - whole) > Decimal("0.000001")


def currencies_of(text: str) -> tuple[str, ...]:
    """The currencies that the sign or code in a value may stand for; empty if it has none."""
    return _without_currency(unicodedata.normalize("NFKC", text).strip())[1]


def _without_currency(text: str) -> tuple[str, tuple[str, ...]]:
    code = re.match(r"[(\-\s]*([A-Z]{3})(?=[\s\d.,\-])", text) or re.search(r"(?<=[\s\d])([A-Z]{3})\)?$", text)
    if code and code[1] not in _SYMBOLS:
        return (text[: code.start(1)] + text[code.end(1) :]).strip(), (code[1],)
    for mark in _MARKS:
        if mark in text:
            return text.replace(mark, "", 1).strip(), _SYMBOLS[mark]
    return text, ()


def _of_machine(cell: float) -> Decimal:
    if not math.isfinite(cell):
        raise Refused("number.unreadable", value=str(cell))
    return Decimal(repr(cell))


def written(number: Decimal) -> str:
    """A number as the wire carries it: no exponent, no zeros behind, at most six decimals. Raises: Refused `number.range`."""
    if abs(number) >= 10**15:
        raise Refused("number.range", value=format(number, ".15g"))
    plain = format(number.quantize(Decimal("0.000001"), ROUND_HALF_UP).normalize(), "f")
    return "0" if plain in ("-0", "") else plain
