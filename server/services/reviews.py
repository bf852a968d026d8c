"""What the office decided about records: the last review of each counts (decision 5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.storage.typed import typed_table


@dataclass(frozen=True, slots=True)
class Review:
    """One decision."""

    of: str
    outcome: str
    comment: str
    by: str
    at: int


def last_reviews(connection: Connection, ids: Iterable[str]) -> dict[str, Review]:
    """Record -> its last review, for those that have one."""
    review = typed_table("review")
    query = (
        sa.select(review)
        .where(review.c.of.in_(list(ids)), review.c.removed.is_(False))
        .order_by(sa.func.coalesce(review.c.reviewed_at, review.c.at), review.c.id)
    )
    return {
        row.of: Review(row.of, row.outcome, row.comment or "", row.by or row.author, row.reviewed_at or row.at)
        for row in connection.execute(query)
    }
