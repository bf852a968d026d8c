"""Customers as head office reads them: the list, and one file with its groups, its keepers and its timeline."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from rapidfuzz import fuzz, process
from sqlalchemy.engine import Connection

from server.services import listing, names, sensitive, timeline
from server.services.listing import Listing, Query, Row
from server.services.names import Name, Names
from server.services.timeline import Timeline
from server.storage.database import reading
from server.storage.scopes import within
from server.storage.tables import book, record, seat
from server.storage.typed import SEARCH, typed_table
from sync_protocol.fields import FieldClass, FieldSpec, Kind, Labels, Seat
from sync_protocol.records import record_type

NEAR_ENOUGH = 70
NEAR_MOST = 5_000  # names that are held against what was typed
AT_ONCE = 500  # customers read together for a list that leaves the house


@dataclass(frozen=True, slots=True)
class Customers:
    """A page of the list. `last_visits`: customer -> ms. `near`: who may have been meant, if nobody was found."""

    listing: Listing
    books: Mapping[str, str]
    names: Names
    last_visits: Mapping[str, int]
    near: list[Name]


@dataclass(frozen=True, slots=True)
class Group:
    """A group of the file. `filled` of `of`: the fields that people fill in; 0 of 0 where all is computed. `says`: whether any
    field has a value."""

    name: str
    labels: Labels
    specs: Mapping[str, FieldSpec]
    filled: int
    of: int
    says: bool


@dataclass(frozen=True, slots=True)
class Keeper:
    """Who holds a seat on the customer's book, since when, and which groups he maintains. `user`: None while it is vacant."""

    seat: Seat
    user: str | None
    term: int
    since: int
    until: int | None
    groups: list[Labels]


@dataclass(frozen=True, slots=True)
class File:
    """One customer as stored, with what a page needs to name it. `fields`: as the reader may see them."""

    id: str
    book: str
    book_name: str
    ver: str
    fields: Mapping[str, Any]
    stored: Mapping[str, Any]
    made_by: str
    at: int
    author: str
    groups: list[Group]
    keepers: list[Keeper]
    names: Names
    close: bool

    @property
    def values(self) -> Mapping[str, Any]:
        """What the reader may see."""
        return self.fields

    @property
    def title(self) -> str:
        """What the customer is called."""
        return str(self.fields.get(record_type("customer").title) or self.id)


@dataclass(frozen=True, slots=True)
class Page:
    """The customer's page: the file, what happened, and the figures above it."""

    file: File
    timeline: Timeline
    names: Names
    visits: int
    last_visit: int | None
    orders: int
    ordered_minor: int
    to_decide: int


def find(scope: Collection[str], query: Query) -> Customers:
    """One page of the customers in the scope that answer the query."""
    with reading() as connection:
        found = listing.find(connection, "customer", scope, query)
        specs = listing.listed_specs("customer")
        records, users = names.ids_in(specs, (row.values for row in found.rows))
        return Customers(
            found,
            names.book_names(connection, scope),
            names.load(connection, scope, records=records, users=users),
            last_visits(connection, [row.id for row in found.rows]),
            _near(connection, scope, query.words) if not found.total and len(query.words) >= 3 else [],
        )


def every(scope: Collection[str], query: Query) -> Iterator[tuple[Row, Names]]:
    """All customers of the scope that answer the query, in its order, with the names that their values stand for."""
    specs = listing.listed_specs("customer")
    with reading() as connection:
        wanted = listing.ids(connection, "customer", scope, query, listing.COUNT_MOST)
    for start in range(0, len(wanted), AT_ONCE):
        with reading() as connection:
            rows = listing.rows(connection, "customer", scope, wanted[start : start + AT_ONCE])
            records, users = names.ids_in(specs, (row.values for row in rows))
            known = names.load(connection, scope, records=records, users=users)
        yield from ((row, known) for row in rows)


def last_visits(connection: Connection, customers: Iterable[str]) -> dict[str, int]:
    """Customer -> when he was visited last."""
    visit = typed_table("visit")
    moment = sa.func.max(listing.moment_column("visit"))
    query = (
        sa.select(visit.c.customer, moment)
        .where(visit.c.customer.in_(list(customers)), visit.c.removed.is_(False), visit.c.state != "skipped")
        .group_by(visit.c.customer)
    )
    return dict(connection.execute(query).all())


def _near(connection: Connection, scope: Collection[str], words: str) -> list[Name]:
    """Who may have been meant: the names closest to what was typed."""
    table = typed_table("customer")
    title = table.c[record_type("customer").title]
    alike = sa.or_(*(table.c[SEARCH].contains(piece, autoescape=True) for piece in _pieces(words)))
    query = sa.select(table.c.id, title).where(*listing.in_scope("customer", scope), alike).limit(NEAR_MOST)
    known = dict(connection.execute(query).all())
    folded = {customer: name.casefold() for customer, name in known.items() if name}
    best = process.extract(words.casefold(), folded, scorer=fuzz.WRatio, limit=5, score_cutoff=NEAR_ENOUGH)
    return [Name(customer, "customer", known[customer]) for _, _, customer in best]


def _pieces(words: str) -> list[str]:
    """Beginnings and ends of words: with one of them a name has something in common that was spelled otherwise."""
    found = []
    for word in words.lower().split()[: listing.WORDS_MOST // 2]:
        length = 3 if word.isascii() else 2
        found += [word[:length], word[-length:]]
    return list(dict.fromkeys(found))


def open_file(connection: Connection, scope: Collection[str], customer: str, reader: str) -> File | None:
    """One customer's file; None: not there, or not for this reader."""
    query = (
        sa.select(record, book.c.name.label("book_name"))
        .join(book, book.c.id == record.c.book_id)
        .where(
            record.c.id == customer,
            record.c.type == "customer",
            record.c.removed.is_(False),
            within(record.c.book_id, scope),
        )
    )
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        return None
    stored: dict[str, Any] = json.loads(row["fields"])
    specs = record_type("customer").specs()
    keepers = _keepers(connection, row["book_id"])
    close = any(keeper.user == reader for keeper in keepers)
    records, users = names.ids_in(specs, [stored])
    users |= {keeper.user for keeper in keepers if keeper.user} | {row["made_by"], row["author"]}
    return File(
        id=row["id"],
        book=row["book_id"],
        book_name=row["book_name"],
        ver=row["ver"],
        fields=sensitive.shown_all(specs, stored, close=close),
        stored=stored,
        made_by=row["made_by"],
        at=row["at"],
        author=row["author"],
        groups=groups_of("customer", stored),
        keepers=keepers,
        names=names.load(connection, scope, records=records, users=users),
        close=close,
    )


def groups_of(type_name: str, fields: Mapping[str, Any]) -> list[Group]:
    """The groups of a record type with how much of each is filled in (row 134)."""
    declared = record_type(type_name)
    found = []
    for name, labels in declared.groups.items():
        specs = {field: spec for field, spec in declared.specs().items() if spec.group == name}
        entered = [field for field, spec in specs.items() if spec.klass is not FieldClass.SYSTEM]
        filled = [field for field in entered if fields.get(field) not in (None, "", [])]
        if specs:
            plain = (field for field, spec in specs.items() if spec.kind is not Kind.LINES)
            says = any(fields.get(field) not in (None, "", []) for field in plain)
            found.append(Group(name, labels, specs, len(filled), len(entered), says))
    return found


def _keepers(connection: Connection, book_id: str) -> list[Keeper]:
    held = {row.seat: row for row in connection.execute(sa.select(seat).where(seat.c.book_id == book_id))}
    declared = record_type("customer")
    found = []
    for which in Seat:
        groups = {spec.group for spec in declared.specs().values() if spec.seat is which}
        row = held.get(which.value)
        if row is not None and groups:
            labels = [label for name, label in declared.groups.items() if name in groups]
            found.append(Keeper(which, row.user_id, row.term, row.since_at, row.until, labels))
    return found


def page(scope: Collection[str], customer: str, reader: str, *, before: int | None, only: str) -> Page | None:
    """Everything that the customer's page shows; None: not there, or not for this reader."""
    with reading() as connection:
        file = open_file(connection, scope, customer, reader)
        if file is None:
            return None
        happened = timeline.of_customer(connection, scope, customer, before=before, only=only)
        orders, ordered = _orders(connection, customer)
        visits, last = _visits(connection, customer)
        return Page(
            file=file,
            timeline=happened,
            names=_names_of(connection, scope, happened),
            visits=visits,
            last_visit=last,
            orders=orders,
            ordered_minor=ordered,
            to_decide=_to_decide(connection, customer),
        )


def _names_of(connection: Connection, scope: Collection[str], happened: Timeline) -> Names:
    users = {event.row.made_by for event in happened.events}
    users |= {event.review.by for event in happened.events if event.review}
    return names.load(connection, scope, users=users)


def _visits(connection: Connection, customer: str) -> tuple[int, int | None]:
    visit = typed_table("visit")
    query = sa.select(sa.func.count(), sa.func.max(listing.moment_column("visit"))).where(
        visit.c.customer == customer, visit.c.removed.is_(False), visit.c.state != "skipped"
    )
    count, last = connection.execute(query).one()
    return count, last


def _orders(connection: Connection, customer: str) -> tuple[int, int]:
    order = typed_table("order")
    query = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(order.c.total_minor), 0)).where(
        order.c.customer == customer, order.c.removed.is_(False)
    )
    count, total = connection.execute(query).one()
    return count, int(total)


def _to_decide(connection: Connection, customer: str) -> int:
    proposal = typed_table("proposal")
    query = sa.select(sa.func.count()).where(
        proposal.c.customer == customer, proposal.c.state == "open", proposal.c.removed.is_(False)
    )
    return int(connection.scalar(query) or 0)
