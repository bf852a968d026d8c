"""Contacts, complaints and photos as lists over all customers of one's books: the rows behind the figures of the day."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from server.services import records
from server.services.listing import Query
from server.services.records import Records
from server.storage.database import reading
from server.storage.typed import typed_table

TYPES = ("contact_record", "complaint", "photo")
STATES = ("open", "closed")


@dataclass(frozen=True, slots=True)
class Register:
    """A page of such a list."""

    records: Records


def is_open() -> sa.ColumnElement[bool]:
    """Whether nobody has closed a complaint yet."""
    complaint, review = typed_table("complaint"), typed_table("review")
    closing = sa.select(review.c.id).where(
        review.c.of == complaint.c.id, review.c.outcome == "close", review.c.removed.is_(False)
    )
    return ~sa.exists(closing.correlate(complaint))


def find(scope: Collection[str], type_name: str, query: Query, *, state: str = "") -> Register:
    """One page of the records of one of TYPES. Args: state: of complaints one of STATES, empty for all."""
    also = []
    if type_name == "complaint" and state in STATES:
        also = [is_open() if state == "open" else ~is_open()]
    with reading() as connection:
        return Register(records.find(connection, type_name, scope, query, also))
