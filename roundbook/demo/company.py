"""Head office of the demonstration: its people, its books, and the retailers, products and orders that it imported."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from server.services import books, computed, enrolment, push, users
from server.storage.database import reading
from server.storage.typed import typed_table
from sync_protocol.changes import CHANGES_LIMIT
from sync_protocol.records.customer_choices import BATCHES

SAMPLE = Path(__file__).parents[1] / "sample" / "iowa-sample.csv"
BOOK_BY = "County"
PASSWORD = "roundbook demo"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the company."""

    login: str
    name: str
    roles: tuple[str, ...]
    language: str
    does: str


PEOPLE = (
    Person("li", "Li Wei", ("account_manager",), "en", "account manager"),
    Person("wang", "Wang Fang", ("account_manager",), "zh_Hans", "account manager"),
    Person("novak", "Eva Novak", ("account_manager",), "en", "account manager"),
    Person("chen", "Chen Jie", ("supervisor",), "en", "supervisor"),
    Person("garcia", "Ana Garcia", ("department_manager",), "en", "department manager"),
    Person("lin", "Lin Tao", ("licensing",), "zh_Hant", "licensing"),
    Person("okoro", "Sam Okoro", ("order_desk", "complaint_desk"), "en", "order and complaint desk"),
    Person("admin", "Alex Admin", ("administrator", "catalogue_editor"), "en", "administrator"),
)
DAYS = tuple(BATCHES)[:7]
MANAGERS = ("li", "wang", "novak")


def import_sample(environment: Mapping[str, str]) -> dict[str, object]:
    """`roundbook import` on the sample, as a person would call it. Returns: what it printed. Raises: RuntimeError with its words."""
    command = [sys.executable, "-m", "roundbook", "import", str(SAMPLE), "--book-by", BOOK_BY, "--yes", "--json"]
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"the import of {SAMPLE.name} failed:\n{done.stderr}")
    found: dict[str, object] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def hire() -> dict[str, str]:
    """Make the people. Returns: login -> id."""
    return {p.login: users.create_user(p.login, p.name, p.roles, PASSWORD, p.language) for p in PEOPLE}


def hand_out_books(ids: Mapping[str, str]) -> dict[str, str]:
    """Give each account manager a book, and every book its supervisor and licensing officer. Returns: login -> book id."""
    rounds = [book for book in books.books() if book.name != "unassigned"]
    held = {}
    for login, book in zip(MANAGERS, rounds, strict=True):
        books.assign_seat(book.id, "maintainer", ids[login], ids["admin"])
        books.assign_seat(book.id, "supervisor", ids["chen"], ids["admin"])
        books.assign_seat(book.id, "licensing", ids["lin"], ids["admin"])
        held[login] = book.id
    return held


def plan_rounds(books_of: Iterable[str]) -> None:
    """Head office spreads the customers over the days of the week, in the order of their addresses, so that each day has its visits."""
    customer = typed_table("customer")
    for book in books_of:
        with reading() as connection:
            query = (
                sa.select(customer.c.id)
                .where(customer.c.book_id == book)
                .order_by(customer.c.postal_code, customer.c.address)
            )
            found = list(connection.scalars(query))
        edits = [_planned(record, DAYS[n % len(DAYS)], DAYS[(n + 1) % len(DAYS)]) for n, record in enumerate(found)]
        for start in range(0, len(edits), CHANGES_LIMIT):
            push.office_push(users.SYSTEM, book, "plan rounds", edits[start : start + CHANGES_LIMIT], system=True)


def _planned(customer: str, visit_day: str, order_day: str) -> dict[str, object]:
    values = {"visit_batch": visit_day, "order_batch": order_day}
    return {
        "op": "edit",
        "type": "customer",
        "record": customer,
        "customer": customer,
        "seat": "maintainer",
        "term": 0,
        "set": values,
    }


def compute(progress: Callable[[int, int], None]) -> None:
    """Grades and purchase figures."""
    computed.recompute(progress=progress)


def invite(ids: Mapping[str, str], login: str) -> str:
    """The text of an invitation for one device."""
    return enrolment.invite(ids[login], ids["admin"]).text
