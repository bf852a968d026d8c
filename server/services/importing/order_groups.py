"""Which rows make one order: by its number where the file numbers orders, else one order a customer and day."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from server.services.importing.customer_records import CustomerPlan
from server.services.importing.headings import words_of
from server.services.importing.known import first_of
from server.services.importing.messages import Message, message
from server.services.importing.rows import ReadRow
from server.services.importing.tables import Table
from server.services.importing.values import Company

SAME_ORDER_DAYS = 31
_LINE_WORDS = {
    "item",
    "line",
    "position",
    "pos",
    "row",
    "detail",
    "lineitem",
    "明细",
    "行号",
    "行號",
    "明細",
    "项次",
    "項次",
}


@dataclass(slots=True)
class OrderRows:
    """The rows of one order.

    Args: mark: what tells it from the customer's other orders: ("number", …) or ("day", …). numbers: all that it is known by.
    """

    customer: str
    mark: tuple[str, str]
    numbers: list[str]
    rows: list[ReadRow]

    @property
    def name(self) -> str:
        """What a person calls it."""
        return self.numbers[0] if self.numbers else self.mark[1]


def is_line(row: ReadRow) -> bool:
    """Whether a row orders something. A shop without orders, in a list of shops with their orders, is none."""
    if not (row.table.column_of("order_line.quantity") or row.table.column_of("order_line.amount_minor")):
        return False
    return bool(row.get("order_line.quantity") or row.get("order_line.amount_minor") or row.get("order.ordered_at"))


def day_of(row: ReadRow, company: Company) -> date:
    """The day of an order, where the company is."""
    return day_at(row.get("order.ordered_at"), company)


def day_at(at_ms: int, company: Company) -> date:
    """The day of an instant, where the company is."""
    return datetime.fromtimestamp(at_ms / 1000, company.zone).date()


class Heads:
    """What is said once of an order and holds for all its rows: the customer, the date, the note."""

    def __init__(self, rows: Sequence[ReadRow], customers: CustomerPlan) -> None:
        self._rows: dict[str, list[ReadRow]] = defaultdict(list)
        for row in rows:
            if (number := row.get("order.order_number")) and not row.reasons and id(row) in customers.of_row:
                self._rows[number].append(row)

    def complete(self, row: ReadRow, customers: CustomerPlan) -> None:
        """Find customer and date of a line that only gives the number of its order; refuse it where they cannot be told."""
        number = row.get("order.order_number")
        heads = self._rows.get(number, []) if number else []
        if id(row) not in customers.of_row:
            found = {customers.of_row[id(head)] for head in heads}
            if len(found) == 1:
                customers.of_row[id(row)] = found.pop()
            else:
                row.refuse("customer.missing")
        if row.get("order.ordered_at") is None:
            dates = [head.get("order.ordered_at") for head in heads if head.get("order.ordered_at") is not None]
            if dates:
                row.values.setdefault("order", {})["ordered_at"] = dates[0]
            else:
                row.refuse("order.date-missing")
        if not row.get("order_line.quantity"):
            column = row.table.column_of("order_line.quantity")
            row.refuse("field.reason", column=column.name if column else "quantity", reason=message("required"))

    def bare(self, numbers: Container[str]) -> list[str]:
        """Numbers of orders that no line belongs to. Args: numbers: those that have lines."""
        return [
            number
            for number, rows in self._rows.items()
            if number not in numbers and not any(is_line(row) or row.reasons for row in rows)
        ]

    def of(self, order: OrderRows) -> list[ReadRow]:
        """The rows that only head an order."""
        return [head for number in order.numbers for head in self._rows.get(number, []) if not is_line(head)]


def group(
    rows: Sequence[ReadRow], customers: CustomerPlan, company: Company, warnings: list[Message]
) -> list[OrderRows]:
    """The orders that rows make, each row complete."""
    by_line = _tables_numbered_by_line(rows, customers, company)
    for table in by_line:
        column = table.column_of("order.order_number")
        warnings.append(message("order.number-per-line", column=column.name if column else ""))
    line_numbered = {id(table) for table in by_line}
    groups: dict[tuple[str, str, str], list[ReadRow]] = defaultdict(list)
    for row in rows:
        number = row.get("order.order_number")
        if number and id(row.table) not in line_numbered:
            groups[customers.of_row[id(row)], "number", str(number)].append(row)
        else:
            groups[customers.of_row[id(row)], "day", day_of(row, company).isoformat()].append(row)
    orders, spread = [], []
    for (customer, kind, mark), some in groups.items():
        days = sorted({day_of(row, company) for row in some})
        if kind == "number" and (days[-1] - days[0]).days > SAME_ORDER_DAYS:  # the numbers began anew, by year
            spread.append(mark)
            for day in days:
                of_day = [row for row in some if day_of(row, company) == day]
                orders.append(OrderRows(customer, ("number", f"{mark} {day}"), [mark], of_day))
            continue
        numbers = list(dict.fromkeys(str(n) for row in some if (n := row.get("order.order_number"))))
        orders.append(OrderRows(customer, (kind, mark), numbers, some))
    if spread:
        warnings.append(message("order.number-not-one", count=len(spread), numbers=first_of(spread)))
    return orders


def _tables_numbered_by_line(rows: Sequence[ReadRow], customers: CustomerPlan, company: Company) -> list[Table]:
    """Tables whose «order number» is another one on each row although rows share customer and day, or says it is a line's."""
    found = []
    for table in {id(row.table): row.table for row in rows}.values():
        column = table.column_of("order.order_number")
        if column is None:
            continue
        numbered = [row for row in rows if row.table is table and row.get("order.order_number")]
        unique = len({row.get("order.order_number") for row in numbered}) == len(numbered)
        days = Counter((customers.of_row[id(row)], day_of(row, company)) for row in numbered)
        says_so = bool(_LINE_WORDS & set(words_of(column.name)))
        if numbered and unique and (says_so or max(days.values()) > 1):
            found.append(table)
    return found
