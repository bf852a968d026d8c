"""What the database holds, as far as an import looks at it."""

from __future__ import annotations

import json
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from babel.numbers import get_currency_precision
from sqlalchemy.engine import Connection

from server.config import Config
from server.services.catalogues import code_lists
from server.services.importing.known import Held, Known
from server.services.importing.targets import TYPES
from server.services.importing.values import Company
from server.storage import stamps
from server.storage.database import reading
from server.storage.tables import book, change_set, record, user_account

ACTION = "import"
_PAGE = 5000


def company_of(config: Config) -> Company:
    """The company as the import needs it."""
    digits = get_currency_precision(config.currency)
    return Company(config.company, config.currency, digits, ZoneInfo(config.time_zone))


def load_known() -> Known:
    """Customers, products and orders that are there, with what people have edited since an import wrote it."""
    with reading() as connection:
        people = connection.execute(sa.select(user_account.c.id, user_account.c.login, user_account.c.name)).all()
        users = {str(name).casefold(): str(person.id) for person in people for name in (person.name, person.login)}
        rounds = connection.execute(sa.select(book.c.name, book.c.id).where(book.c.kind == "round"))
        books = {row.name: row.id for row in rounds}
        known = Known(users=users, books=books, code_lists=code_lists.load(connection))
        imported = _imported_sets(connection)
        query = sa.select(record).where(record.c.type.in_(TYPES)).execution_options(yield_per=_PAGE)
        for row in connection.execute(query).mappings():
            known.add(_held(row, imported))
    return known


def _imported_sets(connection: Connection) -> set[tuple[str, int]]:
    """Device and number of every set that an import wrote: what stamps name."""
    query = sa.select(change_set.c.device_id, change_set.c.seq).where(change_set.c.action == ACTION)
    return {(row.device_id, row.seq) for row in connection.execute(query)}


def _held(row: sa.RowMapping, imported: set[tuple[str, int]]) -> Held:
    made = stamps.unpacked(row["stamps"])
    by_people = frozenset(name for name, stamp in made.items() if (stamp.device, stamp.seq) not in imported)
    return Held(
        id=row["id"],
        type=row["type"],
        book=row["book_id"],
        customer=row["customer"],
        ver=row["ver"],
        removed=bool(row["removed"]),
        fields=json.loads(row["fields"]),
        by_people=by_people,
    )
