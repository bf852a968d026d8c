"""Weekly reports as people work with them: correct, submit, receive and sign, or return. A report is a round's customers' weeks."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from server.services import clock, names, push
from server.services.reviews import Review, last_reviews
from server.services.users import User
from server.storage.database import reading
from server.storage.tables import book, record, seat
from server.storage.typed import typed_table
from sync_protocol.changes import CHANGES_LIMIT
from sync_protocol.merge import plain_decimal

DRAFT, SUBMITTED, RECEIVED, RETURNED = "draft", "submitted", "received", "returned"
MOST_WEEKS = 100


@dataclass(frozen=True, slots=True)
class Line:
    """One customer's week. `fields`: in wire form."""

    id: str
    customer: str
    ver: str
    fields: Mapping[str, Any]
    review: Review | None

    @property
    def state(self) -> str:
        """draft, submitted, received (and signed), or returned. One that was returned and submitted again is submitted."""
        submitted, review = self.fields.get("submitted_at"), self.review
        if submitted is None:
            return RETURNED if review is not None and review.outcome == "return" else DRAFT
        if review is None or review.at < submitted:
            return SUBMITTED
        return RECEIVED if review.outcome == "accept" else RETURNED


@dataclass(frozen=True, slots=True)
class Report:
    """A round's week. `holds`: the reader holds the round under `term`, and may still correct it."""

    book: str
    book_name: str
    week_on: str
    lines: Sequence[Line]
    names: names.Names = field(default_factory=dict)
    holds: bool = False
    term: int = 0

    @property
    def state(self) -> str:
        """Of all lines together: what still has to be done comes first."""
        states = {line.state for line in self.lines}
        return next((one for one in (RETURNED, DRAFT, SUBMITTED) if one in states), RECEIVED)

    @property
    def manager(self) -> str | None:
        """The account manager whose week it was."""
        return next((line.fields["manager"] for line in self.lines if line.fields.get("manager")), None)

    @property
    def review(self) -> Review | None:
        """The last decision on any of its lines."""
        return max((line.review for line in self.lines if line.review), key=lambda one: one.at, default=None)

    @property
    def submitted_at(self) -> int | None:
        """When the last line was submitted."""
        return max(
            (line.fields["submitted_at"] for line in self.lines if line.fields.get("submitted_at")), default=None
        )

    @property
    def totals(self) -> dict[str, Any]:
        """What the lines add up to."""
        fields = [line.fields for line in self.lines]
        found: dict[str, Any] = {
            name: sum(one.get(name) or 0 for one in fields)
            for name in ("orders", "amount_minor", "before_minor", "visits")
        }
        return {
            **found,
            "quantity": plain_decimal(sum((Decimal(one.get("quantity") or "0") for one in fields), Decimal(0))),
        }


def all_reports(scope: Collection[str]) -> list[Report]:
    """The reports of these books, the latest week first."""
    table = typed_table("weekly_report")
    query = sa.select(table.c.book_id, table.c.week_on).where(table.c.book_id.in_(list(scope)), ~table.c.removed)
    with reading() as connection:
        weeks = connection.execute(
            query.distinct().order_by(table.c.week_on.desc(), table.c.book_id).limit(MOST_WEEKS)
        ).all()
    found = [find(scope, row.book_id, row.week_on) for row in weeks]
    return [one for one in found if one is not None]


def find(scope: Collection[str], book_id: str, week_on: str, reader: User | None = None) -> Report | None:
    """One report; None: not there, or not for this reader."""
    if book_id not in scope:
        return None
    table = typed_table("weekly_report")
    wanted = sa.select(table.c.id).where(table.c.book_id == book_id, table.c.week_on == week_on, ~table.c.removed)
    with reading() as connection:
        rows = (
            connection.execute(sa.select(record).where(record.c.id.in_(wanted), record.c.book_id == book_id))
            .mappings()
            .all()
        )
        if not rows:
            return None
        reviews = last_reviews(connection, [row["id"] for row in rows])
        lines = [
            Line(row["id"], row["customer"], row["ver"], json.loads(row["fields"]), reviews.get(row["id"]))
            for row in rows
        ]
        people = {line.fields.get("manager") for line in lines} | {line.review.by for line in lines if line.review}
        known = names.load(
            connection, scope, records=[line.customer for line in lines], users=[one for one in people if one]
        )
        name = connection.scalar(sa.select(book.c.name).where(book.c.id == book_id)) or ""
        term = _term(connection, book_id, reader)
    lines.sort(key=lambda line: (-(line.fields.get("amount_minor") or 0), line.customer))
    report = Report(book_id, name, week_on, lines, known)
    return Report(
        book_id, name, week_on, lines, known, term is not None and report.state in (DRAFT, RETURNED), term or 0
    )


def _term(connection: sa.Connection, book_id: str, reader: User | None) -> int | None:
    """The term under which the reader holds the round; None if he does not."""
    if reader is None:
        return None
    held = sa.and_(seat.c.book_id == book_id, seat.c.seat == "maintainer", seat.c.user_id == reader.id)
    found: int | None = connection.scalar(sa.select(seat.c.term).where(held))
    return found


def correct(
    author: str, report: Report, values: Mapping[str, Mapping[str, Any]], *, submit: bool, bases: Mapping[str, str]
) -> bool:
    """Correct a report, and hand it in. Args: values: line -> field -> value. bases: line -> the version that was seen.

    Returns: whether all of it was taken.
    """
    now, changes = clock.now_ms(), []
    for line in report.lines:
        wanted = {**values.get(line.id, {}), **({"submitted_at": now} if submit else {})}
        differing = {name: value for name, value in wanted.items() if line.fields.get(name) != value}
        if differing:
            changes.append(
                _change("edit", "weekly_report", line.id, line.customer, "maintainer", report.term, differing)
            )
            changes[-1]["base"] = bases.get(line.id, line.ver)
    return _write(author, report.book, "submit report" if submit else "correct report", changes)


def decide(reader: User, report: Report, outcome: str, comment: str) -> bool:
    """Receive and sign a submitted report (accept), or return it with a word. Returns: whether all of it was taken.

    Raises: ValueError, if it is not so far.
    """
    if (
        report.state != SUBMITTED
        or outcome not in ("accept", "return")
        or (outcome == "return" and not comment.strip())
    ):
        raise ValueError(outcome)
    said = {"comment": comment.strip()[:2000]} if comment.strip() else {}
    changes = [
        _change(
            "create", "review", clock.new_id(), line.customer, "supervisor", 0,
            {"of": line.id, "outcome": outcome, "reviewed_at": clock.now_ms(), "by": reader.id, **said},
        )
        for line in report.lines
        if line.state == SUBMITTED
    ]  # fmt: skip
    return _write(reader.id, report.book, outcome, changes)


def _change(
    op: str, kind: str, record_id: str, customer: str, seat_name: str, term: int, values: Mapping[str, Any]
) -> dict[str, Any]:
    same = {"op": op, "type": kind, "record": record_id, "customer": customer, "seat": seat_name, "term": term}
    return {**same, "set": dict(values)}


def _write(author: str, book_id: str, action: str, changes: Sequence[dict[str, Any]]) -> bool:
    done = True
    for start in range(0, len(changes), CHANGES_LIMIT):
        verdict = push.office_push(author, book_id, action, changes[start : start + CHANGES_LIMIT])
        done = done and verdict["state"] in ("applied", "merged")
    return done
