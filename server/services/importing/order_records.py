"""Rows of past orders -> the orders with their lines, joined with what is there already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from server.services.importing.customer_records import CustomerPlan
from server.services.importing.identities import Customers, Products
from server.services.importing.known import Known, Wanted, first_of, numbers_of
from server.services.importing.messages import Message, message
from server.services.importing.order_groups import Heads, OrderRows, day_at, day_of, group, is_line
from server.services.importing.order_lines import LINES_LIMIT, Line, line_of, union
from server.services.importing.rows import ReadRow
from server.services.importing.values import Company
from sync_protocol.fields import Kind
from sync_protocol.identity import derived_id
from sync_protocol.records import check_values, record_type

TYPE = "order"
NUMBERS_LENGTH = 60


@dataclass(slots=True)
class OrderPlan:
    """Args: wanted: the orders. lines: how many lines of the file they hold. numbers: all that they are known by. The rest: what is worth telling about them."""

    wanted: list[Wanted] = field(default_factory=list)
    lines: int = 0
    wrong_amounts: list[int] = field(default_factory=list)
    wrong_totals: list[str] = field(default_factory=list)
    unknown_products: Counter[str] = field(default_factory=Counter)
    split: int = 0
    same_lines: list[int] = field(default_factory=list)
    numbers: set[str] = field(default_factory=set)

    def warnings(self) -> list[Message]:
        """What a person should know about the orders."""
        lines, totals = self.wrong_amounts, self.wrong_totals
        told = (
            (lines, message("amount.differs", count=len(lines), lines=first_of(map(str, lines), 10))),
            (totals, message("total.differs", count=len(totals), orders=first_of(totals))),
            (self.split, message("order.split", count=self.split, most=LINES_LIMIT)),
            (
                self.unknown_products,
                message(
                    "product.unknown",
                    count=self.unknown_products.total(),
                    codes=first_of(map(str, self.unknown_products), 10),
                ),
            ),
            (
                self.same_lines,
                message("line.same", count=len(self.same_lines), lines=first_of(map(str, self.same_lines), 10)),
            ),
        )
        return [text for reason, text in told if reason]


@dataclass(frozen=True, slots=True)
class OrderMaker:
    """What an order is made with."""

    customers: CustomerPlan
    catalogue: Mapping[str, Wanted]
    products: Products
    known: Known
    company: Company

    def plan(self, rows: Sequence[ReadRow], identities: Customers, warnings: list[Message]) -> OrderPlan:
        """Gather the rows of each order, check them, and join them with the lines that the order has already."""
        lines = [row for row in rows if not row.reasons and is_line(row)]
        heads = Heads(rows, self.customers)
        for row in lines:
            heads.complete(row, self.customers)
        found = OrderPlan()
        for order in group([row for row in lines if not row.reasons], self.customers, self.company, warnings):
            self._add(found, order, heads.of(order))
        warnings += found.warnings()
        if bare := heads.bare(found.numbers):
            warnings.append(message("order.no-lines", count=len(bare), numbers=first_of(bare, 10)))
        self._tell_incomplete(rows, found, identities, warnings)
        return found

    def _add(self, plan: OrderPlan, order: OrderRows, heads: Sequence[ReadRow]) -> None:
        """Put the records of one order into the plan: one, or several where it has more lines than a record may hold."""
        lines: list[tuple[ReadRow, Line]] = []
        for row in order.rows:
            line, differs = line_of(row, self.catalogue, self.products, self.known)
            if line is None:
                row.refuse("product.missing")
                continue
            if "product" not in line:
                plan.unknown_products[str(line.get("product_code"))] += 1
            if differs:
                plan.wrong_amounts.append(row.line)
            row.is_used = True
            lines.append((row, line))
        plan.numbers |= set(order.numbers)
        plan.split += len(lines) > LINES_LIMIT
        for part, start in enumerate(range(0, len(lines), LINES_LIMIT)):
            wanted = self._order(plan, order, heads, lines[start : start + LINES_LIMIT], part)
            if wanted is not None:
                plan.wanted.append(wanted)
                plan.lines += len(wanted.lines)

    def _order(
        self,
        plan: OrderPlan,
        order: OrderRows,
        heads: Sequence[ReadRow],
        lines: Sequence[tuple[ReadRow, Line]],
        part: int,
    ) -> Wanted | None:
        rows = [row for row, _ in lines]
        fields = _fields_of([*heads, *rows]) | {"source": "import", "currency": self.company.currency}
        fields["ordered_at"] = min(row.get("order.ordered_at") for row in rows)
        if order.numbers:
            fields["order_number"] = order.numbers[0]
            if len(order.numbers) > 1 and "external_number" not in fields:
                fields["external_number"] = _joined(order.numbers)
        order_id = self._id(order, part)
        held = self.known.records.get(order_id)
        if held is not None and set(numbers_of(held.fields)) - set(order.numbers):
            fields.pop("order_number", None)  # part of an order that is there: it keeps the numbers that it has
            fields.pop("external_number", None)
        is_correction = any(row.is_correction for row in rows)
        before = list(held.fields.get("lines", [])) if held else []
        fields["lines"], same = union(before, [line for _, line in lines], adding=is_correction)
        plan.same_lines += [rows[index].line for index in same if is_correction]
        _mind_total(plan, fields, order)
        wrong = check_values(TYPE, {**(held.fields if held else {}), **fields}, creating=True)
        for row in rows:
            for name, codes in wrong.items():
                row.refuse("field.reason", column=name, reason=message(codes[0], value=""))
        return None if wrong else Wanted(TYPE, order_id, fields, [row.line for row in rows], order.customer, held=held)

    def _id(self, order: OrderRows, part: int) -> str:
        """The id of an order that is there under one of its numbers; else the one that any import would give it."""
        if not part:
            for number in order.numbers:
                if there := self.known.order_numbers.get((order.customer, number)):
                    return there
        parts = [str(part)] if part else []
        return derived_id(self.company.name, TYPE, order.customer, *order.mark, *parts)

    def _tell_incomplete(
        self, rows: Sequence[ReadRow], plan: OrderPlan, identities: Customers, warnings: list[Message]
    ) -> None:
        """Name the orders that lack a line because its row was refused."""
        by_number = {(w.customer, number): w for w in plan.wanted for number in numbers_of(w.fields)}
        by_day = {(w.customer, day_at(w.fields["ordered_at"], self.company)): w for w in plan.wanted}
        names: dict[str, None] = {}
        for row in rows:
            if not row.reasons:
                continue
            code, number = row.get("customer.customer_code"), row.get("order.order_number")
            customer = self.customers.of_row.get(id(row)) or (identities.id_of_code(code) if code else None)
            found = by_number.get((customer, str(number)))
            if found is None and row.get("order.ordered_at") is not None:
                found = by_day.get((customer, day_of(row, self.company)))
            if found is not None:
                day = day_at(found.fields["ordered_at"], self.company)
                names.setdefault(str(found.fields.get("order_number") or f"{code} {day}"))
        if names:
            warnings.append(message("order.incomplete", count=len(names), orders=first_of(names, 10)))


def _joined(numbers: Sequence[str]) -> str:
    """As many numbers as a field holds."""
    text = numbers[0]
    for number in numbers[1:]:
        if len(text) + len(number) + 3 > NUMBERS_LENGTH:
            break
        text += f" + {number}"
    return text


def _fields_of(rows: Sequence[ReadRow]) -> dict[str, Any]:
    """What the rows say of their order: the first word on each field; different notes are all kept."""
    specs = record_type(TYPE).specs()
    fields: dict[str, Any] = {}
    for row in rows:
        for name, value in row.values.get(TYPE, {}).items():
            if name not in fields:
                fields[name] = value
            elif specs[name].kind is Kind.NOTE and value not in fields[name].split("\n"):
                fields[name] += f"\n{value}"
    return fields


def _mind_total(plan: OrderPlan, fields: dict[str, Any], order: OrderRows) -> None:
    amounts = [line.get("amount_minor") for line in fields["lines"]]
    if any(amount is None for amount in amounts):
        return
    total = sum(amount for amount in amounts if amount is not None)
    if fields.get("total_minor") is None:
        fields["total_minor"] = total
    elif abs(fields["total_minor"] - total) > len(amounts):
        plan.wrong_totals.append(order.name)
