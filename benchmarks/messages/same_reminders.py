"""The same reminders on the device and at head office, for random customers, histories and days.

The device's way: its records, digested and folded into a history. The server's way: queries on its tables.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from server.app import create_app
from server.config import Config
from server.services import books, clock, parts, push, users
from server.services.prepare import prepare
from server.services.reminding import facts
from server.storage.database import reading
from sync_protocol.changes import CHANGES_LIMIT
from sync_protocol.reminders import history_of, reminders_for
from sync_protocol.reminders.history import digest

CUSTOMERS_A_BOOK = 500


class Office:
    """A server of one's own; its app must be the current one."""

    def book(self, name: str) -> str:
        """Make a round."""
        return books.create_book(name)

    def write(self, book: str, *changes: dict[str, Any]) -> None:
        """Write as imports do. Raises: AssertionError, if it is not taken."""
        complete = [{"seat": "maintainer", "term": 0, **change} for change in changes]
        verdict = push.office_push(users.SYSTEM, book, "import", complete, system=True)
        assert verdict["state"] == "applied", verdict


def compare_anew(folder: Path, *, customers: int, days: int) -> dict[str, Any]:
    """The comparison on a server made for it in a folder."""
    app = create_app(Config.from_environment({"ROUNDBOOK_HOME": str(folder), "ROUNDBOOK_TIME_ZONE": "Asia/Shanghai"}))
    with app.app_context():
        prepare()
        return compare(Office(), customers=customers, days=days)


@dataclass(frozen=True)
class Kind:
    """A kind of record that happens at a customer: its moment, and what else it may say."""

    name: str
    moment: str
    choices: dict[str, tuple[Any, ...]]


KINDS = (
    Kind("visit", "checked_in_at", {"state": ("done", "skipped", "open")}),
    Kind("contact_record", "contacted_at", {"channel": ("sms", "phone", None), "purpose": ("care", "contact", None)}),
    Kind("order", "ordered_at", {"lines": ([],)}),
    Kind("material", "", {"item": ("Licence copy", "Contract")}),
)


def random_file(chance: random.Random) -> dict[str, Any]:
    """A customer's file with what reminders look at."""

    def some_day(first: int, last: int) -> str:
        return date(chance.randint(first, last), chance.randint(1, 12), chance.randint(1, 28)).isoformat()

    may_have = {
        "customer_state": chance.choice(("new", "not_completed", "completed")),
        "birthday": chance.choice((some_day(1950, 2002), "1988-02-29", "1987-07-30", "1984-12-01")),
        "birthday_calendar": chance.choice(("solar", "lunar")),
        "contract_signed_on": some_day(2018, 2026),
        "contract_expires_on": some_day(2026, 2027),
        "licence_expires_on": some_day(2026, 2027),
        "annual_review_on": some_day(2020, 2026),
        "visit_cycle_days": chance.choice((7, 14, 30)),
        "order_cycle_days": chance.choice((7, 14)),
        "visit_batch": chance.choice(("monday", "wednesday")),
        "order_batch": chance.choice(("tuesday", "friday")),
        "vip": chance.random() < 0.5,
        "value_class": chance.choice(("value", "potential")),
        "business_status": chance.choice(("open", "closed", "open")),
        "file_opened_on": some_day(2024, 2026),
    }
    kept = {name: value for name, value in may_have.items() if chance.random() < 0.7}
    return {"store_name": f"Shop {chance.randrange(10**9)}", **kept}


def random_records(chance: random.Random, zone: ZoneInfo) -> list[tuple[str, dict[str, Any]]]:
    """What happened at a customer within two years."""
    found = []
    for _ in range(chance.choice((0, 1, 3, 6))):
        kind = chance.choice(KINDS)
        at = datetime(2025, 1, 1, tzinfo=zone) + timedelta(minutes=chance.randrange(730 * 24 * 60))
        values = {name: chance.choice(options) for name, options in kind.choices.items()}
        values = {name: value for name, value in values.items() if value is not None}
        if kind.moment:
            values[kind.moment] = int(at.timestamp() * 1000)
        if kind.name == "contact_record" and chance.random() < 0.6:
            later = at + timedelta(days=chance.randrange(60))
            values |= {"callback_at": int(later.timestamp() * 1000), "callback_content": "Ask again"}
        if kind.name == "material":
            values["due_on"] = at.date().isoformat()
            if chance.random() < 0.4:
                values["given_on"] = at.date().isoformat()
        found.append((kind.name, values))
    return found


def compare(office: Any, *, customers: int, days: int, seed: int = 1) -> dict[str, Any]:
    """Make the customers, then compare on random days of 2026 and 2028, each customer on each day.

    Returns: `compared`, `different`, `reminders`, `kinds`. Args: office: an `Office`, or one of the tests.
    """
    chance = random.Random(seed)
    zone = ZoneInfo(parts.config().time_zone)
    found: dict[str, Any] = {"compared": 0, "different": 0, "reminders": 0}
    kinds: Counter[str] = Counter()
    for start in range(0, customers, CUSTOMERS_A_BOOK):
        book = office.book(f"same {seed} {start}")
        held = _write(office, book, min(CUSTOMERS_A_BOOK, customers - start), chance, zone)
        with reading() as connection:
            rules, files, histories = (
                facts.rules(connection),
                facts.customers(connection, book),
                facts.histories(connection, book),
            )
        for _ in range(days):
            today = date(chance.choice((2026, 2028)), chance.randint(1, 12), chance.randint(1, 28))
            for customer, (file, records) in held.items():
                theirs = reminders_for(customer, file, history_of(digest(records), zone), rules, today)
                ours = reminders_for(customer, files[customer], histories.get(customer), rules, today)
                found["compared"] += 1
                found["different"] += theirs != ours
                found["reminders"] += len(ours)
                kinds.update(one.kind for one in ours)
    return {**found, "kinds": dict(kinds)}


def _write(
    office: Any, book: str, number: int, chance: random.Random, zone: ZoneInfo
) -> dict[str, tuple[dict[str, Any], list[tuple[str, str, dict[str, Any]]]]]:
    changes, held = [], {}
    for _ in range(number):
        customer, file = clock.new_id(), random_file(chance)
        records = [(clock.new_id(), name, values) for name, values in random_records(chance, zone)]
        held[customer] = (file, records)
        changes.append(_creation("customer", customer, customer, file))
        changes += [_creation(name, record, customer, values) for record, name, values in records]
    for start in range(0, len(changes), CHANGES_LIMIT):
        office.write(book, *changes[start : start + CHANGES_LIMIT])
    return held


def _creation(name: str, record: str, customer: str, values: dict[str, Any]) -> dict[str, Any]:
    return {"op": "create", "type": name, "record": record, "customer": customer, "set": values}
