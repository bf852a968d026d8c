"""What Roundbook holds already, as far as an import looks at it; and what a plan makes of a record."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sync_protocol.code_lists import CodeLists


@dataclass(frozen=True, slots=True)
class Held:
    """A record that is there.

    Args: by_people: fields that were last set by somebody, not by an import.
    """

    id: str
    type: str
    book: str
    customer: str | None
    ver: str
    removed: bool
    fields: Mapping[str, Any]
    by_people: frozenset[str] = frozenset()


@dataclass(slots=True)
class Known:
    """What is there. Args: users: login or name in lower case -> user id. code_lists: the choices of the company. books: name -> id.
    last_ordered: customer or product -> when its last imported order was: how late the word is that we have of it."""

    records: dict[str, Held] = field(default_factory=dict)
    users: Mapping[str, str] = field(default_factory=dict)
    code_lists: CodeLists = field(default_factory=CodeLists)
    books: Mapping[str, str] = field(default_factory=dict)
    customer_codes: dict[str, str] = field(default_factory=dict)
    customer_places: dict[tuple[str, str], str] = field(default_factory=dict)
    customer_names: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    product_codes: dict[str, str] = field(default_factory=dict)
    product_names: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    order_numbers: dict[tuple[str, str], str] = field(default_factory=dict)
    last_ordered: dict[str, int] = field(default_factory=dict)

    def add(self, held: Held) -> None:
        """Take a record in, and make it findable."""
        self.records[held.id] = held
        if held.type == "customer":
            name = folded(held.fields.get("store_name"))
            if code := held.fields.get("customer_code"):
                self.customer_codes.setdefault(code, held.id)
            else:
                self.customer_places.setdefault((name, folded(held.fields.get("address"))), held.id)
            self.customer_names[name].add(held.id)
        elif held.type == "product":
            self.product_codes.setdefault(str(held.fields.get("product_code")), held.id)
            self.product_names[folded(held.fields.get("product_name"))].add(held.id)
        elif held.type == "order" and held.customer and held.fields.get("source") == "import":
            for number in numbers_of(held.fields):
                self.order_numbers.setdefault((held.customer, number), held.id)
            at = held.fields["ordered_at"]
            for named in (held.customer, *(line.get("product") for line in held.fields.get("lines", ()))):
                if named:
                    self.last_ordered[named] = max(at, self.last_ordered.get(named, at))


def numbers_of(fields: Mapping[str, Any]) -> list[str]:
    """All numbers that an imported order is known by."""
    more = str(fields.get("external_number") or "").split(" + ")
    return [number for number in dict.fromkeys([str(fields.get("order_number") or ""), *more]) if number]


def folded(text: Any) -> str:
    """A name or an address without what two people would write differently: case, spaces, punctuation."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", str(text or "")).casefold())


@dataclass(slots=True)
class Wanted:
    """A record as the file wants it. Args: lines: where in the file it comes from. new: whether it is not there yet.

    changes: field -> value, of what would be written. kept: what is not, because people edited it. older: fields on which the
    file's word is older than ours. outdated: what is not written for that. book: id or, for a book to be made, name.
    """

    type: str
    id: str
    fields: dict[str, Any]
    lines: list[int]
    customer: str | None = None
    book: str = ""
    held: Held | None = None
    changes: dict[str, Any] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)
    older: frozenset[str] = frozenset()
    outdated: dict[str, Any] = field(default_factory=dict)

    @property
    def is_new(self) -> bool:
        """Whether it is not there yet."""
        return self.held is None

    @property
    def is_same(self) -> bool:
        """Whether nothing would be written."""
        return self.held is not None and not self.changes

    def compare(self) -> None:
        """Find what would be written: everything of a new record; of one that is there, what differs and nobody edited."""
        if self.held is None:
            self.changes = dict(self.fields)
            return
        for name, value in self.fields.items():
            if value is None or self.held.fields.get(name) == value:
                continue
            if name in self.older and self.held.fields.get(name) is not None:
                self.outdated[name] = value
            elif name in self.held.by_people:
                self.kept[name] = value
            else:
                self.changes[name] = value


def first_of(values: Iterable[str], most: int = 5) -> list[str]:
    """The first few of many, with a sign that there are more."""
    found = list(values)
    return [*found[:most], "…"] if len(found) > most else found
