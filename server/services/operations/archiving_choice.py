"""Which records of a book are old and settled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services.operations.customer_records import pages
from server.storage.typed import column_name, typed_table
from sync_protocol.fields import Kind
from sync_protocol.records import Nature, record_type, record_types

CLOSED = ("close", "return")
HANGING = ("review", "proposal", "conflict")  # they go with the fact that they are about


@dataclass(frozen=True, slots=True)
class Chosen:
    """`ids`: the facts, each with what hangs on it behind it. `photos`: how many of them are photos."""

    ids: list[str]
    customers: frozenset[str]
    photos: int


def choose(connection: Connection, book_id: str, until: int) -> Chosen:
    """The facts of a book that happened before an instant and about which nothing is to be decided any more."""
    found: list[str] = []
    customers: set[str] = set()
    photos = 0
    for name, when in _dated():
        table = typed_table(name)
        old = (table.c.book_id == book_id, table.c[column_name(when)] < until, *_settled(name, table))
        rows = connection.execute(sa.select(table.c.id, table.c.customer).where(*old).order_by(table.c.pos)).all()
        found += [row.id for row in rows]
        customers |= {row.customer for row in rows}
        photos += len(rows) if name == "photo" else 0
    hanging = _hanging(connection, book_id, found)
    ids = [name for fact in found for name in (fact, *hanging.get(fact, ()))]
    return Chosen(ids, frozenset(customers), photos)


def _dated() -> Iterable[tuple[str, str]]:
    """The facts that say when they happened: type and field."""
    for name, declared in record_types().items():
        if declared.nature is not Nature.FACT:
            continue
        instants = [field for field, spec in declared.specs().items() if spec.kind is Kind.INSTANT]
        required = [field for field in instants if record_type(name).declared()[field].required]
        if required:
            yield name, required[0]


def _settled(name: str, table: sa.Table) -> list[sa.ColumnElement[bool]]:
    proposal, review, order = typed_table("proposal"), typed_table("review"), typed_table("order")
    asked = sa.exists().where(proposal.c.of == table.c.id, proposal.c.state == "open")
    found: list[sa.ColumnElement[bool]] = [~asked]
    if name == "complaint":  # open ones stay, however old they are
        closed = sa.exists().where(review.c.of == table.c.id, review.c.outcome.in_(CLOSED), review.c.removed.is_(False))
        found.append(sa.or_(closed, table.c.removed.is_(True)))
    if name == "photo":  # a signature stays with its order
        found.append(~sa.exists().where(order.c.signature == table.c.id))
    return found


def _hanging(connection: Connection, book_id: str, facts: list[str]) -> dict[str, list[str]]:
    """Fact -> what is about it."""
    found: dict[str, list[str]] = {}
    for name in HANGING:
        table = typed_table(name)
        for some in pages(facts):
            query = sa.select(table.c.id, table.c.of).where(table.c.book_id == book_id, table.c.of.in_(some))
            for row in connection.execute(query.order_by(table.c.pos)):
                found.setdefault(row.of, []).append(row.id)
    return found
