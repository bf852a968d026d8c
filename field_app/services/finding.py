"""Finding a customer among ten thousand while one types; what one may have meant; who is there already.

The roster is at hand, so a query is one pass over the words of all customers: as quick for one letter as for ten.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from field_app.services import roster
from field_app.services.roster import Customer
from field_app.store.search import spelled, terms

if TYPE_CHECKING:
    from field_app.device import Device

try:
    from rapidfuzz import fuzz, process
except ImportError:  # no build of it for Android: the standard library answers, slower, beside the window
    fuzz = process = None  # type: ignore[assignment]

_LAST = chr(0x10FFFF)  # sorts behind whatever a title goes on with
UNIQUE = ("licence_number", "monopoly_certificate_number", "customer_code")
MEANT_FROM, ALIKE_FROM = 62.0, 84.0
_SIGNS = re.compile(r"[\W_]+")
_DIGITS = re.compile(r"[^0-9]")


def query(device: Device, text: str) -> Sequence[Customer]:
    """Customers in which all words of `text` are found: parts of name, pinyin or its initials, digits of a telephone or licence
    number, code, address. By title; those whose title begins with the text come first.
    """
    everybody, wanted = roster.by_title(device), terms(text)
    if not wanted:
        return everybody.customers
    first, *others = wanted
    beginning = text.strip().casefold()
    begin = bisect_left(everybody.titles, beginning)
    end = bisect_left(everybody.titles, beginning + _LAST, begin)
    found = everybody.customers[begin:end]
    for part in (slice(0, begin), slice(end, None)):
        pairs = zip(everybody.customers[part], everybody.words[part], strict=True)
        if others:
            found += [one for one, words in pairs if first in words and all(term in words for term in others)]
        else:
            found += [one for one, words in pairs if first in words]
    return found


def meant(device: Device, text: str, most: int = 5) -> list[Customer]:
    """Customers whose name is like what was typed: slips of the finger, other characters of the same sound. Takes a while.

    Safe beside the window: it works on the list as it was at the beginning.
    """
    typed = text.strip().casefold()
    if len(typed) < 2:
        return []
    customers = roster.by_title(device).customers
    best: dict[int, float] = {}
    for form, names in (
        (typed, [one.title for one in customers]),
        (_sound(typed), [_sound_of(one) for one in customers]),
    ):
        for at, score in _likest(form, names, most * 3) if len(form) > 1 else ():
            best[at] = max(score, best.get(at, 0.0))
    order = sorted(best, key=lambda at: (-best[at], customers[at].title))
    return [customers[at] for at in order[:most] if best[at] >= MEANT_FROM]


def _sound(typed: str) -> str:
    """How it is said, in Latin letters: what is typed in them is that already."""
    said = spelled(typed)
    return said[0] if said else typed


def _sound_of(customer: Customer) -> str:
    """How a name is said. It stands behind the name among the words by which the customer is found."""
    lines = customer.words.split("\n")
    at = lines.index(customer.title) + 1 if customer.title in lines else len(lines)
    return lines[at] if at < len(lines) and not customer.title.isascii() else customer.title


def _likest(text: str, names: list[str], most: int) -> list[tuple[int, float]]:
    """(index, 0 to 100) of the names that are most like a text."""
    if process is not None:
        return [(at, score) for _, score, at in process.extract(text, names, scorer=fuzz.WRatio, limit=most)]
    matcher = SequenceMatcher(b=text, autojunk=False)
    scored = []
    for at, name in enumerate(names):
        matcher.set_seq1(name)
        if matcher.real_quick_ratio() and matcher.quick_ratio() > 0.5:  # cheap bounds first
            scored.append((at, 100.0 * matcher.ratio()))
    return sorted(scored, key=lambda one: -one[1])[:most]


@dataclass(frozen=True, slots=True)
class Alike:
    """A customer who may be the one that is to be made. Args: field: what they share. certain: it should be unique."""

    customer: Customer
    field: str
    certain: bool


def alike(device: Device, values: Mapping[str, Any], most: int = 5) -> list[Alike]:
    """Customers on this phone who may be the same as a new one with these values, the certain ones first (row 77).

    The server looks among all customers of the company (R10); this answers at once, for one's own books.
    """
    found: dict[str, Alike] = {}
    everybody = roster.by_title(device).customers
    unique = {name: _plain(values.get(name)) for name in UNIQUE}
    telephone = _DIGITS.sub("", str(values.get("contact_phone") or ""))[-8:]
    name, address = _plain(values.get("store_name")), _plain(values.get("address"))
    for one in everybody:
        shared = next(
            (field for field, value in unique.items() if value and _plain(one.fields.get(field)) == value), ""
        )
        if shared:
            found[one.id] = Alike(one, shared, True)
        elif len(telephone) >= 6 and telephone in (_tail(one, "contact_phone"), _tail(one, "second_phone")):
            found[one.id] = Alike(one, "contact_phone", False)
        elif len(name) >= 2 and _is_alike(name, _plain(one.fields.get("store_name"))):
            found[one.id] = Alike(one, "store_name", False)
        elif len(address) >= 5 and address == _plain(one.fields.get("address")):
            found[one.id] = Alike(one, "address", False)
    return sorted(found.values(), key=lambda one: (not one.certain, one.field == "address", one.customer.title))[:most]


def _is_alike(name: str, other: str) -> bool:
    if not other or abs(len(name) - len(other)) > max(3, len(name) // 2):
        return name == other
    if name == other:
        return True
    if fuzz is not None:
        return bool(fuzz.ratio(name, other) >= ALIKE_FROM)
    return SequenceMatcher(None, name, other).quick_ratio() * 100 >= ALIKE_FROM and (
        SequenceMatcher(None, name, other).ratio() * 100 >= ALIKE_FROM
    )


def _plain(value: Any) -> str:
    """Letters and digits alone: «Lucky-Star  Mart» and «lucky star mart» are one name."""
    return _SIGNS.sub("", str(value or "")).casefold()


def _tail(customer: Customer, field: str) -> str:
    return _DIGITS.sub("", str(customer.fields.get(field) or ""))[-8:]
