"""Cells -> values of a declared field: what a person wrote, in the form of the wire."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, tzinfo
from decimal import Decimal
from typing import Any

from server.services.importing.areas import SQUARE_METRE, converted, factor_in, without_unit
from server.services.importing.cells import CELL_LIMIT, Cell, is_blank, shown
from server.services.importing.dates import DateOrder, find_date_order, parse_moment
from server.services.importing.messages import Refused
from server.services.importing.numbers import currencies_of, find_decimal_mark, parse_money, parse_number, written
from sync_protocol.fields import FieldSpec, Kind, Labels

NUMERIC = (Kind.MONEY, Kind.DECIMAL, Kind.COUNT)
_NOTHING = {
    "n/a",
    "#n/a",
    "na",
    "n.a.",
    "null",
    "none",
    "nil",
    "nan",
    "-",
    "--",
    "---",
    "—",
    "–",
    "/",
    "\\n",
    "(null)",
    "(blank)",
    "无",
    "無",
    "没有",
}
_ERRORS = {"#ref!", "#value!", "#div/0!", "#name?", "#num!", "#null!", "#spill!", "#calc!", "#getting_data", "########"}
_YES = {"1", "y", "yes", "true", "t", "x", "ja", "j", "oui", "si", "sí", "是", "有", "对", "對", "√", "✓", "✔"}
_NO = {"0", "n", "no", "false", "f", "nein", "non", "否", "无", "無", "不是", "×", "✗"}
_SEPARATORS = re.compile(r"\s*[,;|\n、，；]\s*")
_POISON = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufeff\u200b]")
_SCIENTIFIC = re.compile(r"\d(\.\d+)?E\+?\d{1,2}", re.IGNORECASE)
_LOCATION = re.compile(r"\(?\s*(-?\d{1,3}\.\d{3,})\s*[,;，\s]\s*(-?\d{1,3}\.\d{3,})\s*\)?\s*$")
_BRACKETED = re.compile(
    r"\(\s*(-?\d{1,3}\.\d+)\s*[,;]\s*(-?\d{1,3}\.\d+)\s*\)|POINT\s*\(\s*(-?\d{1,3}(?:\.\d+)?)\s+(-?\d{1,2}(?:\.\d+)?)\s*\)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Company:
    """What the company is set to. Args: currency_digits: decimals of its currency."""

    name: str
    currency: str
    currency_digits: int
    zone: tzinfo


@dataclass(slots=True)
class Style:
    """How one column writes its values, found by looking at all of them."""

    date_order: DateOrder = DateOrder.UNDECIDED
    date_order_known: bool = True
    mark: str = ""
    whole_floats: bool = False
    currencies: Counter[str] = field(default_factory=Counter)
    any_currency: bool = False
    factor: Decimal | None = None


def find_style(cells: Iterable[Cell], kinds: set[Kind]) -> Style:
    """How a column writes what it holds. Args: kinds: of the fields that it feeds."""
    filled = [cell for cell in cells if not is_blank(cell)]
    style = Style()
    if kinds & {Kind.DAY, Kind.INSTANT}:
        style.date_order, style.date_order_known = find_date_order(filled)
    if kinds & set(NUMERIC):
        style.mark = find_decimal_mark(filled)
    if Kind.MONEY in kinds:
        style.currencies = Counter(
            "/".join(found) for cell in filled if isinstance(cell, str) and (found := currencies_of(cell))
        )
    numbers = [cell for cell in filled if isinstance(cell, str) and re.fullmatch(r"\d+(\.\d+)?", cell.strip())]
    style.whole_floats = bool(numbers) and all(cell.strip().endswith(".0") for cell in numbers)
    return style


def parse(spec: FieldSpec, cell: Cell, style: Style, company: Company) -> Any:
    """One cell as a value of the wire; None if it is empty. Raises: Refused, with a code and what was read."""
    if is_blank(cell):
        return None
    text = clean(cell, style)
    lower = text.casefold()
    if lower in _ERRORS:
        raise Refused("cell.error", value=text)
    if len(text) > CELL_LIMIT // 2:
        raise Refused("text.too-long", value=text[:40])
    if lower in _NOTHING and not (spec.kind is Kind.FLAG and lower in _NO):
        return None
    if is_spoiled(spec, cell):
        raise Refused("digits.lost", value=text)
    match spec.kind:
        case Kind.DAY:
            return parse_moment(cell, style.date_order).day.isoformat()
        case Kind.INSTANT:
            return parse_moment(cell, style.date_order).instant(company.zone)
        case Kind.MONEY:
            currency = "" if style.any_currency else company.currency
            return parse_money(cell, style.mark or ".", currency=currency, digits=company.currency_digits)[0]
        case Kind.DECIMAL:
            return _decimal(cell, style, spec)
        case Kind.COUNT:
            return _count(cell, style, spec)
        case Kind.COORDINATE:
            return _coordinate(cell)
        case Kind.FLAG:
            return _flag(text)
        case Kind.CHOICE:
            return _choice(text, spec)
        case Kind.TAGS:
            return sorted({word for word in _SEPARATORS.split(text) if word})
        case Kind.PHONE:
            return _phone(text)
        case Kind.NOTE:
            return text
        case _:
            return re.sub(r"\s+", " ", text)


def clean(cell: Cell, style: Style | None = None) -> str:
    """A cell as text: no characters that nobody sees, no ".0" behind a code, no apostrophe that kept Excel from counting."""
    if isinstance(cell, datetime) and cell.time() == time(0):
        cell = cell.date()
    text = _POISON.sub("", shown(cell)).replace("\xa0", " ").replace("\u3000", " ").replace("\r\n", "\n").strip()
    if style and style.whole_floats and re.fullmatch(r"\d+\.0", text):
        text = text[:-2]
    if len(text) > 1 and text[0] == "'" and text[1] in "=+-@|%\t\r\n＝＋－＠0123456789":
        text = text[1:].strip()
    if (
        len(text) > 3 and text.startswith('="') and text.endswith('"')
    ):  # ="00123", as exports write it to keep the zeros
        text = text[2:-1]
    return text


def is_spoiled(spec: FieldSpec, cell: Cell) -> bool:
    """Whether a code or a phone number went through a spreadsheet as a number and lost digits: 1.38001E+10."""
    return spec.kind in (Kind.TEXT, Kind.PHONE) and isinstance(cell, str) and bool(_SCIENTIFIC.fullmatch(cell.strip()))


def _units(spec: FieldSpec) -> tuple[str, ...]:
    return (spec.unit.en, spec.unit.zh_hans, spec.unit.zh_hant) if spec.unit else ()


def _decimal(cell: Cell, style: Style, spec: FieldSpec) -> str:
    """A number; an area in square metres, whatever it was measured in."""
    if spec.unit is None or spec.unit.en != SQUARE_METRE:
        return written(parse_number(cell, style.mark or ".", units=_units(spec)))
    factor = factor_in(cell) if isinstance(cell, str) else None
    number = parse_number(without_unit(cell) if factor and isinstance(cell, str) else cell, style.mark or ".",
                          units=_units(spec))  # fmt: skip
    factor = factor or style.factor
    return written(converted(number, factor) if factor else number)


def _count(cell: Cell, style: Style, spec: FieldSpec) -> int:
    number = parse_number(cell, style.mark or ".", units=_units(spec))
    if number != number.to_integral_value():
        raise Refused("number.whole", value=shown(cell))
    return int(number)


def _coordinate(cell: Cell) -> str:
    text = shown(cell).strip().replace(",", ".") if isinstance(cell, str) else cell
    found = re.fullmatch(r"(-?\d{1,3}(?:\.\d+)?)\s*°?\s*([NSEWnsew]?)", text) if isinstance(text, str) else None
    if isinstance(text, str) and not found:
        raise Refused("coordinate.format", value=text[:40])
    number = Decimal(found[1]) if found else parse_number(cell, ".")
    if found and found[2] and found[2] in "SWsw":
        number = -abs(number)
    if abs(number) > 180:
        raise Refused("coordinate.format", value=shown(cell)[:40])
    return format(number.quantize(Decimal("0.00000001")).normalize(), "f")


def find_location(cell: Cell) -> tuple[str, str] | None:
    """Latitude and longitude out of a text that holds both: an address with "(40.39978, -91.387531)" at its end, or the pair alone."""
    if not isinstance(cell, str) or len(cell) > 2000:
        return None
    if found := _BRACKETED.search(cell):
        pair = (found[1], found[2]) if found[1] else (found[4], found[3])
    elif found := _LOCATION.fullmatch(cell.strip()):
        pair = (found[1], found[2])
    else:
        return None
    if abs(Decimal(pair[0])) > 90:  # Chinese maps say longitude first
        pair = (pair[1], pair[0])
    if abs(Decimal(pair[0])) > 90 or abs(Decimal(pair[1])) > 180:
        return None
    return _coordinate(pair[0]), _coordinate(pair[1])


def _flag(text: str) -> bool:
    word = unicodedata.normalize("NFKC", text).casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise Refused("flag.unreadable", value=text[:40])


def _choice(text: str, spec: FieldSpec) -> str:
    """The code whose code or label this is, in any language; a word that no list has is kept as it is (R50)."""
    word = _bare(text)
    for code, labels in spec.choices.items():
        if word in {_bare(code), _bare(labels.en), _bare(labels.zh_hans), _bare(labels.zh_hant)}:
            return code
    begun = [code for code, labels in spec.choices.items() if _begins(word, labels)]
    if len(begun) == 1:  # «Convenience»: of the convenience stores
        return begun[0]
    return re.sub(r"\s+", " ", text)


def _begins(word: str, labels: Labels) -> bool:
    least = 4 if word.isascii() else 2
    return len(word) >= least and any(
        _bare(one).startswith(word) for one in (labels.en, labels.zh_hans, labels.zh_hant)
    )


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())


def _phone(text: str) -> str:
    """A phone number in the characters that can be dialled. Raises: Refused `phone.format`."""
    number = unicodedata.normalize("NFKC", text)
    number = re.sub(r"^(tel|phone|mobile|fax|电话|電話|手机|手機)[.:\s]*", "", number, flags=re.IGNORECASE)
    number = re.sub(r"\s*[、,;|\n]\s*", " / ", number)
    number = re.sub(r"[‐-–—]", "-", number).strip()
    number = re.sub(r"^\((\+?[0-9 ]+)\)", r"\1", number)
    number = re.sub(r"\s*(?:ext\.?|x|转|轉|分机|分機|#)\s*(\d{1,6})$", r" x\1", number, flags=re.IGNORECASE)
    if not re.fullmatch(r"\+?[0-9][0-9 ().\-/]{2,30}( ?x ?[0-9]{1,6})?", number):
        raise Refused("phone.format", value=text[:40])
    return number


def told(spec: FieldSpec, value: Any, company: Company) -> str:
    """A value for a message: money in its unit, not in minor units."""
    if spec.kind is Kind.MONEY and isinstance(value, int):
        return format(Decimal(value).scaleb(-company.currency_digits), "f")
    return str(value)


def sample(cells: Sequence[Cell], most: int = 3) -> list[str]:
    """The first different values of a column, short, to show what it holds."""
    found: dict[str, None] = {}
    for cell in cells:
        if not is_blank(cell):
            found.setdefault(re.sub(r"\s+", " ", shown(cell))[:40])
        if len(found) >= most:
            break
    return list(found)
