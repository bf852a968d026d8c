"""What devices sent that nobody has reviewed since, oldest first; by book, person, day and kind.

A record waits for its review from the moment when a device made or changed it until a review of it that is younger. What was
imported or written at head office waits for nobody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.storage.scopes import within
from server.storage.tables import change_set, device, log, record, seat
from server.storage.typed import typed_table

KINDS = ("visit", "order", "new_customer", "change", "contact_record", "complaint", "knowledge_case")
TYPES = ("visit", "order", "customer", "contact_record", "complaint", "knowledge_case")
MOST = 600
DAYS = (7, 14, 28, 90)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One record that waits. `author`: who sent it last from a device; `at`: when it was received, ms; `reviewed_at`: the last
    review before that, None if there was none; `pos`: what a reviewer saw."""

    id: str
    type: str
    book: str
    customer: str | None
    author: str
    at: int
    pos: int
    reviewed_at: int | None
    made_here: bool

    @property
    def kind(self) -> str:
        """One of KINDS: a file that was made on a device and not reviewed yet is new, else it was changed."""
        if self.type == "customer":
            return "new_customer" if self.made_here and self.reviewed_at is None else "change"
        return self.type


@dataclass(frozen=True, slots=True)
class Filter:
    """What a reviewer wants to see of it; empty: all. `day`: its beginning in ms, with `day_ends`."""

    kind: str = ""
    book: str = ""
    person: str = ""
    day: int | None = None
    day_ends: int | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many wait, by what one can choose; each leaves its own choice out, so that one can go over to another."""

    kinds: Mapping[str, int]
    books: Mapping[str, int]
    people: Mapping[str, int]
    days: Mapping[int, int]


def load(
    connection: Connection,
    scope: Collection[str],
    since: int,
    *,
    wanted: Filter = Filter(),
    only: Sequence[str] = (),
    most: int = MOST,
) -> list[Arrival]:
    """What waits in these books and was received since an instant, the oldest `most` of it.

    Args: wanted: what is looked for; of a person also comes what somebody else sent last, so that `chosen` has the last word.
        only: record ids.
    """
    review = typed_table("review")
    carriers = sa.select(device.c.user_id).where(device.c.kind == "device")
    decided = (  # a value, not a join: looked up for the few that devices sent, however many decisions there are
        sa.select(sa.func.max(review.c.at))
        .where(review.c.of == record.c.id, review.c.removed.is_(False))
        .correlate(record)
        .scalar_subquery()
    )
    where = [
        within(record.c.book_id, scope),
        record.c.at >= since,
        record.c.type.in_(TYPES),
        record.c.removed.is_(False),
        record.c.author.in_(carriers) | (record.c.rev > 1),  # a cheap look first: most of a book was imported
        sa.func.coalesce(decided, -1) < record.c.at,
        *_narrowed(wanted),
    ]
    if only:
        where.append(record.c.id.in_(only))
    columns = ("id", "type", "book_id", "customer", "at", "pos")
    some = sa.select(*(record.c[name] for name in columns)).where(*where).order_by(record.c.at, record.c.id)
    found = some.limit(most).cte("found")
    last = (
        sa.select(sa.func.max(review.c.at))
        .where(review.c.of == found.c.id, review.c.removed.is_(False))
        .correlate(found)
        .scalar_subquery()
    )
    sender = (
        sa.select(log.c.author)
        .join(change_set, change_set.c.id == log.c.set_id)
        .join(device, device.c.id == change_set.c.device_id)
        .where(
            log.c.record == found.c.id,
            device.c.kind == "device",
            log.c.rev > 0,
            log.c.at > sa.func.coalesce(last, 0),
        )
        .correlate(found)
        .order_by(log.c.rev.desc())
        .limit(1)
        .scalar_subquery()
    )
    first = (
        sa.select(device.c.kind)
        .join(change_set, change_set.c.device_id == device.c.id)
        .join(log, log.c.set_id == change_set.c.id)
        .where(log.c.record == found.c.id, log.c.rev == 1)
        .correlate(found)
        .limit(1)
        .scalar_subquery()
    )
    whole = sa.select(
        *(found.c[name] for name in columns),
        last.label("reviewed_at"),
        sender.label("author"),
        sa.case((found.c.type == "customer", first), else_=None).label("first"),
    ).subquery()
    query = sa.select(whole).order_by(whole.c.at, whole.c.id)
    return [
        Arrival(
            row.id,
            row.type,
            row.book_id,
            row.customer,
            row.author,
            row.at,
            row.pos,
            row.reviewed_at,
            row.first == "device",
        )
        for row in connection.execute(query)
        if row.author is not None
    ]


def _narrowed(wanted: Filter) -> Iterator[sa.ColumnElement[bool]]:
    """What a filter asks of a record before the oldest are taken."""
    if wanted.kind in ("new_customer", "change"):
        review = typed_table("review")
        begun = (
            sa.select(log.c.pos)
            .join(change_set, change_set.c.id == log.c.set_id)
            .join(device, device.c.id == change_set.c.device_id)
            .where(log.c.record == record.c.id, log.c.rev == 1, device.c.kind == "device")
        )
        seen = sa.select(review.c.id).where(review.c.of == record.c.id, review.c.removed.is_(False))
        is_new = sa.exists(begun.correlate(record)) & ~sa.exists(seen.correlate(record))
        yield record.c.type == "customer"
        yield is_new if wanted.kind == "new_customer" else ~is_new
    elif wanted.kind:
        yield record.c.type == wanted.kind
    if wanted.book:
        yield record.c.book_id == wanted.book
    if wanted.person:
        sent = sa.select(log.c.pos).where(log.c.record == record.c.id, log.c.author == wanted.person)
        yield (record.c.author == wanted.person) | ((record.c.rev > 1) & sa.exists(sent.correlate(record)))
    if wanted.day is not None:
        yield record.c.at >= wanted.day
    if wanted.day_ends is not None:
        yield record.c.at < wanted.day_ends


def senders(connection: Connection, scope: Collection[str]) -> set[str]:
    """Who holds a seat in these books and carries a device: whoever may have sent something."""
    carriers = sa.select(device.c.user_id).where(device.c.kind == "device")
    query = sa.select(seat.c.user_id).where(within(seat.c.book_id, scope), seat.c.user_id.in_(carriers)).distinct()
    return set(connection.scalars(query))


def chosen(arrivals: Sequence[Arrival], wanted: Filter, *, without: str = "") -> list[Arrival]:
    """Those that a filter lets through. Args: without: a choice of the filter that is left out of account."""
    return [
        each
        for each in arrivals
        if (without == "kind" or not wanted.kind or each.kind == wanted.kind)
        and (without == "book" or not wanted.book or each.book == wanted.book)
        and (without == "person" or not wanted.person or each.author == wanted.person)
        and (
            without == "day" or wanted.day is None or wanted.day_ends is None or wanted.day <= each.at < wanted.day_ends
        )
    ]


def counts(arrivals: Sequence[Arrival], wanted: Filter, day_of: Mapping[int, int]) -> Counts:
    """How many each choice would show. Args: day_of: received at -> the beginning of its day, both ms."""
    return Counts(
        Counter(each.kind for each in chosen(arrivals, wanted, without="kind")),
        Counter(each.book for each in chosen(arrivals, wanted, without="book")),
        Counter(each.author for each in chosen(arrivals, wanted, without="person")),
        Counter(day_of[each.at] for each in chosen(arrivals, wanted, without="day")),
    )
