"""Rows -> the customers that they describe, each once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from server.services.importing.identities import Customers
from server.services.importing.known import Known, Wanted, first_of, folded
from server.services.importing.messages import Message, message
from server.services.importing.rows import ReadRow
from server.services.importing.values import Company, told
from sync_protocol.fields import FieldSpec, Kind
from sync_protocol.records import record_type

TYPE = "customer"


@dataclass(slots=True)
class CustomerPlan:
    """Args: wanted: customer id -> what the file wants of it. of_row: which customer a row speaks of, by the row's id()."""

    wanted: dict[str, Wanted] = field(default_factory=dict)
    of_row: dict[int, str] = field(default_factory=dict)


def age(row: ReadRow) -> tuple[bool, int, int]:
    """What sorts rows from the oldest to the latest word: a list of customers counts for more than a line of an order."""
    at = row.get("order.ordered_at")
    return not row.table.fills("order"), at if isinstance(at, int) else 0, row.line


def plan_customers(
    rows: Sequence[ReadRow], customers: Customers, known: Known, company: Company, warnings: list[Message]
) -> CustomerPlan:
    """Gather the rows of each customer, and take of each field the latest value."""
    plan = CustomerPlan()
    groups: dict[str, list[ReadRow]] = defaultdict(list)
    named = [row for row in rows if not row.reasons and row.values.get(TYPE)]
    for row in sorted(named, key=_by_how_sure):
        if (found := customers.id_of(row)) is not None:
            groups[found].append(row)
            row.is_used = True
            plan.of_row[id(row)] = found
    specs = record_type(TYPE).specs()
    removed: list[str] = []
    for customer_id, group in groups.items():
        group.sort(key=age)
        held = known.records.get(customer_id)
        last = latest(group, TYPE)
        merged = last.values
        if held is None and not merged.get("store_name"):
            for row in group:
                row.refuse("customer.unknown", value=str(merged.get("customer_code", "")))
            continue
        name = str(merged.get("customer_code") or merged.get("store_name"))
        if held is not None and held.removed:
            removed.append(name)
            continue
        for field_name, values in last.several.items():
            spec = specs[field_name]
            texts = first_of(told(spec, value, company) for value in values)
            taken = told(spec, merged[field_name], company)
            warnings.append(message("customer.conflict", code=name, field=spec.labels, values=texts, taken=taken))
        book = next((row.book for row in reversed(group) if row.book), "")
        plan.wanted[customer_id] = Wanted(
            TYPE,
            customer_id,
            merged,
            [row.line for row in group],
            customer_id,
            book,
            held,
            older=last.older_than(known.last_ordered.get(customer_id)),
        )
    if removed:
        warnings.append(message("removed.kept", count=len(removed), names=first_of(removed)))
    _resolve(plan, specs, customers, known, warnings)
    _mind_books(plan, known, warnings)
    _tell_doubles(plan, warnings)
    return plan


def _by_how_sure(row: ReadRow) -> int:
    """Rows that say most about who they mean come first."""
    if row.get("customer.customer_code"):
        return 0
    return 1 if row.get("customer.address") or row.get("customer.city") else 2


@dataclass(slots=True)
class Latest:
    """The last word of some rows on each field. Args: values: field -> value. several: field -> all values, if they differ.

    at: field -> when it was said, for what was said in an order.
    """

    values: dict[str, Any] = field(default_factory=dict)
    several: dict[str, list[Any]] = field(default_factory=dict)
    at: dict[str, int] = field(default_factory=dict)

    def older_than(self, at: int | None) -> frozenset[str]:
        """The fields on which the last word is older than an instant."""
        return frozenset(name for name, said in self.at.items() if at is not None and said < at)


def latest(group: Iterable[ReadRow], type_name: str) -> Latest:
    """Of each field the last value, in the order of the rows."""
    found = Latest()
    seen: dict[str, dict[str, Any]] = defaultdict(dict)
    for row in group:
        at = row.get("order.ordered_at")
        for name, value in row.values.get(type_name, {}).items():
            found.values[name] = value
            seen[name].setdefault(str(value), value)
            if at is None:
                found.at.pop(name, None)
            else:
                found.at[name] = at
    found.several = {name: list(values.values()) for name, values in seen.items() if len(values) > 1}
    return found


def _resolve(
    plan: CustomerPlan, specs: Mapping[str, FieldSpec], customers: Customers, known: Known, warnings: list[Message]
) -> None:
    """Names of users and customers become ids; what is not found is left out and told; words beyond a list are told."""
    unlisted: dict[str, dict[str, None]] = defaultdict(dict)
    missing: dict[str, dict[str, None]] = defaultdict(dict)
    for wanted in plan.wanted.values():
        for name in list(wanted.fields):
            spec, value = specs[name], wanted.fields[name]
            if spec.kind is Kind.CHOICE and value not in spec.choices:
                own = known.code_lists.code_of(spec, str(value))
                if own is None:
                    unlisted[name].setdefault(str(value))
                else:
                    wanted.fields[name] = own
            elif spec.kind in (Kind.USER, Kind.REFERENCE):
                found = _found(spec, str(value), plan, customers, known)
                if found is None:
                    missing[name].setdefault(str(value))
                    del wanted.fields[name]
                else:
                    wanted.fields[name] = found
    for name, words in unlisted.items():
        warnings.append(message("value.unlisted", field=specs[name].labels, values=first_of(words, 10)))
    for name, words in missing.items():
        code = "user.unknown" if specs[name].kind is Kind.USER else "reference.unknown"
        warnings.append(message(code, field=specs[name].labels, values=first_of(words, 10)))


def _found(spec: FieldSpec, value: str, plan: CustomerPlan, customers: Customers, known: Known) -> str | None:
    if spec.kind is Kind.USER:
        return known.users.get(value.casefold())
    by_code = customers.id_of_code(value)
    if by_code in plan.wanted or by_code in known.records:
        return by_code
    named = known.customer_names.get(folded(value), set())
    return next(iter(named)) if len(named) == 1 else None


def _mind_books(plan: CustomerPlan, known: Known, warnings: list[Message]) -> None:
    """A customer that is there stays in its book: moving it is an act of its own."""
    elsewhere = []
    for wanted in plan.wanted.values():
        if wanted.held is not None:
            if wanted.book and known.books.get(wanted.book) != wanted.held.book:
                elsewhere.append(str(wanted.fields.get("customer_code") or wanted.fields.get("store_name")))
            wanted.book = wanted.held.book
    if elsewhere:
        warnings.append(message("book.moved", count=len(elsewhere), codes=first_of(elsewhere)))


def _tell_doubles(plan: CustomerPlan, warnings: list[Message]) -> None:
    places: dict[tuple[str, str], list[str]] = defaultdict(list)
    without_code = 0
    for wanted in plan.wanted.values():
        fields = {**(wanted.held.fields if wanted.held else {}), **wanted.fields}
        code, address = fields.get("customer_code"), folded(fields.get("address"))
        without_code += not code
        if code and address:
            places[folded(fields.get("store_name")), address].append(str(code))
    doubles = [" = ".join(codes) for codes in places.values() if len(codes) > 1]
    if doubles:
        warnings.append(message("customer.twice", count=len(doubles), codes=first_of(doubles)))
    if without_code:
        warnings.append(message("customer.no-code", count=without_code))
