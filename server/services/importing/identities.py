"""Which customer and which product a row speaks of: by code, else by name and address, else by a name that only one has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from server.services.importing.known import Known, folded
from server.services.importing.rows import ReadRow
from sync_protocol.identity import derived_id


class Customers:
    """Tells customers apart, over all rows of a file and what is known."""

    def __init__(self, company: str, known: Known, rows: Iterable[ReadRow]) -> None:
        self.company, self.known = company, known
        self._by_name: dict[str, dict[str, str]] = defaultdict(dict)  # folded name -> id -> folded address
        for row in rows:
            name, code = row.get("customer.store_name"), row.get("customer.customer_code")
            if code and not row.reasons:
                self._by_name[folded(name)][self.id_of_code(code)] = _place(row)

    def id_of_code(self, code: str) -> str:
        """The id of the customer of a code: the one that is there, or the one that any import of this company would make."""
        return self.known.customer_codes.get(code) or derived_id(self.company, "customer", "code", code)

    def id_of(self, row: ReadRow) -> str | None:
        """The id of the customer that a row names. None, with a reason at the row, if it cannot be told."""
        if code := row.get("customer.customer_code"):
            return self.id_of_code(code)
        name = row.get("customer.store_name")
        if not name:
            row.refuse("customer.missing")
            return None
        key, place = folded(name), _place(row)
        coded = self._by_name.get(key, {})
        fits = [one for one, there in coded.items() if not place or not there or there == place]
        if len(fits) == 1:
            return fits[0]
        if not place:
            there = fits or sorted(self.known.customer_names.get(key, ()))
            if len(there) > 1:
                row.refuse("customer.ambiguous", count=len(there), value=name)
                return None
            if there:
                return there[0]
        held = self.known.customer_places.get((key, folded(row.get("customer.address"))))
        made = held or derived_id(self.company, "customer", "name", key, place)
        self._by_name[key][made] = place
        return made


def _place(row: ReadRow) -> str:
    return folded("".join(str(row.get(f"customer.{name}") or "") for name in ("address", "city", "postal_code")))


class Products:
    """Tells products apart."""

    def __init__(self, company: str, known: Known, rows: Iterable[ReadRow]) -> None:
        self.company, self.known = company, known
        self._by_name: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            code, name = code_of(row), name_of(row)
            if code and name:
                self._by_name[folded(name)].add(code)

    def code_for(self, row: ReadRow) -> str | None:
        """The code of the product that a row names; one without a code is known by its name. None if it names none."""
        if code := code_of(row):
            return code
        name = name_of(row)
        if not name:
            return None
        codes = self._by_name.get(folded(name), set())
        if len(codes) == 1:
            return next(iter(codes))
        held = self.known.product_names.get(folded(name), set())
        if len(held) == 1:
            return str(self.known.records[next(iter(held))].fields["product_code"])
        return str(name)[:60]

    def id_of(self, code: str) -> str:
        """The id of the product of a code."""
        return self.known.product_codes.get(code) or derived_id(self.company, "product", "code", code)


def code_of(row: ReadRow) -> str | None:
    """The product code of a row."""
    code: str | None = row.get("product.product_code") or row.get("order_line.product_code")
    return code


def name_of(row: ReadRow) -> str | None:
    """The product name of a row."""
    name: str | None = row.get("product.product_name") or row.get("order_line.product_name")
    return name
