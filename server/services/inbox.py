"""What waits for a decision at head office, oldest first: new customers, proposals, conflicts, quarantine, returned work."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import deciding, names
from server.services.deciding import Decider
from server.services.inbox_cases import (
    Case,
    Refused,
    case_of_conflict,
    case_of_proposal,
    ids_of,
    records_now,
    refused_of,
    sources,
)
from server.services.listing import Row, row_of
from server.services.names import Names
from server.services.quarantine import put_aside
from server.services.users import User
from server.storage.database import reading
from server.storage.scopes import within
from server.storage.tables import change_set, device, log, record
from server.storage.typed import typed_table

KINDS = ("customers", "proposals", "conflicts", "duplicates", "quarantine", "returned")
AT_FIRST = 10
MOST = 100


@dataclass(frozen=True, slots=True)
class Returned:
    """A record that the office returned and nobody has corrected yet."""

    of: str
    type: str
    customer: str | None
    author: str
    comment: str
    by: str
    at: int


@dataclass(frozen=True, slots=True)
class Inbox:
    """All that waits. `counts`: kind -> how many there are; the lists hold the oldest of them.

    `deciders`: proposal or conflict -> who decides it.
    """

    counts: Mapping[str, int]
    customers: list[Row]
    proposals: list[Case]
    conflicts: list[Case]
    duplicates: list[Row]
    quarantine: list[Refused]
    returned: list[Returned]
    names: Names
    books: Mapping[str, str]
    deciders: Mapping[str, Decider]


def load(reader: User, scope: Collection[str], *, only: str = "", book: str = "", everything: bool = False) -> Inbox:
    """The inbox of a reader.

    Args: only: one kind, then up to 100 of it. book: one book. everything: also refused sets that name no book of anybody's
        scope, and notes of reading, which lie on desks (for those who see the read log).
    """
    seen: Collection[str] = [book] if book and book in scope else scope
    with reading() as connection:
        queries = {
            "customers": _new_customers(seen),
            "proposals": _open("proposal", seen, typed_table("proposal").c.state == "open"),
            "conflicts": _open("conflict", seen, _unreviewed("conflict") & ~deciding.taken_back()),
            "duplicates": _open("duplicate", seen, typed_table("duplicate").c.state == "open"),
            "quarantine": put_aside.waiting(seen, everything=everything and not book),
            "returned": _returned(seen),
        }
        rows = {kind: _rows(connection, query, kind, only) for kind, query in queries.items()}
        counts = {kind: _count(connection, query, rows[kind], only in ("", kind)) for kind, query in queries.items()}
        of_cases = [row for kind in ("proposals", "conflicts") for row in rows[kind]]
        stored = records_now(connection, scope, [row["of"] for row in of_cases])
        sent_by = sources(connection, [row["change_set"] for row in of_cases])
        proposals = [case_of_proposal(row, stored, sent_by) for row in rows["proposals"]]
        conflicts = [case_of_conflict(row, stored, sent_by) for row in rows["conflicts"]]
        deciders = deciding.deciders(connection, [*proposals, *conflicts], reader)
        customers = [row_of("customer", row) for row in rows["customers"]]
        duplicates = [row_of("duplicate", row) for row in rows["duplicates"]]
        quarantine = [refused_of(row) for row in rows["quarantine"]]
        returned = [Returned(**row) for row in rows["returned"]]
        return Inbox(
            counts,
            customers,
            proposals,
            conflicts,
            duplicates,
            quarantine,
            returned,
            _names(connection, scope, customers, [*proposals, *conflicts], duplicates, quarantine, returned, deciders),
            names.book_names(connection, scope),
            deciders,
        )


def _count(connection: Connection, query: sa.Select[Any], rows: list[sa.RowMapping], shown: bool) -> int:
    """How many there are: as many as were read, if that was not the most that is read."""
    if shown and len(rows) < AT_FIRST:
        return len(rows)
    return int(connection.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0)


def _rows(connection: Connection, query: sa.Select[Any], kind: str, only: str) -> list[sa.RowMapping]:
    if only and only != kind:
        return []
    return list(connection.execute(query.limit(MOST if only else AT_FIRST)).mappings())


def _new_customers(scope: Collection[str]) -> sa.Select[Any]:
    """Made on a device and not reviewed yet (decision 2); what was imported is nobody's news."""
    customer = typed_table("customer")
    made_with = (  # a value, not a join: looked at for the few that carriers made
        sa.select(device.c.kind)
        .join(change_set, change_set.c.device_id == device.c.id)
        .join(log, log.c.set_id == change_set.c.id)
        .where(log.c.record == customer.c.id, log.c.rev == 1)
        .correlate(customer)
        .limit(1)
        .scalar_subquery()
    )
    carriers = sa.select(device.c.user_id).where(device.c.kind == "device")
    return (
        sa.select(customer)
        .where(
            within(customer.c.book_id, scope),
            customer.c.removed.is_(False),
            sa.case((customer.c.made_by.in_(carriers), made_with == "device"), else_=sa.false()),
            _unreviewed("customer"),
        )
        .order_by(customer.c.at, customer.c.id)
    )


def _unreviewed(type_name: str) -> sa.ColumnElement[bool]:
    review, table = typed_table("review"), typed_table(type_name)
    return ~sa.exists(sa.select(review.c.id).where(review.c.of == table.c.id, review.c.removed.is_(False)))


def _open(type_name: str, scope: Collection[str], also: sa.ColumnElement[bool]) -> sa.Select[Any]:
    table = typed_table(type_name)
    return (
        sa.select(table)
        .where(within(table.c.book_id, scope), table.c.removed.is_(False), also)
        .order_by(table.c.at, table.c.id)
    )


def _returned(scope: Collection[str]) -> sa.Select[Any]:
    review = typed_table("review")
    later = review.alias("later")
    is_last = ~sa.exists(
        sa.select(later.c.id).where(later.c.of == review.c.of, later.c.at > review.c.at, later.c.removed.is_(False))
    )
    return (
        sa.select(
            record.c.id.label("of"),
            record.c.type,
            record.c.customer,
            record.c.made_by.label("author"),
            sa.func.coalesce(review.c.comment, "").label("comment"),
            sa.func.coalesce(review.c.by, review.c.author).label("by"),
            review.c.at.label("at"),
        )
        .join(record, sa.and_(record.c.book_id == review.c.book_id, record.c.id == review.c.of))
        .where(
            within(review.c.book_id, scope),
            review.c.outcome == "return",
            review.c.removed.is_(False),
            record.c.removed.is_(False),
            record.c.at <= review.c.at,
            is_last,
        )
        .order_by(review.c.at, record.c.id)
    )


def _names(
    connection: Connection,
    scope: Collection[str],
    customers: list[Row],
    cases: list[Case],
    duplicates: list[Row],
    quarantine: list[Refused],
    returned: list[Returned],
    deciders: Mapping[str, Decider],
) -> Names:
    records, users = ids_of(cases)
    users |= {row.made_by for row in customers} | {refused.author for refused in quarantine}
    users |= {by for item in returned for by in (item.author, item.by)}
    users |= {decider.user for decider in deciders.values() if decider.user}
    records |= {record_id for item in returned for record_id in (item.of, item.customer) if record_id}
    for row in duplicates:
        records |= {row.values["of"], row.values["other"]}
    return names.load(connection, scope, records=records - {None}, users=users)
