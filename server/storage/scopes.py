"""The books a reader may see, as a condition of a query: one value, however many they are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

import sqlalchemy as sa

from server.storage.database import db
from sync_protocol.identity import is_id


class _Ids(sa.types.UserDefinedType[Sequence[str]]):
    """Ids as a constant of PostgreSQL. A constant, not a parameter: the planner knows how many there are, and hashes them."""

    cache_ok = True

    def literal_processor(self, dialect: sa.Dialect) -> Callable[[Sequence[str]], str]:
        return lambda ids: "'{" + ",".join(ids) + "}'::text[]"


def within(column: sa.ColumnElement[Any], scope: Collection[str]) -> sa.ColumnElement[bool]:
    """Whether a column names a book of the scope."""
    if db.engine.dialect.name != "postgresql":
        return column.in_(scope)
    ids = [book for book in scope if is_id(book)]
    return column == sa.any_(sa.bindparam(None, ids, type_=_Ids(), literal_execute=True))
