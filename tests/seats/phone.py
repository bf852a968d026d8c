"""The stranger's client with the two ways in which records leave a device: `left`, and a book that leaves the scope."""

from __future__ import annotations

import hashlib
from typing import Any

from tests.wire.stranger import Stranger, uuid7

VISIT = {"state": "open", "purpose": "planned"}
PHOTO = bytes(range(256)) * 40


class Phone(Stranger):
    """`left` keeps what the server said of departures, in order; `made` every set that was saved."""

    def __init__(self, invitation: str) -> None:
        super().__init__(invitation)
        self.left: list[dict[str, str]] = []
        self.made: dict[str, dict[str, Any]] = {}

    def save(self, book: str, *changes: dict[str, Any], action: str = "work", **members: Any) -> str:
        made = super().save(book, *changes, action=action, **members)
        self.made[made] = self.outbox[-1]["set"]
        return made

    def _take(self, answer: dict[str, Any]) -> None:
        page = {record["id"]: record for record in answer.get("records", [])}
        self.records.update(page)
        for gone in answer.get("left", []):
            self.left.append(gone)
            known = self.records.get(gone["record"])
            if known is not None and known["book"] == gone["book"] and gone["record"] not in page:
                del self.records[gone["record"]]
        super()._take(answer)
        if not answer["more"]:
            self.records = {i: record for i, record in self.records.items() if record["book"] in self.scope}
            self.cursors = {book: cursor for book, cursor in self.cursors.items() if book in self.scope}

    def of(self, customer: str) -> set[str]:
        """What this device holds of a customer, the customer itself included."""
        return {record["id"] for record in self.records.values() if record["customer"] == customer}

    def visit(self, customer: str, book: str) -> tuple[str, dict[str, Any]]:
        """A change that creates a visit."""
        visit = uuid7()
        values = {**VISIT, "checked_in_at": self.clock_ms()}
        return visit, self.change("create", "visit", visit, customer, book, set=values)

    def order(self, customer: str, book: str, product: str) -> tuple[str, dict[str, Any]]:
        """A change that places an order."""
        order = uuid7()
        lines = [{"product": product, "quantity": "2", "unit_price_minor": 100}]
        values = {"ordered_at": self.clock_ms(), "lines": lines}
        return order, self.change("create", "order", order, customer, book, set=values)

    def edit(self, customer: str, book: str, **values: Any) -> dict[str, Any]:
        """A change that edits the customer's file."""
        was = {name: self.records[customer]["fields"].get(name) for name in values}
        return self.change("edit", "customer", customer, customer, book, set=values, was=was)

    def photo(self, customer: str, book: str) -> tuple[str, str, str]:
        """Save the record of the photo PHOTO. Returns: its set, its id, its hash."""
        sha256, photo = hashlib.sha256(PHOTO).hexdigest(), uuid7()
        values = {"sha256": sha256, "size_bytes": len(PHOTO), "media_type": "image/jpeg", "step": "display"}
        values |= {"taken_at": self.clock_ms()}
        return self.save(book, self.change("create", "photo", photo, customer, book, set=values)), photo, sha256
