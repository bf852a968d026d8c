"""The supervisor's check of the visit register, due every week or two: a list that somebody signed off, kept as it was signed.

The list of a check is the visits of a book that were received between the end of the check before and its own; it keeps their
ids and versions and a hash over both, so that what changed after the signature can be seen.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from server.services import clock, listing, names, reviews
from server.services.listing import Row, row_of
from server.services.names import Names
from server.services.reviews import Review
from server.storage.console_tables import register_check
from server.storage.database import reading, writing
from server.storage.scopes import within
from server.storage.tables import book, record
from server.storage.typed import typed_table

DAY_MS = 86_400_000
DUE_AFTER_DAYS = 14
FIRST_DAYS = 28  # what the first check of a book looks back on
LATE_DAYS = 90  # how late a visit may come in and still be found without looking at all there ever were
MOST = 250
COMMENT_MOST = 2000


@dataclass(frozen=True, slots=True)
class Check:
    """A check that was signed. Times in ms; `visits`: how many the list has."""

    id: str
    book: str
    from_at: int
    until_at: int
    visits: int
    digest: str
    comment: str
    by: str
    signed_at: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A book's register: its last check, what came since, and when the next check is due (ms; past: overdue)."""

    book: str
    name: str
    last: Check | None
    waiting: int
    due_at: int | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """The list of one check, or of what is to be checked now. `changed`: visits that were changed after the signature."""

    book: str
    book_name: str
    check: Check | None
    from_at: int
    until_at: int
    rows: list[Row]
    names: Names
    reviews: Mapping[str, Review]
    changed: frozenset[str]


def standings(scope: Collection[str]) -> list[Standing]:
    """The registers of these books, by name. Counted for all of them: give a page of them."""
    visit, now = typed_table("visit"), clock.now_ms()
    with reading() as connection:
        last = _last_checks(connection, scope)
        ends = (
            sa.select(register_check.c.book_id, sa.func.max(register_check.c.until_at).label("until_at"))
            .where(within(register_check.c.book_id, scope))
            .group_by(register_check.c.book_id)
            .subquery()
        )
        query = (
            sa.select(visit.c.book_id, sa.func.count(), sa.func.min(visit.c.at))
            .outerjoin(ends, ends.c.book_id == visit.c.book_id)
            .where(
                within(visit.c.book_id, scope),
                visit.c.removed.is_(False),
                visit.c.checked_in_at > now - (FIRST_DAYS + LATE_DAYS) * DAY_MS,
                visit.c.at > sa.func.coalesce(ends.c.until_at, now - FIRST_DAYS * DAY_MS),
            )
            .group_by(visit.c.book_id)
        )
        waiting = {row[0]: (int(row[1]), int(row[2])) for row in connection.execute(query)}
        rounds = sa.select(book.c.id, book.c.name).where(within(book.c.id, scope), book.c.kind == "round")
        found = []
        for row in connection.execute(rounds.order_by(book.c.name)):
            count, oldest = waiting.get(row.id, (0, 0))
            check = last.get(row.id)
            since = check.until_at if check else oldest
            due = since + DUE_AFTER_DAYS * DAY_MS if count else None
            found.append(Standing(row.id, row.name, check, count, due))
    return found


def _last_checks(connection: Connection, scope: Collection[str]) -> dict[str, Check]:
    query = sa.select(register_check).where(within(register_check.c.book_id, scope)).order_by(register_check.c.until_at)
    return {row["book_id"]: _check(row) for row in connection.execute(query).mappings()}


def _check(row: sa.RowMapping) -> Check:
    members = ("id", "book_id", "from_at", "until_at", "visits", "digest", "comment", "by", "signed_at")
    return Check(*(row[name] for name in members))


def signed(scope: Collection[str], book_id: str = "", most: int = 100) -> tuple[list[Check], Names, Mapping[str, str]]:
    """The checks that were signed, newest first, with the names of people and books."""
    query = sa.select(register_check).where(register_check.c.book_id.in_([book_id] if book_id in scope else scope))
    with reading() as connection:
        rows = connection.execute(query.order_by(register_check.c.signed_at.desc()).limit(most)).mappings()
        checks = [_check(row) for row in rows]
        people = names.load(connection, scope, users={each.by for each in checks})
        return checks, people, names.book_names(connection, scope)


def to_check(scope: Collection[str], book_id: str, until: int) -> Sheet | None:
    """What would be signed now: the oldest visits since the last check. None: no such book for this reader."""
    if book_id not in scope:
        return None
    visit = typed_table("visit")
    with reading() as connection:
        last = _last_checks(connection, [book_id]).get(book_id)
        from_at = last.until_at if last else start_of_first(until)
        where = (
            visit.c.book_id == book_id,
            visit.c.removed.is_(False),
            visit.c.checked_in_at > from_at - LATE_DAYS * DAY_MS,
            visit.c.at > from_at,
            visit.c.at <= until,
        )
        rows = _rows(connection, where)
        if len(rows) > MOST:  # a longer list is signed in parts; what came together stays together
            rows = [row for row in rows if row.at < rows[MOST].at]
            until = rows[-1].at if rows else until
        return _sheet(connection, scope, book_id, None, from_at, until, rows)


def start_of_first(until: int) -> int:
    """From when on the first check of a book takes visits, in ms."""
    return until - FIRST_DAYS * DAY_MS


def sheet(scope: Collection[str], check_id: str) -> Sheet | None:
    """A list as it was signed; None: not there, or not for this reader."""
    visit = typed_table("visit")
    with reading() as connection:
        query = sa.select(register_check).where(
            register_check.c.id == check_id, within(register_check.c.book_id, scope)
        )
        found = connection.execute(query).mappings().one_or_none()
        if found is None:
            return None
        listed = dict(json.loads(found["records"]))
        rows = _rows(connection, (visit.c.id.in_(listed), within(visit.c.book_id, scope)))
        versions = sa.select(record.c.id, record.c.ver).where(record.c.id.in_(listed))
        now: dict[str, str] = dict(connection.execute(versions).all())
        changed = frozenset(each for each, ver in listed.items() if now.get(each) != ver)
        check = _check(found)
        return _sheet(connection, scope, check.book, check, check.from_at, check.until_at, rows, changed)


def _rows(connection: Connection, where: Sequence[sa.ColumnElement[bool]]) -> list[Row]:
    visit = typed_table("visit")
    query = sa.select(visit).where(*where).order_by(visit.c.at, visit.c.id).limit(MOST + 1)
    return [row_of("visit", row) for row in connection.execute(query).mappings()]


def _sheet(
    connection: Connection,
    scope: Collection[str],
    book_id: str,
    check: Check | None,
    from_at: int,
    until_at: int,
    rows: list[Row],
    changed: frozenset[str] = frozenset(),
) -> Sheet:
    rows.sort(key=lambda row: (row.values.get(listing.moment_field("visit") or "") or row.at, row.id))
    users = {row.made_by for row in rows} | ({check.by} if check else set())
    return Sheet(
        book_id,
        names.book_names(connection, [book_id]).get(book_id, ""),
        check,
        from_at,
        until_at,
        rows,
        names.load(connection, scope, records={row.customer for row in rows if row.customer}, users=users),
        reviews.last_reviews(connection, [row.id for row in rows]),
        changed,
    )


def sign(scope: Collection[str], book_id: str, by: str, until: int, comment: str) -> Check | None:
    """Sign off the visits of a book that were received up to an instant.

    Args: until: ms, as the person saw the list. Returns: the check; None if there was nothing to sign.
    """
    seen = to_check(scope, book_id, until)
    if seen is None or not seen.rows:
        return None
    try:
        return _store(seen, book_id, by, comment, until)
    except IntegrityError:  # somebody signed at the same moment
        return None


def _store(seen: Sheet, book_id: str, by: str, comment: str, until: int) -> Check | None:
    with writing() as connection:
        ids = [row.id for row in seen.rows]
        versions = sa.select(record.c.id, record.c.ver).where(record.c.id.in_(ids), record.c.book_id == book_id)
        listed = sorted(tuple(row) for row in connection.execute(versions))
        text = json.dumps([list(each) for each in listed], separators=(",", ":"))
        last = _last_checks(connection, [book_id]).get(book_id)
        if (last.until_at if last else start_of_first(until)) != seen.from_at:
            return None  # somebody signed in between
        row = {
            "id": clock.new_id(),
            "book_id": book_id,
            "from_at": seen.from_at,
            "until_at": max(row.at for row in seen.rows),
            "visits": len(listed),
            "digest": hashlib.sha256(text.encode()).hexdigest(),
            "records": text,
            "comment": comment.strip()[:COMMENT_MOST],
            "by": by,
            "signed_at": clock.now_ms(),
        }
        connection.execute(sa.insert(register_check), row)
        made = connection.execute(sa.select(register_check).where(register_check.c.id == row["id"])).mappings().one()
        return _check(made)
